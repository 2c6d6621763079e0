/** Does a unit let the gate do its work? @module */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Machine, Runner, Target } from "../../../src/service/doctor/check.ts";
import { examineUnit } from "../../../src/service/doctor/examine_unit.ts";
import { MARK } from "../../../src/service/install/systemd/unit_text.ts";
import type { ReplaceFault } from "../../../src/system/process/root_faults.ts";

const TARGET: Target = {
  exe: "/opt/app/server",
  isStarted: true,
  dataDir: "/var/lib/app",
  probes: [],
  probeTimeoutMs: 1000,
  unit: { name: "app.service" },
  gateAs: "user",
  isInstalled: true,
  self: "/opt/s/boot-sentinel",
  maxAttempts: 3,
  afterRollback: "run",
  isConfirmedByHand: false,
  selector: "--name app",
};

/** A command as `systemctl show` prints it. */
const shown = (line: string, flags = "") =>
  `{ path=${line.split(" ")[0]} ; argv[]=${line} ; flags=${flags} ; start_time=[n/a] ; stop_time=[n/a] ; pid=0 }`;

const PRE = "/usr/local/bin/boot-sentinel check --name app --unit app.service";

/** The gate in front of the program. */
const FRONT: Shown = {
  LoadState: "loaded",
  Type: "exec",
  ExecStartEx: shown("/opt/s/boot-sentinel run --nofile 1024 -- /opt/app/server -p 1"),
  ExecStopPostEx: shown("/opt/s/boot-sentinel stopped --exe /opt/app/server"),
  Restart: "always",
  RestartUSec: "1s",
  StartLimitBurst: "16",
  StartLimitIntervalUSec: "1min",
  TimeoutStartUSec: "1min 30s",
  ProtectSystem: "full",
  ReadWritePaths: "/opt/app",
  UnsetEnvironment: "BUN_OPTIONS BUN_BE_BUN",
  LimitAS: "infinity",
  TasksMax: "4915",
};

/** The gate beside the program, as root. */
const BESIDE: Shown = {
  ...FRONT,
  ExecStartPreEx: shown(PRE, "ignore-failure privileged"),
  ExecStartEx: shown("/opt/app/server -p 1"),
  ExecStartPostEx: shown(PRE.replace("check", "watch"), "ignore-failure privileged"),
  ExecStopPostEx: shown(PRE.replace("check", "stopped"), "ignore-failure privileged"),
};

type Shown = Readonly<Record<string, string | readonly string[]>>;

interface Asked {
  readonly target?: Partial<Target>;
  readonly cat?: string;
  readonly instances?: string;
  /** What systemd gives to all units. */
  readonly variables?: string;
  /** The mount's fault in the service's own namespace. */
  readonly inside?: ReplaceFault;
  readonly uid?: number;
  readonly managers?: Readonly<Record<"system" | "user", Shown | undefined>>;
}

/** What the doctor finds in a unit. */
async function examined(unit: Shown, asked: Asked = {}) {
  const target = { ...TARGET, ...asked.target };
  const managers = asked.managers ?? { system: unit, user: undefined };
  const answer = (code: number, stdout: string) => Promise.resolve({ code, stdout, stderr: "" });
  const machine = {
    user: { name: "somebody", uid: asked.uid ?? 0 },
    facts: { replaceFault: () => asked.inside },
    io: {
      systemctl(...args: string[]) {
        const facts = args[0] === "--user" ? managers.user : managers.system;
        if (args.includes("list-units")) return answer(0, asked.instances ?? "");
        if (args.includes("show-environment")) return answer(0, asked.variables ?? "");
        if (args.includes("cat")) return answer(0, asked.cat ?? "");
        if (facts === undefined) return answer(args[0] === "--user" ? 1 : 0, "LoadState=not-found\n");
        const lines = Object.entries(facts).flatMap(([name, value]) => [value].flat().map((one) => `${name}=${one}\n`));
        return answer(0, lines.join(""));
      },
      runTool: (program: string, ...args: string[]) =>
        program === "id"
          ? answer(args[1] === "nobody-knows" ? 1 : 0, "1000\n")
          : answer(0, args.includes("/opt/s/boot-sentinel") ? "yes\n" : "no\n"),
    },
  } as unknown as Machine;
  return await examineUnit(target, target.exe, machine);
}

