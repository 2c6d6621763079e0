/** The gate before each start of a hosted program, and the watch over each boot: without Windows. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { BootOutcome } from "../../../src/core/gate/outcome.ts";
import type { BootToken } from "../../../src/core/gate/boot_token.ts";
import { gateHooks, type GateParts } from "../../../src/service/supervise/gate_hooks.ts";
import { type Host, supervise } from "../../../src/service/supervise/supervisor.ts";
import type { BootReports } from "../../../src/core/changes/reports.ts";
import { processIo, withIo } from "../../../src/system/process/process_io.ts";
import type { Probe } from "../../../src/service/health/probes/probe.ts";
import { endsWith, FakeLauncher, FakeProgram, MISSING, NO_MEMORY } from "../../support/fake_program.ts";

const TOKEN: BootToken = { kind: "probation", boot: 1, lenient: false };
const STEADY: BootOutcome = { kind: "proceed", state: "steady", attempts: 0 };
const PROBATION: BootOutcome = { kind: "proceed", state: "probation", attempts: 1, token: TOKEN };
const ROLLED_BACK: BootOutcome = { kind: "rolledBack", from: "2", to: "1", reason: "attempts" };

/** A gate that says what it is told to, and notes what it is told. */
class FakeGate implements Pick<GateParts<string>, "boot" | "reports"> {
  readonly told: string[] = [];
  readonly ends: string[] = [];
  readonly crashes: string[] = [];
  readonly reports: BootReports = {
    healthy: () => (this.told.push("healthy"), { kind: "promoted", version: "2" }),
    unhealthy: () => (this.told.push("unhealthy"), true),
    stopped: (reason) => (this.told.push(`stopped: ${reason}`), true),
    ended: (how, words = []) => (this.ends.push([how, ...words].join(": ")), true),
    isOpen: () => true,
    crashed: ({ how }) => (this.crashes.push(`crashed: ${how}`), false),
    lasted: (event) => (this.crashes.push(event), true),
  };

  constructor(readonly boots: BootOutcome[], readonly afterFault: BootOutcome = STEADY) {}

  readonly boot = (startFault?: string): BootOutcome => {
    this.told.push(startFault === undefined ? "boot" : `could not start: ${startFault}`);
    return startFault === undefined ? this.boots.shift() ?? STEADY : this.afterFault;
  };
}

const passing: Probe = { text: "passing", check: () => Promise.resolve(undefined) };
const failing: Probe = { text: "failing", check: () => Promise.resolve("it fails") };

const POLICY = { advisory: [], intervalMs: 1, timeoutMs: 1000, passes: 1, healthyAfterMs: 0, deadlineMs: 20 };

type More = Partial<GateParts<string>> & { probe?: Probe };

function host(gate: FakeGate, launcher: FakeLauncher, more: More = {}) {
  return supervise({
    ...hooks(gate, more),
    launcher,
    log: () => {},
    delays: { firstMs: 1, longestMs: 2 },
  });
}

function hooks(gate: FakeGate, { probe = failing, ...parts }: More = {}) {
  return gateHooks<string>({
    standIn: (path) => path,
    spec: "svc",
    boot: gate.boot,
    reports: gate.reports,
    maxAttempts: 3,
    afterRollback: "run",
    policy: () => ({ ...POLICY, probes: [probe] }),
    exitOk: [],
    crashLoop: { limit: 5, withinMs: 10_000 },
    io: processIo,
    log: () => {},
    ...parts,
  });
}

test("each start of a hosted program is one boot", async () => {
  const gate = new FakeGate([PROBATION, PROBATION, ROLLED_BACK]);
  const launcher = new FakeLauncher((_, start) => endsWith(start === 3 ? 0 : 1));
  assert.deepEqual(await host(gate, launcher).done, { exitCode: 0, requested: false });
  assert.deepEqual(gate.told, ["boot", "boot", "boot"]);
});

test("the probes look before the program is started: what it changes at once is seen", async () => {
  const gate = new FakeGate([PROBATION]);
  const order: string[] = [];
  const probe: Probe = { ...passing, begin: () => void order.push("probe") };
  const launcher = new FakeLauncher(() => (order.push("start"), endsWith(0)));
  await host(gate, launcher, { probe }).done;
  assert.deepEqual(order, ["probe", "start"]);
});

test("after a rollback the host ends with 75, if the caller wants to start the program himself", async () => {
  const launcher = new FakeLauncher(() => endsWith(0));
  const end = await host(new FakeGate([ROLLED_BACK]), launcher, { afterRollback: "exit" }).done;
  assert.deepEqual([end.exitCode, launcher.started.length], [75, 0]);
});

