/** The gate before each start of a hosted program, and the watch over each boot: without Windows. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { BootOutcome } from "../../../src/core/gate/outcome.ts";
import type { BootTicket } from "../../../src/core/gate/boot_token.ts";
import { gatedHost, type GatedParts, type HostedSentinel } from "../../../src/service/supervise/gated_host.ts";
import { type Host, hostProgram } from "../../../src/service/supervise/host.ts";
import type { Probe } from "../../../src/service/health/probes/probe.ts";
import { endsWith, FakeLauncher, FakeProgram } from "../../support/fake_program.ts";

const TICKET: BootTicket = { kind: "probation", boot: 1, lenient: false };
const STEADY: BootOutcome = { kind: "proceed", state: "steady", attempts: 0 };
const PROBATION: BootOutcome = { kind: "proceed", state: "probation", attempts: 1, ticket: TICKET };
const ROLLED_BACK: BootOutcome = { kind: "rolledBack", from: "2", to: "1", reason: "attempts" };

/** A sentinel that says what it is told to, and notes what it is told. */
class FakeSentinel implements HostedSentinel {
  readonly told: string[] = [];
  constructor(readonly boots: BootOutcome[], readonly afterFault: BootOutcome = STEADY) {}
  boot(): BootOutcome {
    this.told.push("boot");
    return this.boots.shift() ?? STEADY;
  }
  couldNotStart(fault: string): BootOutcome {
    this.told.push(`could not start: ${fault}`);
    return this.afterFault;
  }
  reportHealthy() {
    this.told.push("healthy");
    return { kind: "promoted", version: "2" } as const;
  }
  reportUnhealthy(): boolean {
    this.told.push("unhealthy");
    return true;
  }
  reportStopped(reason: string): boolean {
    this.told.push(`stopped: ${reason}`);
    return true;
  }
}

const passing: Probe = { text: "passing", check: () => Promise.resolve(undefined) };
const failing: Probe = { text: "failing", check: () => Promise.resolve("it fails") };

type More = Partial<GatedParts<string>> & { probe?: Probe };

function host(sentinel: FakeSentinel, launcher: FakeLauncher, more: More = {}) {
  return hostProgram({
    ...hooks(sentinel, more),
    launcher,
    log: () => {},
    delays: { firstMs: 1, longestMs: 2 },
  });
}

function hooks(sentinel: FakeSentinel, { probe = failing, ...parts }: More = {}) {
  return gatedHost<string>({
    spec: "svc",
    sentinel,
    maxAttempts: 3,
    afterRollback: "run",
    policy: () => ({
      probes: [probe],
      advisory: [],
      intervalMs: 1,
      timeoutMs: 1000,
      passes: 1,
      healthyAfterMs: 0,
      deadlineMs: 20,
    }),
    exitOk: [],
    programFault: (error) => /no program/.test(String(error)) ? "it is none" : undefined,
    exitCodeOf: () => 126,
    probes: {} as GatedParts<string>["probes"],
    now: () => performance.now(),
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    log: () => {},
    ...parts,
  });
}

test("each start of a hosted program is one boot", async () => {
  const sentinel = new FakeSentinel([PROBATION, PROBATION, ROLLED_BACK]);
  const launcher = new FakeLauncher((_, start) => endsWith(start === 3 ? 0 : 1));
  assert.deepEqual(await host(sentinel, launcher).done, { exitCode: 0, requested: false });
  assert.deepEqual(sentinel.told, ["boot", "boot", "boot"]);
});

test("the probes look before the program is started: what it changes at once is seen", async () => {
  const sentinel = new FakeSentinel([PROBATION]);
  const order: string[] = [];
  const probe: Probe = { ...passing, begin: () => void order.push("probe") };
  const launcher = new FakeLauncher(() => (order.push("start"), endsWith(0)));
  await host(sentinel, launcher, { probe }).done;
  assert.deepEqual(order, ["probe", "start"]);
});

test("after a rollback the host ends with 75, if the caller wants to start the program himself", async () => {
  const launcher = new FakeLauncher(() => endsWith(0));
  const end = await host(new FakeSentinel([ROLLED_BACK]), launcher, { afterRollback: "exit" }).done;
  assert.deepEqual([end.exitCode, launcher.started.length], [75, 0]);
});

test("a healthy program is confirmed", async () => {
  const program = new FakeProgram(1);
  const sentinel = new FakeSentinel([PROBATION]);
  const reportHealthy = sentinel.reportHealthy.bind(sentinel);
  sentinel.reportHealthy = () => {
    queueMicrotask(() => program.end(0));
    return reportHealthy();
  };
  await host(sentinel, new FakeLauncher(() => program), { probe: passing }).done;
  assert.deepEqual(sentinel.told, ["boot", "healthy"]);
});