/** What is not good about a unit. */
async function trouble(unit: Shown, asked: Asked = {}): Promise<string[]> {
  const { findings } = await examined(unit, asked);
  return findings.filter(({ verdict }) => verdict !== "good").map(({ verdict, code }) => `${verdict} ${code}`);
}

describe("the doctor of a unit", () => {
  it("has nothing to say about a gate in front of the program, or beside it", async () => {
    assert.deepEqual(await trouble(FRONT), []);
    assert.deepEqual(await trouble(BESIDE), []);
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

  const old = { ExecStartEx: [], ExecStopPostEx: [] };
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
      ["another root", { RootDirectory: "/srv/root" }, "bad unit-other-root"],
      ["a timeout that cuts the gate off", { TimeoutStartUSec: "5s" }, "bad timeout-too-short"],
      ["a timeout that may do so", { TimeoutStartUSec: "30s" }, "note timeout-short"],
    ] as const
  ) {
    it(`flags ${what}`, async () => assert.deepEqual(await trouble({ ...FRONT, ...changes }), [expected]));
  }

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

  it("looks as root at a gate with +, else as the unit's user", async () => {
    const runnerOf = async (unit: Shown) => (await examined({ ...unit, User: "app" })).runner;
    assert.deepEqual(await runnerOf(BESIDE), { name: "root", writer: "user 0", isFree: true } satisfies Runner);
    const { name, writer, isFree, writes } = await runnerOf(FRONT);
    assert.deepEqual([name, writer, isFree], ["app", "user 1000", undefined]);
    assert.deepEqual([...writes ?? []], [["/opt/app", false], ["/var/lib/app", false]]);
    const dynamic = await runnerOf({ ...FRONT, DynamicUser: "yes", StateDirectory: "app" });
    assert.deepEqual([...dynamic.writes ?? []], [["/opt/app", false], ["/var/lib/app", true]]);
  });

  it("says so when the unit's user does not exist", async () => {
    assert.deepEqual(await trouble({ ...FRONT, User: "nobody-knows" }), ["bad unit-user-unknown"]);
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

  it("flags a gate that can keep the service down, that comes late, or that nobody follows", async () => {
    const pre = BESIDE["ExecStartPreEx"] as string;
    assert.deepEqual(await trouble({ ...BESIDE, ExecStartPreEx: shown(PRE, "privileged") }), ["bad gate-can-block"]);
    const tested = [shown("/opt/app/server --test"), pre];
    assert.deepEqual(await trouble({ ...BESIDE, ExecStartPreEx: tested }), ["bad gate-not-first"]);
    const other = [shown("/bin/mkdir -p /run/app"), pre];
    assert.deepEqual(await trouble({ ...BESIDE, ExecStartPreEx: other }), ["note gate-not-first"]);
    assert.deepEqual(await trouble({ ...BESIDE, ExecStartPreEx: [pre, ...tested.slice(0, 1)] }), []);
    assert.deepEqual(await trouble({ ...BESIDE, ExecStartPostEx: [] }), ["bad no-watcher"]);
    assert.deepEqual(await trouble({ ...BESIDE, ExecStartPostEx: [] }, { target: { isConfirmedByHand: true } }), []);
  });

  it("reads an older systemd, too, which prints no flags", async () => {
    const command =
      "{ path=/opt/s/boot-sentinel ; argv[]=/opt/s/boot-sentinel run -- /opt/app/server ; ignore_errors=no ; }";
    const stop = "{ path=/opt/s/boot-sentinel ; argv[]=/opt/s/boot-sentinel stopped ; ignore_errors=no ; }";
    assert.deepEqual(await trouble({ ...FRONT, ...old, ExecStart: command, ExecStopPost: stop }), []);
  });

  it("takes over the options that stand in the unit, and sees a state that lies elsewhere", async () => {
    const words = "--max-attempts 5 --probe tcp://127.0.0.1:1 --probe=exec:x --data-dir /srv/state -- /opt/app/server";
    const unit = { ...FRONT, ExecStartEx: shown(`/opt/s/boot-sentinel run ${words}`), StartLimitBurst: "5" };
    assert.deepEqual(await trouble(unit), ["bad another-data-dir", "note probe-not-tried", "bad start-limit-too-low"]);
    const { target } = await examined(unit);
    assert.deepEqual([target.maxAttempts, target.probes], [5, ["tcp://127.0.0.1:1"]]);
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

  it("sees a gate that clears variables for itself", async () => {
    const clean = (verb: string) =>
      shown(`/usr/bin/env -u BUN_OPTIONS -u BUN_BE_BUN ${PRE.replace("check", verb)}`, "ignore-failure privileged");
    const unit = {
      ...BESIDE,
      ExecStartPreEx: clean("check"),
      ExecStartPostEx: clean("watch"),
      ExecStopPostEx: clean("stopped"),
    };
    assert.deepEqual(await trouble({ ...unit, UnsetEnvironment: "", Environment: "BUN_OPTIONS=x" }), []);
    assert.deepEqual(await trouble({ ...BESIDE, Environment: "BUN_INSPECT=x" }), ["bad runtime-variables"]);
  });

  it("asks the user's own manager about a unit that the machine's does not have", async () => {
    const managers = { system: undefined, user: { ...BESIDE, User: "" } };
    const { unit, runner } = await examined({}, { managers, uid: 1000 });
    assert.deepEqual([unit?.isUsers, runner.name], [true, "somebody"]);
    assert.deepEqual(await trouble({}, { managers: { system: undefined, user: undefined } }), ["bad unit-missing"]);
  });

  it("examines no template, and tells of the instances of one", async () => {
    assert.deepEqual(await trouble(BESIDE, { target: { unit: { name: "app@.service" } } }), ["unknown unit-template"]);
    const instances = "app@1.service loaded active running A\napp@2.service loaded active running A\n";
    const target = { unit: { name: "app@1.service" } };
    assert.deepEqual(await trouble(BESIDE, { target, instances }), ["note several-instances"]);
    assert.deepEqual(await trouble(BESIDE, { target, instances: instances.split("\n")[0] ?? "" }), []);
  });

  it("finds a drop-in that repeats what the unit no longer says", async () => {
    const cat = (own: string, again: string) =>
      `# /usr/lib/systemd/system/app.service\n[Service]\n${own}\n` +
      `# /etc/systemd/system/app.service.d/50-boot-sentinel.conf\n${MARK}\n[Service]\nExecStartPre=\n` +
      `ExecStartPre=-+${PRE}\n${again}\n# /etc/systemd/system/app.service.d/90-own.conf\n[Service]\nExecStartPre=/own\n`;
    const line = "ExecStartPre=/usr/bin/prepare -a \\\n  b";
    assert.deepEqual(await trouble(BESIDE, { cat: cat(line, "ExecStartPre=/usr/bin/prepare -a b") }), []);
    assert.deepEqual(await trouble(BESIDE, { cat: cat(line, "") }), ["bad drop-in-stale"]);
    assert.deepEqual(await trouble(BESIDE, { cat: cat("", "ExecStartPre=/usr/bin/prepare") }), ["bad drop-in-stale"]);
    assert.deepEqual(await trouble(BESIDE, { cat: cat(`ExecStartPre=/old\nExecStartPre=`, "") }), []);
  });

  it("looks before an installation at what the unit imposes, and for no gate", async () => {
    const plain = { ...BESIDE, ExecStartPreEx: [], ExecStartPostEx: [], ExecStopPostEx: [], LimitAS: "1000000" };
    const target = { isInstalled: false, gateAs: "root" } as const;
    assert.deepEqual(await trouble({ ...plain, MemoryDenyWriteExecute: "yes" }, { target }), ["bad limit-too-low"]);
  });
});