test("a healthy program is confirmed", async () => {
  const program = new FakeProgram(1);
  const gate = new FakeGate([PROBATION]);
  const { healthy } = gate.reports;
  const reports: BootReports = {
    ...gate.reports,
    healthy(token) {
      queueMicrotask(() => program.end(0));
      return healthy(token);
    },
  };
  await host(gate, new FakeLauncher(() => program), { probe: passing, reports }).done;
  assert.deepEqual(gate.told, ["boot", "healthy"]);
});

test("a program that is not healthy at the deadline is reported first, then stopped, and started again", async () => {
  const hung: FakeProgram = new FakeProgram(1, [() => {
    hung.end(0);
    return true;
  }]);
  const gate = new FakeGate([PROBATION, ROLLED_BACK]);
  const end = await host(gate, new FakeLauncher((_, start) => start === 1 ? hung : endsWith(0))).done;
  assert.equal(end.exitCode, 0);
  assert.deepEqual(gate.told, ["boot", "unhealthy", "boot"]);
});

test("a build that missed its deadline before is announced and ended with half of the deadline", async () => {
  for (const [hurried, deadlineMs] of [[false, 20_000], [true, 10_000]] as const) {
    const hung: FakeProgram = new FakeProgram(1, [() => (hung.end(0), true)]);
    const gate = new FakeGate([{ ...PROBATION, token: { ...TOKEN, hurried } }]);
    let now = 0;
    let endedAt: number | undefined;
    const announced: number[] = [];
    const policy = { ...POLICY, probes: [failing], intervalMs: 1000, deadlineMs: 20_000 };
    await host(gate, new FakeLauncher((_, start) => start === 1 ? hung : endsWith(0)), {
      policy: () => policy,
      io: withIo(processIo, { now: () => now, pause: (ms) => Promise.resolve(void (now += ms)) }),
      reports: { ...gate.reports, unhealthy: () => (endedAt = now, true) },
      announce: ({ deadlineMs }) => (announced.push(deadlineMs), { release: () => {}, answered: () => {} }),
    }).done;
    assert.deepEqual([announced, endedAt], [[deadlineMs], deadlineMs]);
  }
});

test("a requested stop gives the boot back, and its program is neither confirmed nor failed any more", async () => {
  const program: FakeProgram = new FakeProgram(1, [() => {
    setTimeout(() => program.end(1), 60);
    return true;
  }]);
  const gate = new FakeGate([PROBATION]);
  // Asked while its health is being looked at; the deadline passes before it has ended.
  const probe: Probe = {
    text: "stopping",
    check: () => {
      if (!hosted.stopping()) hosted.stop("test");
      return Promise.resolve("it fails");
    },
  };
  const hosted: Host = host(gate, new FakeLauncher(() => program), { probe });
  assert.equal((await hosted.done).requested, true);
  assert.deepEqual(gate.told, ["boot", "stopped: the service was stopped on request"]);
});

test("an exit code that is no failure gives the boot back, a crash is kept", async () => {
  for (const [exitOk, told, ends] of [[[7], ["stopped: it exited with 7"], []], [[], [], ["exit 7"]]] as const) {
    const gate: FakeGate = new FakeGate([PROBATION]);
    const launcher = new FakeLauncher((_, start) => endsWith(start === 1 ? 7 : 0));
    await host(gate, launcher, { exitOk }).done;
    assert.deepEqual(gate.told, ["boot", ...told, "boot"]);
    assert.deepEqual(gate.ends, ends);
  }
});

test("an end is told as the launcher knows it, with what the boot wrote last, before the next boot is judged", async () => {
  const gate: FakeGate = new FakeGate([PROBATION, PROBATION]);
  const judged: string[][] = [];
  const launcher = new FakeLauncher((_, start) => {
    judged.push([...gate.ends]);
    return Object.assign(endsWith(start === 3 ? 0 : 139), { howEnded: () => "SIGSEGV" });
  });
  let begun = 0;
  const output = () => {
    const boot = ++begun;
    return () => new Promise<string[]>((resolve) => setTimeout(() => resolve([`words of ${boot}`]), 20));
  };
  await host(gate, launcher, { output }).done;
  assert.deepEqual(judged, [[], ["SIGSEGV: words of 1"], ["SIGSEGV: words of 1", "SIGSEGV: words of 2"]]);
  assert.equal(begun, 2, "the third boot is not counted");
});

test("a stop of a program that is no probation changes nothing", async () => {
  const program: FakeProgram = new FakeProgram(1, [() => {
    program.end(0);
    return true;
  }]);
  const gate = new FakeGate([STEADY]);
  const hosted = host(gate, new FakeLauncher(() => program));
  setTimeout(() => hosted.stop("test"), 1);
  await hosted.done;
  assert.deepEqual(gate.told, ["boot"]);
});

