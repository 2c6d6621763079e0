/** Waiting for health, on a clock of the test's own. @module */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { BootToken } from "../../../src/core/gate/boot_token.ts";
import { specOf } from "../../../src/cli/options/options.ts";
import { parseProbe } from "../../../src/service/health/probes/parse_probe.ts";
import {
  beginProbes,
  type HealthPolicy,
  type HealthVerdict,
  type HealthWatch,
  waitForHealth,
} from "../../../src/service/health/wait_for_health.ts";
import type { HttpAnswer } from "../../../src/system/process/probe_calls.ts";
import { processIo, withIo } from "../../../src/system/process/process_io.ts";

/** A service as the test scripts it: every fact is a function of its uptime in milliseconds. */
interface Service {
  readonly diesAt?: number;
  readonly answers?: (upMs: number) => Partial<HttpAnswer>;
  /** How long an answer takes. */
  readonly answersIn?: number;
  readonly touches?: (upMs: number) => string | undefined;
  readonly readyAt?: number;
  readonly stopAskedAt?: number;
}

async function wait(
  service: Service,
  policy: Partial<Omit<HealthPolicy, "probes" | "advisory">> & { probes?: string[]; advisory?: string[] },
  boot: Partial<Pick<BootToken, "lenient" | "hurried">> = {},
): Promise<{ verdict: HealthVerdict; log: string[]; tookMs: number }> {
  let now = 0;
  const log: string[] = [];
  const io = withIo(processIo, {
    httpGet: () => {
      now += service.answersIn ?? 0;
      if (service.answers === undefined) return Promise.reject(new Error("connection refused"));
      return Promise.resolve({ status: 200, headers: {}, body: "", ...service.answers(now) });
    },
    fileStamp: () => service.touches?.(now),
    now: () => now,
    pause: (ms) => {
      now += ms;
      return Promise.resolve();
    },
  });
  const watch: HealthWatch = {
    alive: () => now < (service.diesAt ?? Infinity),
    io,
    ready: () => Promise.resolve(service.readyAt === undefined ? undefined : now >= service.readyAt),
    cancelled: () => now >= (service.stopAskedAt ?? Infinity),
    log: (_level, message) => log.push(message),
  };
  const { probes = ["http://127.0.0.1/"], advisory = [], ...times } = policy;
  const whole = {
    intervalMs: 1000,
    timeoutMs: 1000,
    passes: 3,
    healthyAfterMs: 10_000,
    deadlineMs: Number(specOf("healthyDeadline").default),
    ...times,
    probes: probes.map(parseProbe),
    advisory: advisory.map(parseProbe),
  };
  beginProbes(whole, io);
  const verdict = await waitForHealth(whole, watch, { lenient: false, ...boot });
  return { verdict, log, tookMs: now };
}

const OK = { answers: () => ({}) };

