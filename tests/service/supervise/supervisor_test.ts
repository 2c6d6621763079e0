import assert from "node:assert/strict";
import { test } from "node:test";
import { type Next, supervise, type SupervisorOptions } from "../../../src/service/supervise/supervisor.ts";
import { endsWith, FakeLauncher, FakeProgram, MISSING } from "../../support/fake_program.ts";

function options(launcher: FakeLauncher, more: Partial<SupervisorOptions<string>> = {}): SupervisorOptions<string> {
  return {
    launcher,
    beforeStart: (): Next<string> => ({ kind: "start", spec: "svc" }),
    delays: { firstMs: 1, longestMs: 4 },
    log: () => {},
    ...more,
  };
}

test("supervise() returns the program's exit code", async () => {
  const host = supervise(options(new FakeLauncher(() => endsWith(0xc0000005)), { restart: "never" }));
  assert.deepEqual(await host.done, { exitCode: 0xc0000005, requested: false });
});

test("supervise() asks the gate before each start, and ends when the gate says so", async () => {
  let boots = 0;
  const launcher = new FakeLauncher(() => endsWith(1));
  const beforeStart = (): Next<string> =>
    ++boots > 3 ? { kind: "end", exitCode: 75 } : { kind: "start", spec: `${boots}` };
  const host = supervise(options(launcher, { beforeStart }));
  assert.deepEqual(await host.done, { exitCode: 75, requested: false });
  assert.deepEqual(launcher.started, ["1", "2", "3"]);
});

test("supervise() takes a program that cannot be started for one that failed, and goes on", async () => {
  const ends: number[] = [];
  const launcher = new FakeLauncher((_, start) => start === 1 ? MISSING : endsWith(0));
  const host = supervise(options(launcher, { onEnded: (exitCode) => void ends.push(exitCode) }));
  assert.deepEqual(await host.done, { exitCode: 0, requested: false });
  assert.deepEqual(ends, [127, 0]);
});

test("supervise() begins with the short pause again when the gate says so", async () => {
  const pauses: string[] = [];
  let boots = 0;
  const host = supervise(options(new FakeLauncher(() => endsWith(1)), {
    beforeStart: (): Next<string> =>
      ++boots > 4 ? { kind: "end", exitCode: 0 } : {
        kind: "start",
        spec: "svc",
        resetDelays: boots === 4,
      },
    log: (_, message) => pauses.push(message.replace(/.* in /, "")),
  }));
  await host.done;
  assert.deepEqual(pauses, ["1 ms", "2 ms", "4 ms", "1 ms"]);
});

test("stop() ends the pause before a restart at once", async () => {
  const host = supervise(options(new FakeLauncher(() => endsWith(3)), {
    delays: { firstMs: 3_600_000, longestMs: 3_600_000 },
    log: (_, message) => /starting it again/.test(message) && queueMicrotask(() => host.stop("test")),
  }));
  assert.deepEqual(await host.done, { exitCode: 3, requested: true });
});

test("restart() starts the program again at once, whatever the policy, and its end was asked for", async () => {
  const requested: boolean[] = [];
  const programs = [1, 2].map((pid): FakeProgram => new FakeProgram(pid, [() => (programs[pid - 1]?.end(143), true)]));
  const host = supervise(options(new FakeLauncher((_, start) => programs[start - 1] ?? MISSING), {
    restart: "never",
    delays: { firstMs: 3_600_000, longestMs: 3_600_000 },
    onStarted: (program, control) => program.pid === 1 ? control.restart("test") : control.stop("test"),
    onEnded: (_, asked) => void requested.push(asked),
  }));
  assert.deepEqual(await host.done, { exitCode: 143, requested: true });
  assert.deepEqual(requested, [true, true]);
});

test("restart() ends the pause before a restart", async () => {
  const host = supervise(options(new FakeLauncher((_, start) => endsWith(start === 1 ? 3 : 0)), {
    delays: { firstMs: 3_600_000, longestMs: 3_600_000 },
    log: (_, message) => /starting it again/.test(message) && queueMicrotask(() => host.restart("test")),
  }));
  assert.deepEqual(await host.done, { exitCode: 0, requested: false });
});

test("stop() asks mildly first, then otherwise, and does not kill a program that follows", async () => {
  const asked: string[] = [];
  const program: FakeProgram = new FakeProgram(1, [
    () => asked.push("break") > 0,
    () => {
      asked.push("window");
      program.end(0);
      return true;
    },
  ]);
  const host = supervise(options(new FakeLauncher(() => program), {
    nextRequestMs: 5,
    onStarted: () => host.stop("test"),
  }));
  assert.deepEqual(await host.done, { exitCode: 0, requested: true });
  assert.deepEqual(asked, ["break", "window"]);
  assert.deepEqual(program.done, ["close"]);
});

test("stop() kills the tree at the deadline", async () => {
  const program = new FakeProgram(1, [() => true, () => false]);
  const host = supervise(options(new FakeLauncher(() => program), {
    stopTimeoutMs: 20,
    onStarted: () => host.stop("test"),
  }));
  assert.deepEqual(await host.done, { exitCode: 137, requested: true });
  assert.deepEqual(program.done, ["kill", "close"]);
});

test("stop() called a second time kills at once", async () => {
  const program = new FakeProgram(1, [() => true]);
  const host = supervise(options(new FakeLauncher(() => program), {
    stopTimeoutMs: 3_600_000,
    nextRequestMs: 3_600_000,
    onStarted() {
      host.stop("first");
      host.stop("second");
    },
  }));
  assert.deepEqual(await host.done, { exitCode: 137, requested: true });
});

test("stop() before the gate has answered starts nothing", async () => {
  const launcher = new FakeLauncher(() => endsWith(0));
  let answer: (next: Next<string>) => void = () => {};
  const host = supervise(options(launcher, { beforeStart: () => new Promise((resolve) => answer = resolve) }));
  host.stop("test");
  answer({ kind: "start", spec: "svc" });
  assert.deepEqual(await host.done, { exitCode: 0, requested: true });
  assert.deepEqual(launcher.started, []);
});

test("fail() ends the program in order and counts as its failure, even if it then says 0", async () => {
  const first: FakeProgram = new FakeProgram(1, [() => {
    first.end(0);
    return true;
  }]);
  const ends: number[] = [];
  const host = supervise(options(new FakeLauncher((_, start) => start === 1 ? first : endsWith(0)), {
    onStarted: (program) => program === first && host.fail("the probe says no"),
    onEnded: (exitCode) => void ends.push(exitCode),
  }));
  assert.deepEqual(await host.done, { exitCode: 0, requested: false });
  assert.deepEqual(ends, [1, 0]);
});

test("supervise() passes on what the gate throws", async () => {
  const beforeStart = () => {
    throw new Error("no program at all");
  };
  await assert.rejects(
    supervise(options(new FakeLauncher(() => endsWith(0)), { beforeStart })).done,
    /no program at all/,
  );
});
