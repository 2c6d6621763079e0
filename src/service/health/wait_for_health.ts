/**
 * Waits until a service is healthy, the deadline has passed, or the service has ended. It uses a monotonic clock, so
 * setting the system's clock has no effect.
 *
 * @module
 */
import type { Log } from "../../core/ports.ts";
import type { BootToken } from "../../core/gate/boot_token.ts";
import type { ProbeAnswer } from "../../core/state/watcher.ts";
import type { ProcessIo } from "../../system/process/process_io.ts";
import { masked } from "../masked.ts";
import type { Probe, ProbeIo, ProbeRound, Unknown } from "./probes/probe.ts";

/** When a service is healthy. */
export interface HealthPolicy {
  /** Probes that must all pass in one round. */
  readonly probes: readonly Probe[];
  /** Probes whose failure is only logged. */
  readonly advisory: readonly Probe[];
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** The number of consecutive rounds that must pass. */
  readonly passes: number;
  /** The least time that the service must have run. */
  readonly healthyAfterMs: number;
  readonly deadlineMs: number;
}

/** Somebody else confirms the build, within this time of its boot. */
export interface ConfirmPolicy {
  readonly confirmWithinMs: number;
}

/** What a boot is watched for. */
export type WatchPolicy = HealthPolicy | ConfirmPolicy;

/** What {@link waitForHealth} depends on. */
export interface HealthWatch {
  /** The service's own process is running. Another process may answer the probes in its place. */
  alive(): boolean;
  readonly io: ProbeIo & Pick<ProcessIo, "now" | "pause">;
  ready(): Promise<boolean | undefined>;
  /** The service is being stopped on request. */
  cancelled?(): boolean;
  /** Called with what the probes answered in a round. */
  readonly answered?: ((answers: readonly ProbeAnswer[]) => void) | undefined;
  readonly log: Log;
}

/** How the wait ended. */
export type HealthVerdict =
  | { readonly kind: "healthy"; readonly upMs: number }
  | { readonly kind: "unhealthy"; readonly reason: string }
  /** Somebody else has confirmed the build, or another one came. */
  | { readonly kind: "settled" }
  /** The process has ended. */
  | { readonly kind: "gone" }
  | { readonly kind: "cancelled" };

/** How often it is checked that the service still runs, independent of the interval between rounds. */
const ALIVE_POLL_MS = 100;

/** The longest text of a probe, and of its answer, in characters. */
const LONGEST_ANSWER = 200;

/** With a lenient token, the factor by which rounds are less frequent after the deadline. */
const LATE_INTERVALS = 10;

/**
 * Lets the probes record the state before the service starts. Call it before the start: a `file:` probe would not see
 * a change that the service makes at once.
 */
export function beginProbes(policy: WatchPolicy, io: Pick<ProbeIo, "fileStamp">): void {
  if (!("probes" in policy)) return;
  for (const probe of [...policy.probes, ...policy.advisory]) probe.begin?.(io);
}

/**
 * Waits for health. Call {@link beginProbes} before.
 *
 * @param boot The boot's token. `lenient`: after the deadline it logs a warning once and goes on with less frequent
 * rounds, until the service is healthy or has ended. `hurried`: see {@link deadlineOf}.
 */
export async function waitForHealth(
  policy: HealthPolicy,
  watch: HealthWatch,
  boot: Pick<BootToken, "lenient" | "hurried"> = { lenient: false },
): Promise<HealthVerdict> {
  const startedAt = watch.io.now();
  const deadlineMs = deadlineOf(policy, boot);
  let passes = 0;
  let late = false;
  let failed = "";
  const warned = new Map<Probe, string>();
  while (true) {
    if (watch.cancelled?.() === true) return { kind: "cancelled" };
    if (!watch.alive()) return { kind: "gone" };
    const upMs = watch.io.now() - startedAt;
    const round: ProbeRound = { io: watch.io, upMs, timeoutMs: policy.timeoutMs, ready: () => watch.ready() };
    const [{ answers, isUnknown }] = await Promise.all([
      runProbes(policy.probes, round),
      warnOfProbes(policy.advisory, round, warned, watch.log),
    ]);
    // Checked again: if the service ended during the round, another process may have answered the probes.
    if (!watch.alive()) return { kind: "gone" };
    watch.answered?.(answers);
    const hasPassed = answers.every(({ fault }) => fault === null);
    passes = hasPassed ? passes + 1 : 0;
    if (!hasPassed) failed = answersText(answers);
    if (passes >= policy.passes && upMs >= policy.healthyAfterMs) return { kind: "healthy", upMs };
    if (!late && watch.io.now() - startedAt >= deadlineMs) {
      const reason = `not healthy after ${Math.round((watch.io.now() - startedAt) / 1000)} s: ${
        hasPassed ? tooFew(passes, policy.passes, failed) : answersText(answers)
      }`;
      if (!boot.lenient && !isUnknown) return { kind: "unhealthy", reason };
      late = true;
      const why = isUnknown ? "nobody can say whether it is healthy" : "a rollback would not help";
      watch.log("warn", `The service is ${reason}; it is left running, since ${why}`);
    }
    await pause(policy.intervalMs * (late ? LATE_INTERVALS : 1), watch);
  }
}