describe("waitForHealth()", () => {
  it("takes a service that answers as healthy once it has been up for long enough", async () => {
    const { verdict, tookMs } = await wait(OK, {});
    assert.equal(verdict.kind, "healthy");
    assert.equal(tookMs, 10_000);
  });

  it("wants the passes in a row", async () => {
    const flapping = { answers: (upMs: number) => ({ status: upMs % 3000 === 0 && upMs < 60_000 ? 503 : 200 }) };
    const { verdict, tookMs } = await wait(flapping, { healthyAfterMs: 0 });
    assert.equal(verdict.kind, "healthy");
    assert.ok(tookMs >= 60_000, "two passes between two failures are no three in a row");
  });

  it("an orphan that answers does not make a dead build healthy", async () => {
    assert.deepEqual((await wait({ ...OK, diesAt: 9_950 }, {})).verdict, { kind: "gone" });
  });

  it("an answer that came after the end of the service does not count", async () => {
    const { verdict } = await wait({ ...OK, answersIn: 30, diesAt: 20 }, { healthyAfterMs: 0, passes: 1 });
    assert.deepEqual(verdict, { kind: "gone" });
  });

  it("the answer of another version does not count", async () => {
    const old = { answers: () => ({ body: '{"version":"1.0.0"}', headers: { "x-version": "1.0.0" } }) };
    for (const expected of ["body=2.0.0", "header=X-Version:2.0.0"]) {
      const { verdict } = await wait(old, { probes: [`http://127.0.0.1/#${expected}`] });
      assert.equal(verdict.kind, "unhealthy");
    }
  });

  it("a first start of two minutes is waited for under a deadline of three", async () => {
    const slow = { answers: (upMs: number) => ({ status: upMs < 120_000 ? 503 : 200 }) };
    assert.equal((await wait(slow, { deadlineMs: 180_000 })).verdict.kind, "healthy");
    assert.equal((await wait(slow, { deadlineMs: 60_000 })).verdict.kind, "unhealthy");
  });

  it("a service that hangs is unhealthy at the deadline, and the reason names the probe", async () => {
    const { verdict, tookMs } = await wait({ answers: () => ({ status: 503 }) }, { deadlineMs: 60_000 });
    assert.ok(verdict.kind === "unhealthy");
    assert.match(verdict.reason, /http:\/\/127\.0\.0\.1\/: it answers 503/);
    assert.equal(tookMs, 60_000);
  });

  it("the reason has the last answer of each probe, bounded and without the credentials in it", async () => {
    const probes = ["http://app:hunter2@127.0.0.1/", "uptime:2s", `exec:echo ${"x".repeat(300)}`];
    const { verdict } = await wait({ answers: () => ({ status: 503 }) }, { deadlineMs: 14_000, probes });
    assert.equal(
      verdict.kind === "unhealthy" && verdict.reason,
      `not healthy after 14 s: http://***@127.0.0.1/: it answers 503; uptime:2s: passes; exec:echo ${
        "x".repeat(190)
      }…: passes`,
    );
  });

  it("a service that passes too rarely is told with what failed last", async () => {
    const flapping = { answers: (upMs: number) => ({ status: upMs % 3000 === 1000 ? 503 : 200 }) };
    const { verdict } = await wait(flapping, { deadlineMs: 60_000 });
    assert.match(
      verdict.kind === "unhealthy" ? verdict.reason : "",
      /only 2 of 3 rounds in a row passed; before: http:.*503$/,
    );
  });

  it("a build that hangs is given 120 s, and half of that once it has missed its deadline", async () => {
    const hung = { answers: () => ({ status: 503 }) };
    const took = [(await wait(hung, {})).tookMs];
    for (const _ of [2, 3]) took.push((await wait(hung, {}, { hurried: true })).tookMs);
    assert.deepEqual(took, [120_000, 60_000, 60_000]);
  });

  it("a hurried boot still gets the time that its probes ask for", async () => {
    const { verdict, tookMs } = await wait({}, { probes: ["uptime:100s"] }, { hurried: true });
    assert.equal(verdict.kind, "healthy");
    assert.ok(tookMs >= 100_000);
  });

  it("where there is nothing better to start it warns once and goes on waiting", async () => {
    const late = { answers: (upMs: number) => ({ status: upMs < 900_000 ? 503 : 200 }) };
    const { verdict, log } = await wait(late, { deadlineMs: 60_000 }, { lenient: true });
    assert.equal(verdict.kind, "healthy");
    assert.equal(log.filter((line) => line.includes("left running")).length, 1);
  });

  it("the deadline never comes before what the probes ask for", async () => {
    const { verdict, tookMs } = await wait({}, { probes: ["uptime:10m"], deadlineMs: 60_000 });
    assert.equal(verdict.kind, "healthy");
    assert.ok(tookMs >= 600_000);
  });

  it("an advisory probe warns once for each fault and keeps nobody from being healthy", async () => {
    const { verdict, log } = await wait({ answers: () => ({ status: 404 }) }, {
      probes: ["uptime:20s"],
      advisory: ["http://127.0.0.1/metrics"],
    });
    assert.equal(verdict.kind, "healthy");
    assert.deepEqual(log, ["Advisory probe http://127.0.0.1/metrics: it answers 404"]);
  });

  it("a file counts once it has changed since the start, whatever its time says", async () => {
    const touched = { touches: (upMs: number) => upMs < 30_000 ? "old" : "new" };
    const { tookMs } = await wait(touched, { probes: ["file:/run/app/alive"] });
    assert.ok(tookMs >= 30_000);
    assert.equal((await wait({ touches: () => "old" }, { probes: ["file:/x"] })).verdict.kind, "unhealthy");
  });

  it("READY=1 counts, and where nobody can tell the service is left running", async () => {
    assert.equal((await wait({ readyAt: 20_000 }, { probes: ["notify"] })).verdict.kind, "healthy");
    const { verdict, log } = await wait({ diesAt: 900_000 }, { probes: ["notify"] });
    assert.equal(verdict.kind, "gone");
    assert.match(log.join("\n"), /left running, since nobody can say whether it is healthy/);
  });

  it("notices a request to end and the end itself between two rounds", async () => {
    const slowly = { intervalMs: 60_000 };
    assert.deepEqual(await wait({ ...OK, stopAskedAt: 5_000 }, slowly).then((w) => [w.verdict.kind, w.tookMs]), [
      "cancelled",
      5_000,
    ]);
    assert.deepEqual(await wait({ ...OK, diesAt: 5_000 }, slowly).then((w) => [w.verdict.kind, w.tookMs]), [
      "gone",
      5_000,
    ]);
  });
});