test("the ends of a confirmed build are told: short by itself, lasted, or asked for", async () => {
  const end = async (ranMs: number, requested: boolean, exitCode: number) => {
    const gate = new FakeGate([STEADY]);
    const { beforeStart, onEnded } = hooks(gate, { exitOk: [7] });
    await beforeStart();
    await onEnded(exitCode, requested, { how: `exit ${exitCode}`, ranMs });
    return gate.crashes;
  };
  assert.deepEqual(await end(9_999, false, 1), ["crashed: exit 1"]);
  assert.deepEqual(await end(10_000, false, 1), ["healthy"]);
  assert.deepEqual(await end(5, true, 1), ["stopped"]);
  assert.deepEqual(await end(5, false, 7), ["stopped"]);
});

test("after a crash the confirmed build is watched until it has lasted", async () => {
  const program = new FakeProgram(1);
  const gate = new FakeGate([STEADY]);
  const crashed: BootToken = { kind: "crashed", boot: 3, lenient: true };
  const reports: BootReports = {
    ...gate.reports,
    healthy(token) {
      gate.told.push(`lasted after ${token.boot}`);
      queueMicrotask(() => program.end(0));
      return { kind: "lasted", version: "1" };
    },
  };
  await host(gate, new FakeLauncher(() => program), { probe: passing, reports, tokenAfterCrash: () => crashed }).done;
  assert.deepEqual(gate.told, ["boot", "lasted after 3"]);
});

test("a build that nobody confirms in time is stopped, and its boot counts; one that is confirmed runs on", async () => {
  for (const isOpen of [true, false]) {
    const program: FakeProgram = new FakeProgram(1, [() => (program.end(0), true)]);
    const gate: FakeGate = new FakeGate([PROBATION, ROLLED_BACK]);
    const looked = () => {
      if (!isOpen) queueMicrotask(() => program.end(0));
      return isOpen;
    };
    await host(gate, new FakeLauncher((_, start) => start === 1 ? program : endsWith(0)), {
      policy: () => ({ confirmWithinMs: 5 }),
      reports: { ...gate.reports, isOpen: looked },
    }).done;
    assert.deepEqual(gate.told, isOpen ? ["boot", "unhealthy", "boot"] : ["boot"]);
  }
});

test("a program that is none is put back and the good one started at once", async () => {
  const gate = new FakeGate([PROBATION], ROLLED_BACK);
  const launcher = new FakeLauncher((_, start) => start === 1 ? MISSING : endsWith(0));
  assert.equal((await host(gate, launcher).done).exitCode, 0);
  assert.deepEqual(gate.told, ["boot", "could not start: it is none"]);
});

test("without anything to put back the host ends with the launcher's code", async () => {
  const end = await host(new FakeGate([STEADY]), new FakeLauncher(() => MISSING)).done;
  assert.deepEqual(end, { exitCode: 127, requested: false });
});

test("a program that ran before and is missing now is waited for", async () => {
  const launcher = new FakeLauncher((_, start) => start === 2 ? MISSING : endsWith(start === 1 ? 1 : 0));
  assert.equal((await host(new FakeGate([]), launcher).done).exitCode, 0);
  assert.equal(launcher.started.length, 3);
});

test("an error that says nothing about the program is left to the policy", async () => {
  const gate = new FakeGate([PROBATION]);
  const launcher = new FakeLauncher((_, start) => start === 1 ? NO_MEMORY : endsWith(0));
  assert.equal((await host(gate, launcher).done).exitCode, 0);
  assert.deepEqual(gate.told, ["boot", "stopped: the program is not at fault: no memory", "boot"]);
});

test("the first start of a build that keeps failing waits, and a stop ends the waiting", async () => {
  const launcher = new FakeLauncher(() => endsWith(0));
  const hosted = host(new FakeGate([{ kind: "proceed", state: "degraded", attempts: 30 }]), launcher);
  setTimeout(() => hosted.stop("test"), 1);
  assert.deepEqual(await hosted.done, { exitCode: 0, requested: true });
  assert.deepEqual(launcher.started, []);
});

test("the pauses do not grow while the gate counts the starts, and do once it has none left to give", async () => {
  const degraded: BootOutcome = { kind: "proceed", state: "degraded", version: "2", attempts: 1 };
  const boots = [PROBATION, { ...PROBATION, attempts: 3 }, ROLLED_BACK, STEADY, degraded];
  const { beforeStart } = hooks(new FakeGate([...boots]));
  const resets: unknown[] = [];
  for (const _ of boots) {
    const next = await beforeStart();
    resets.push(next.kind === "start" && next.resetDelays);
  }
  assert.deepEqual(resets, [true, true, true, false, false]);
});