test("a program that is not healthy at the deadline is reported first, then stopped, and started again", async () => {
  const hung: FakeProgram = new FakeProgram(1, [() => {
    hung.end(0);
    return true;
  }]);
  const sentinel = new FakeSentinel([PROBATION, ROLLED_BACK]);
  const end = await host(sentinel, new FakeLauncher((_, start) => start === 1 ? hung : endsWith(0))).done;
  assert.equal(end.exitCode, 0);
  assert.deepEqual(sentinel.told, ["boot", "unhealthy", "boot"]);
});

test("a requested stop gives the boot back, and its program is neither confirmed nor failed any more", async () => {
  const program: FakeProgram = new FakeProgram(1, [() => {
    setTimeout(() => program.end(1), 60);
    return true;
  }]);
  const sentinel = new FakeSentinel([PROBATION]);
  // Asked while its health is being looked at; the deadline passes before it has ended.
  const probe: Probe = {
    text: "stopping",
    check: () => {
      if (!hosted.stopping()) hosted.stop("test");
      return Promise.resolve("it fails");
    },
  };
  const hosted: Host = host(sentinel, new FakeLauncher(() => program), { probe });
  assert.equal((await hosted.done).requested, true);
  assert.deepEqual(sentinel.told, ["boot", "stopped: it was asked to end"]);
});

test("an exit code that is no failure gives the boot back, a crash does not", async () => {
  for (const [exitOk, told] of [[[7], ["stopped: it exited with 7"]], [[], []]] as const) {
    const sentinel: FakeSentinel = new FakeSentinel([PROBATION]);
    const launcher = new FakeLauncher((_, start) => endsWith(start === 1 ? 7 : 0));
    await host(sentinel, launcher, { exitOk }).done;
    assert.deepEqual(sentinel.told, ["boot", ...told, "boot"]);
  }
});

test("a stop of a program that is no probation changes nothing", async () => {
  const program: FakeProgram = new FakeProgram(1, [() => {
    program.end(0);
    return true;
  }]);
  const sentinel = new FakeSentinel([STEADY]);
  const hosted = host(sentinel, new FakeLauncher(() => program));
  setTimeout(() => hosted.stop("test"), 1);
  await hosted.done;
  assert.deepEqual(sentinel.told, ["boot"]);
});

test("a program that is none is put back and the good one started at once", async () => {
  const sentinel = new FakeSentinel([PROBATION], ROLLED_BACK);
  const launcher = new FakeLauncher((_, start) => start === 1 ? new Error("no program") : endsWith(0));
  assert.equal((await host(sentinel, launcher).done).exitCode, 0);
  assert.deepEqual(sentinel.told, ["boot", "could not start: it is none"]);
});

test("without anything to put back the host ends with the launcher's code", async () => {
  const end = await host(new FakeSentinel([STEADY]), new FakeLauncher(() => new Error("no program"))).done;
  assert.deepEqual(end, { exitCode: 126, requested: false });
});

test("a program that ran before and is missing now is waited for", async () => {
  const launcher = new FakeLauncher((_, start) =>
    start === 2 ? new Error("no program") : endsWith(start === 1 ? 1 : 0)
  );
  assert.equal((await host(new FakeSentinel([]), launcher).done).exitCode, 0);
  assert.equal(launcher.started.length, 3);
});

test("an error that says nothing about the program is left to the policy", async () => {
  const sentinel = new FakeSentinel([PROBATION]);
  const launcher = new FakeLauncher((_, start) => start === 1 ? new Error("no memory") : endsWith(0));
  assert.equal((await host(sentinel, launcher).done).exitCode, 0);
  assert.deepEqual(sentinel.told, ["boot", "boot"]);
});

test("the first start of a build that keeps failing waits, and a stop ends the waiting", async () => {
  const launcher = new FakeLauncher(() => endsWith(0));
  const hosted = host(new FakeSentinel([{ kind: "proceed", state: "degraded", attempts: 30 }]), launcher);
  setTimeout(() => hosted.stop("test"), 1);
  assert.deepEqual(await hosted.done, { exitCode: 0, requested: true });
  assert.deepEqual(launcher.started, []);
});

test("the pauses do not grow while the gate counts the starts, and do once it has none left to give", async () => {
  const degraded: BootOutcome = { kind: "proceed", state: "degraded", version: "2", attempts: 1 };
  const boots = [PROBATION, { ...PROBATION, attempts: 3 }, ROLLED_BACK, STEADY, degraded];
  const { beforeStart } = hooks(new FakeSentinel([...boots]));
  const anew: unknown[] = [];
  for (const _ of boots) {
    const next = await beforeStart();
    anew.push(next.kind === "start" && next.anew);
  }
  assert.deepEqual(anew, [true, true, true, false, false]);
});
