/** Do a unit's settings let the gate do its work? @module */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { BESIDE, FRONT, shown, trouble } from "./shown_unit.ts";

describe("the doctor of a unit's settings", () => {
  it("flags a unit that systemd gave up, and not one that is to be installed", async () => {
    const unit = { ...BESIDE, ActiveState: "failed", SubState: "failed", Result: "exit-code" };
    assert.deepEqual(await trouble(unit), ["bad unit-down"]);
    assert.deepEqual(await trouble({ ...unit, ActiveState: "activating", SubState: "auto-restart" }), []);
    const before = await trouble(unit, { target: { isInstalled: false } });
    assert.equal(before.includes("bad unit-down"), false);
  });

  it("flags a start limit that is used up before the rollback: N 5 under systemd's default, not N 3", async () => {
    const unit = { ...BESIDE, StartLimitBurst: "5", StartLimitIntervalUSec: "10s", RestartUSec: "100ms" };
    assert.deepEqual(await trouble(unit), []);
    assert.deepEqual(await trouble(unit, { target: { maxAttempts: 5 } }), ["bad start-limit-too-low"]);
    assert.deepEqual(await trouble(unit, { target: { maxAttempts: 4 } }), []);
    const exit = { maxAttempts: 4, afterRollback: "exit" } as const;
    assert.deepEqual(await trouble(unit, { target: exit }), ["bad start-limit-too-low"]);
    assert.deepEqual(await trouble({ ...unit, StartLimitIntervalUSec: "0" }, { target: { maxAttempts: 50 } }), []);
    assert.deepEqual(await trouble({ ...BESIDE, StartLimitIntervalUSec: "10s" }), ["note start-limit-unreachable"]);
  });

  for (
    const [what, changes, expected] of [
      ["a program that is started without the gate", { ExecStartEx: shown("/opt/app/server -p 1") }, "bad not-gated"],
      ["another program", { ExecStartEx: shown("/s/boot-sentinel run -- /opt/other/server") }, "bad guards-another"],
      ["a program that forks", { Type: "forking" }, "bad unit-forks"],
      ["a program that does its work and ends", { Type: "oneshot" }, "bad unit-oneshot"],
      ["a unit that is not started again", { Restart: "no" }, "bad no-restart"],
      ["a restart on signals only", { Restart: "on-abnormal" }, "bad no-restart"],
      ["a clean exit that stays down", { Restart: "on-failure" }, "note no-restart-after-exit-0"],
      ["any code that is kept from a restart", { RestartPreventExitStatus: "78" }, "bad restart-prevented"],
      ["a stop that nobody gives back", { ExecStopPostEx: [] }, "note stops-count"],
      ["a program in a read-only place", { ReadOnlyPaths: "/opt/app", ReadWritePaths: "/opt" }, "bad unit-read-only"],
      ["state in a read-only place", { ProtectSystem: "strict" }, "bad unit-read-only"],
      ["a runtime that may not compile", { MemoryDenyWriteExecute: "yes" }, "bad no-jit"],
      ["a gate that may not be executed", { NoExecPaths: "/", ExecPaths: "/opt/app" }, "bad gate-not-executable"],
      ["a filter that refuses clone3", { SystemCallFilter: "~clone3 mount" }, "bad system-calls-filtered"],
      ["a variable that takes the gate over", { Environment: 'A=1 "BUN_INSPECT=a b"' }, "bad runtime-variables"],
      ["a variable that only Deno's gate heeds", { Environment: "A=1 DENO_DIR=/x" }, "note runtime-variables"],
      ["address space for a small program only", { LimitASSoft: "268435456" }, "bad limit-too-low"],
      ["little room for data", { LimitDATA: "268435456" }, "bad limit-too-low"],
      ["a small stack", { LimitSTACK: "131072" }, "bad limit-too-low"],
      ["few threads", { TasksMax: "8" }, "bad limit-too-low"],
      ["a working directory that is missing", { WorkingDirectory: "/missing/app" }, "bad unit-no-working-directory"],
      ["another root", { RootDirectory: "/srv/root" }, "bad unit-other-root"],
      ["a timeout that cuts the gate off", { TimeoutStartUSec: "5s" }, "bad timeout-too-short"],
      ["a timeout that may do so", { TimeoutStartUSec: "30s" }, "note timeout-short"],
    ] as const
  ) {
    it(`flags ${what}`, async () => assert.deepEqual(await trouble({ ...FRONT, ...changes }), [expected]));
  }

  it("takes a working directory that is there, may be missing, or is made by systemd", async () => {
    for (const WorkingDirectory of ["/opt/app", "!/missing/app", "~", ""]) {
      assert.deepEqual(await trouble({ ...BESIDE, WorkingDirectory }), []);
    }
    const made = { ...BESIDE, WorkingDirectory: "/missing/lib/app", StateDirectory: "app" };
    assert.deepEqual(await trouble(made), []);
  });

  it("holds nothing of the sandbox against a gate outside of it, but limits and another root", async () => {
    const sandbox = {
      User: "app",
      ProtectSystem: "strict",
      ReadWritePaths: "",
      MemoryDenyWriteExecute: "yes",
      NoExecPaths: "/",
      SystemCallFilter: "~clone3",
      LimitNPROC: "4",
    };
    assert.deepEqual(await trouble({ ...BESIDE, ...sandbox }), []);
    assert.deepEqual(await trouble({ ...BESIDE, ...sandbox, DynamicUser: "yes", User: "nobody-knows" }), []);
    const limits = { LimitAS: "268435456", RootDirectory: "/srv/root" };
    assert.deepEqual(await trouble({ ...BESIDE, ...limits }), ["bad unit-other-root", "bad limit-too-low"]);
  });

  it("sees the mounts of a service that runs, and otherwise does not guess", async () => {
    const inUsr = {
      ...FRONT,
      ReadWritePaths: "/usr/sbin",
      ExecStartEx: shown("/s/boot-sentinel run -- /usr/sbin/server"),
    };
    const target = { exe: "/usr/sbin/server" };
    assert.deepEqual(await trouble(inUsr, { target }), ["unknown unit-places-unknown"]);
    assert.deepEqual(await trouble({ ...inUsr, MainPID: "7" }, { target, inside: "readOnly" }), ["bad unit-read-only"]);
    assert.deepEqual(await trouble({ ...inUsr, MainPID: "7" }, { target }), []);
    assert.deepEqual(await trouble({ ...FRONT, ReadWritePaths: "" }, { target: { exe: "/usr/sbin/server" } }), [
      "bad guards-another",
      "bad unit-read-only",
    ]);
    const home = { target: { dataDir: "/home/app/state" } };
    assert.deepEqual(await trouble({ ...FRONT, ReadWritePaths: "", ProtectHome: "yes" }, home), ["bad unit-read-only"]);
    assert.deepEqual(await trouble({ ...FRONT, ProtectSystem: "strict", StateDirectory: "app" }), []);
  });

  it("holds nothing against a variable that the unit clears, or that only looks like one", async () => {
    assert.deepEqual(await trouble({ ...FRONT, Environment: 'BUN_OPTIONS=1 "A=x BUN_INSPECT=1"' }), []);
  });

  it("asks systemd which variables all units get", async () => {
    const asked = { variables: "HOME=/root\nBUN_OPTIONS=x\n" };
    assert.deepEqual(await trouble({ ...BESIDE, UnsetEnvironment: "" }), []);
    assert.deepEqual(await trouble({ ...BESIDE, UnsetEnvironment: "" }, asked), ["bad runtime-variables"]);
    assert.deepEqual(await trouble(BESIDE, asked), []);
  });
});