/**
 * The deadline of a boot in milliseconds: the configured one, or the least time that the probes need, whichever is
 * longer. A build that missed the deadline of an earlier boot gets half of the configured one, so that the boots of a
 * build that hangs are over sooner.
 */
export function deadlineOf(policy: HealthPolicy, { hurried }: Pick<BootToken, "hurried"> = {}): number {
  const { deadlineMs, probes, healthyAfterMs, intervalMs, passes } = policy;
  const least = Math.max(healthyAfterMs, ...probes.map((probe) => probe.leastUptimeMs ?? 0));
  return Math.max(hurried === true ? deadlineMs / 2 : deadlineMs, least + intervalMs * (passes + 1));
}

/** Waits, but not longer than the service lives. */
export async function pause(ms: number, watch: HealthWatch): Promise<void> {
  const end = watch.io.now() + ms;
  for (let left = ms; left > 0; left = end - watch.io.now()) {
    await watch.io.pause(Math.min(ALIVE_POLL_MS, left));
    if (!watch.alive() || watch.cancelled?.() === true) return;
  }
}

function tooFew(passes: number, wanted: number, failed: string): string {
  return `only ${passes} of ${wanted} rounds in a row passed${failed === "" ? "" : `; before: ${failed}`}`;
}

/** What each probe answered, the failed ones first. */
function answersText(answers: readonly ProbeAnswer[]): string {
  const failed = answers.filter(({ fault }) => fault !== null);
  const passed = answers.filter(({ fault }) => fault === null);
  return [...failed, ...passed].map(({ probe, fault }) => `${probe}: ${fault ?? "passes"}`).join("; ");
}

/** One round. */
interface Round {
  readonly answers: readonly ProbeAnswer[];
  /** No probe has failed, and at least one cannot tell. */
  readonly isUnknown: boolean;
}

async function runProbes(probes: readonly Probe[], round: ProbeRound): Promise<Round> {
  const found = await Promise.all(probes.map(async (probe) => ({ probe, fault: await faultOf(probe, round) })));
  const failed = found.flatMap(({ probe, fault }) => fault === undefined ? [] : [{ probe, fault }]);
  return {
    answers: found.map(({ probe, fault }) => answerOf(probe, fault === undefined ? null : textOf(fault))),
    isUnknown: failed.length > 0 && failed.every(({ fault }) => typeof fault !== "string"),
  };
}

/** Bounded, so that the answers of all probes are seen. It is kept, and sent to hooks and the webhook. */
function answerOf({ text }: Probe, fault: string | null): ProbeAnswer {
  return { probe: cut(masked(text)), fault: fault === null ? null : cut(masked(fault)) };
}

function cut(text: string): string {
  return text.length <= LONGEST_ANSWER ? text : `${text.slice(0, LONGEST_ANSWER).toWellFormed()}…`;
}

function textOf(fault: string | Unknown): string {
  return typeof fault === "string" ? fault : `unknown: ${fault.unknown}`;
}

async function warnOfProbes(probes: readonly Probe[], round: ProbeRound, warned: Map<Probe, string>, log: Log) {
  await Promise.all(probes.map(async (probe) => {
    const found = await faultOf(probe, round);
    const fault = found && textOf(found);
    if (fault === undefined) warned.delete(probe);
    else if (warned.get(probe) !== fault) {
      warned.set(probe, fault);
      log("warn", `Advisory probe ${answersText([answerOf(probe, fault)])}`);
    }
  }));
}

async function faultOf(probe: Probe, round: ProbeRound): Promise<string | Unknown | undefined> {
  try {
    return await probe.check(round);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
