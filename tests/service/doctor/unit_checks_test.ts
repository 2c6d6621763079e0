/** Does a unit let the gate do its work? @module */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseTimeSpan } from "../../../src/service/install/systemd/time_span.ts";
import { checkUnit, type UnitContext } from "../../../src/service/doctor/unit_checks.ts";

const CONTEXT: UnitContext = {
  unit: "app.service",
  exe: "/opt/app/server",
  dataDir: "/var/lib/app",
  maxAttempts: 3,
  afterRollback: "run",
};

const SOUND: Record<string, string> = {
  LoadState: "loaded",
  Type: "exec",
  ExecStart:
    "{ path=/opt/s/boot-sentinel ; argv[]=/opt/s/boot-sentinel run --nofile 1024 -- /opt/app/server -p 1 ; ignore_errors=no }",
  ExecStopPost: "{ path=/opt/s/boot-sentinel ; argv[]=/opt/s/boot-sentinel stopped --exe /opt/app/server ; }",
  Restart: "always",
  RestartUSec: "1s",
  StartLimitBurst: "16",
  StartLimitIntervalUSec: "1min",
  ProtectSystem: "full",
  ReadWritePaths: "/opt/app",
  UnsetEnvironment: "BUN_OPTIONS BUN_BE_BUN",
};

/** What is not good about a sound unit with these changes. */
function trouble(changes: Record<string, string>, context: Partial<UnitContext> = {}): string[] {
  const shown = Object.entries({ ...SOUND, ...changes }).map(([name, value]) => `${name}=${value}\n`).join("");
  return checkUnit(shown, { ...CONTEXT, ...context }).filter(({ verdict }) => verdict !== "good")
    .map(({ check, verdict }) => `${verdict} ${check}`);
}

describe("checkUnit()", () => {
  it("has nothing to say about the unit that service install writes", () => {
    assert.deepEqual(trouble({}), []);
  });

  it("flags a start limit that is used up before the rollback: N 5 under systemd's default, not N 3", () => {
    const defaults = { StartLimitBurst: "5", StartLimitIntervalUSec: "10s", RestartUSec: "100ms" };
    assert.deepEqual(trouble(defaults), []);
    assert.deepEqual(trouble(defaults, { maxAttempts: 5 }), ["bad start limit"]);
    assert.deepEqual(trouble(defaults, { maxAttempts: 4 }), []);
    assert.deepEqual(trouble(defaults, { maxAttempts: 4, afterRollback: "exit" }), ["bad start limit"]);
    assert.deepEqual(trouble({ StartLimitBurst: "5", StartLimitIntervalUSec: "0" }, { maxAttempts: 50 }), []);
  });

  it("tells of a start limit whose clock is too short to be reached", () => {
    assert.deepEqual(trouble({ StartLimitIntervalUSec: "10s" }), ["note start limit"]);
  });

  for (
    const [what, changes, expected] of [
      ["a program that is started without the gate", {
        ExecStart: "{ path=/opt/app/server ; argv[]=/opt/app/server -p 1 ; }",
      }, "bad unit gate"],
      [
        "another program than the one that is asked about",
        { ExecStart: "{ argv[]=/s run -- /opt/other/server ; }" },
        "bad unit gate",
      ],
      ["a program that forks", { Type: "forking" }, "bad unit gate"],
      ["a unit that is not started again", { Restart: "no" }, "bad restart"],
      ["a clean exit that stays down", { Restart: "on-failure" }, "note restart"],
      ["75 kept from a restart", { RestartPreventExitStatus: "75 78" }, "bad restart"],
      ["a stop that nobody gives back", { ExecStopPost: "" }, "note stop"],
      ["a program in a read-only place", { ReadOnlyPaths: "/opt/app", ReadWritePaths: "/opt" }, "bad unit places"],
      ["state in a read-only place", { ProtectSystem: "strict" }, "bad unit places"],
      ["a runtime that may not compile", { MemoryDenyWriteExecute: "yes" }, "bad unit runtime"],
      ["a variable that takes the gate over", { Environment: 'A=1 "BUN_INSPECT=a b"' }, "bad unit runtime"],
      ["a variable that only Deno's gate heeds", { Environment: "A=1 DENO_DIR=/x" }, "note unit runtime"],
      ["a gate that the machine's variables reach", { UnsetEnvironment: "BUN_OPTIONS" }, "note unit runtime"],
    ] as const
  ) {
    it(`flags ${what}`, () => assert.deepEqual(trouble(changes), [expected]));
  }

  it("holds nothing against a variable that the unit clears, or that only looks like one", () => {
    assert.deepEqual(trouble({ Environment: 'BUN_OPTIONS=1 "A=x BUN_INSPECT=1"' }), []);
  });

  it("sees a program in /usr or in a home that the unit protects", () => {
    assert.deepEqual(trouble({ ReadWritePaths: "" }, { exe: "/usr/sbin/server" }).sort(), [
      "bad unit gate",
      "bad unit places",
    ]);
    assert.deepEqual(trouble({ ReadWritePaths: "", ProtectHome: "yes" }, { dataDir: "/home/app/state" }), [
      "bad unit places",
    ]);
  });

  it("takes the unit's state directory as writable", () => {
    assert.deepEqual(trouble({ ProtectSystem: "strict", StateDirectory: "app" }), []);
  });

  it("says so when there is no such unit", () => {
    assert.deepEqual(trouble({ LoadState: "not-found" }), ["bad unit"]);
  });
});

describe("parseTimeSpan()", () => {
  it("reads what systemctl prints", () => {
    assert.deepEqual(["1min 30s", "100ms", "0", "infinity", "2h", "500us", "soon"].map(parseTimeSpan), [
      90_000,
      100,
      0,
      Infinity,
      7_200_000,
      0.5,
      undefined,
    ]);
  });
});
