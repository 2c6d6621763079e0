/** Supervising: gate, start, probes and the next start in one process. @module */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { describe, it } from "node:test";
import { BootSentinel } from "../../../mod.ts";
import type { BootOutcome } from "../../../src/core/gate/outcome.ts";
import { hostProgram } from "../../../src/service/supervise/host.ts";
import { parseProbe } from "../../../src/service/health/probes/parse_probe.ts";
import { supervise, type Supervision } from "../../../src/service/supervise/supervise.ts";
import { machineProbeIo } from "../../../src/system/process/probe_io.ts";
import { sentinelWords } from "../../support/sentinel_process.ts";
import { inTempDir } from "../../support/temp.ts";
import { FakeLauncher, FakeProgram } from "../../support/fake_program.ts";

const PROBATION: BootOutcome = {
  kind: "proceed",
  state: "probation",
  attempts: 1,
  ticket: { kind: "probation", boot: 1, lenient: false },
};
const ROLLED_BACK: BootOutcome = { kind: "rolledBack", from: "2", to: "1", reason: "attempts" };

/** Supervises programs of the test; `done` tells what was reported, in order. */
function begin(launcher: FakeLauncher, changes: Partial<Supervision<string>> = {}) {
  const done: string[] = [];
  let now = 0;
  const supervised = supervise<string>({
    launcher,
    spec: "app",
    boot: () => PROBATION,
    couldNotStart: () => PROBATION,
    reports: {
      reportHealthy: () => (done.push("healthy"), { kind: "promoted", version: "2" }),
      reportUnhealthy: () => (done.push("unhealthy"), true),
      reportStopped: (reason) => (done.push(reason), true),
    },
    policy: () => ({
      probes: [parseProbe("exec:look")],
      advisory: [],
      intervalMs: 10,
      timeoutMs: 10,
      passes: 2,
      healthyAfterMs: 0,
      deadlineMs: 50,
    }),
    world: {
      now: () => now,
      sleep: (ms) => new Promise((resolve) => setTimeout(resolve, 0)).then(() => void (now += ms)),
      io: { ...machineProbeIo, shell: () => Promise.resolve(1) },
    },
    exitOk: [],
    maxAttempts: 3,
    afterRollback: "run",
    restart: "never",
    delays: { firstMs: 0 },
    stopTimeoutMs: 1000,
    log: () => {},
    ...changes,
  });
  const host = hostProgram(supervised.options);
  supervised.onUnhealthy((reason) => host.fail(reason));
  return { host, done, stop: () => (supervised.stopping(), host.stop("asked")) };
}

/** A program that ends with 0 when it is asked. */
function polite(): FakeProgram {
  const program: FakeProgram = new FakeProgram(1, [() => (program.end(0), true)]);
  return program;
}

describe("supervise()", () => {
  it("counts a hung build, ends it and starts the next one", async () => {
    const restored = polite();
    const launcher = new FakeLauncher((_spec, start) => start === 1 ? polite() : restored);
    const boots = [PROBATION, ROLLED_BACK];
    const { host, done } = begin(launcher, { boot: () => boots.shift() ?? ROLLED_BACK, restart: "on-failure" });
    while (launcher.started.length < 2) await new Promise((resolve) => setImmediate(resolve));
    restored.end(0);
    assert.deepEqual(await host.done, { exitCode: 0, requested: false });
    assert.deepEqual(done, ["unhealthy"]);
  });

  it("sees a file that the program writes in the moment of its start", async () => {
    await inTempDir(async (dir) => {
      const up = join(dir, "up");
      const program = polite();
      const launcher = new FakeLauncher(() => (writeFileSync(up, ""), program));
      const probe = parseProbe(`file:${up}`);
      const policy = () => ({
        ...{ probes: [probe], advisory: [], intervalMs: 10, timeoutMs: 10, passes: 1 },
        ...{ healthyAfterMs: 0, deadlineMs: 50 },
      });
      const { host, done } = begin(launcher, { policy });
      while (done.length === 0) await new Promise((resolve) => setImmediate(resolve));
      program.end(0);
      await host.done;
      assert.deepEqual(done, ["healthy"]);
    });
  });

  it("a stop that we were asked for is no crash, whatever the exit code", async () => {
    const program: FakeProgram = new FakeProgram(1, [() => (program.end(1), true)]);
    const { host, done, stop } = begin(new FakeLauncher(() => program));
    await new Promise((resolve) => setImmediate(resolve));
    stop();
    assert.deepEqual(await host.done, { exitCode: 1, requested: true });
    assert.deepEqual(done, ["it was asked to end"]);
  });

  it("an unasked exit with 0 counts, unless it is among the codes that are no failure", async () => {
    for (const [exitOk, expected] of [[[], []], [[0], ["it exited with 0"]]] as const) {
      const program = polite();
      const { host, done } = begin(new FakeLauncher(() => program), { exitOk });
      await new Promise((resolve) => setImmediate(resolve));
      program.end(0);
      await host.done;
      assert.deepEqual(done, expected);
    }
  });

  it("a build that cannot be started is put back, and the restored one starts at once", async () => {
    const program = polite();
    const launcher = new FakeLauncher((_spec, start) => start === 1 ? new Error("no such program") : program);
    const faults: string[] = [];
    const { host } = begin(launcher, { couldNotStart: (fault) => (faults.push(fault), ROLLED_BACK) });
    while (launcher.started.length < 2) await new Promise((resolve) => setImmediate(resolve));
    program.end(0);
    assert.equal((await host.done).exitCode, 0);
    assert.deepEqual(faults, ["no such program"]);
  });

  it("with --after-rollback exit it leaves with 75, before and after a start that failed", async () => {
    const launcher = new FakeLauncher(() => new Error("no such program"));
    const gone = begin(launcher, { couldNotStart: () => ROLLED_BACK, afterRollback: "exit" });
    assert.equal((await gone.host.done).exitCode, 75);
    const judged = begin(launcher, { boot: () => ROLLED_BACK, afterRollback: "exit" });
    assert.equal((await judged.host.done).exitCode, 75);
  });

  it("a stop ends the pause before the next start of a build that keeps failing", async () => {
    const launcher = new FakeLauncher(() => polite());
    const degraded: BootOutcome = { kind: "proceed", state: "degraded", attempts: 40 };
    const { host, stop } = begin(launcher, { boot: () => degraded });
    stop();
    assert.equal((await host.done).requested, true);
    assert.deepEqual(launcher.started, []);
  });
});

describe("run --supervise", { skip: process.platform === "linux" ? false : "Linux's own" }, () => {
  const start = async (dir: string, script: string, ...options: string[]): Promise<ChildProcess> => {
    writeFileSync(join(dir, "app"), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    const [program = "", ...words] = sentinelWords();
    const child = spawn(program, [...words, "run", "--supervise", ...options, "--", join(dir, "app")], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    if (child.stdout !== null) await once(child.stdout, "data");
    return child;
  };
  // Not child.kill(): under Deno that sends one signal only.
  const signal = (child: ChildProcess, name: string) => process.kill(child.pid ?? 0, name);
  const READY = "while :; do sleep 0.05; done";

  it("passes signals on and ends with the service's own code", async () => {
    await inTempDir(async (dir) => {
      const child = await start(dir, `trap "echo hup" HUP; trap "exit 7" TERM; echo up; ${READY}`);
      signal(child, "SIGHUP");
      if (child.stdout !== null) assert.match(String((await once(child.stdout, "data"))[0]), /hup/);
      signal(child, "SIGTERM");
      assert.deepEqual(await once(child, "exit"), [7, null]);
    });
  });

  it("asks with the signal that it was asked with", async () => {
    await inTempDir(async (dir) => {
      const child = await start(dir, `trap "exit 9" QUIT; echo up; ${READY}`);
      signal(child, "SIGQUIT");
      assert.deepEqual(await once(child, "exit"), [9, null]);
    });
  });

  it("ten stops during probation cost nothing, and a crash costs an attempt", async () => {
    await inTempDir(async (dir) => {
      const exe = join(dir, "app");
      writeFileSync(exe, "#!/bin/sh\n# 1\n", { mode: 0o755 });
      const sentinel = new BootSentinel({ dataDir: dir, exe }, { log: () => {} });
      sentinel.confirmHealthy();
      sentinel.armForSwap(exe, "2.0.0");
      for (let stop = 0; stop < 10; stop++) {
        const child = await start(dir, `trap "exit 1" TERM; echo up; ${READY}`);
        assert.equal(sentinel.status().pending?.attempts, 1);
        signal(child, "SIGTERM");
        await once(child, "exit");
        assert.equal(sentinel.status().pending?.attempts, 0);
      }
      const child = await start(dir, "echo up; exit 1");
      await once(child, "exit");
      assert.equal(sentinel.status().pending?.attempts, 1);
    });
  });

  it("leaves nothing of the service's group behind", async () => {
    await inTempDir(async (dir) => {
      const child = await start(dir, `(trap "" TERM; echo $$; exec sleep 1000) & wait`);
      signal(child, "SIGTERM");
      const closed = once(child, "close"); // the grandchild holds the pipe for as long as it lives
      await once(child, "exit");
      await closed;
    });
  });

  it("a program that does not exist ends with 127", async () => {
    await inTempDir(async (dir) => {
      const [program = "", ...words] = sentinelWords();
      const child = spawn(program, [...words, "run", "--supervise", "--", join(dir, "none")], { stdio: "ignore" });
      assert.deepEqual(await once(child, "exit"), [127, null]);
    });
  });
});
