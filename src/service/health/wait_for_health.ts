/**
 * Waits until a service is healthy, its time is up, or it has ended. The clock is monotonic: a clock that is set
 * changes nothing.
 *
 * @module
 */
import type { Log } from "../../core/ports.ts";
import type { BootToken } from "../../core/gate/boot_token.ts";
import type { ProcessIo } from "../../system/process/process_io.ts";
import type { Probe, ProbeIo, ProbeRound } from "./probes/probe.ts";

/** What "healthy" means. */
export interface HealthPolicy {
  /** All must pass in one round. */
  readonly probes: readonly Probe[];
  /** These only warn. */
  readonly advisory: readonly Probe[];
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** Rounds in a row that must pass. */
  readonly passes: number;
  /** The service must have run for this long. */
  readonly healthyAfterMs: number;
  readonly deadlineMs: number;
}

/** What the wait needs of the world. */
export interface HealthWatch {
  /** Our service's own process is running; another one that answers in its place does not count. */
  alive(): boolean;
  readonly io: ProbeIo & Pick<ProcessIo, "now" | "pause">;
  ready(): Promise<boolean | undefined>;
  /** Somebody has asked for the end. */
  cancelled?(): boolean;
  readonly log: Log;
}

/** How the wait ended. */
export type HealthVerdict =
  | { readonly kind: "healthy"; readonly upMs: number }
  | { readonly kind: "unhealthy"; readonly reason: string }
  /** The process has ended. */
  | { readonly kind: "gone" }
  | { readonly kind: "cancelled" };

/** The end of the service is noticed this fast, whatever the interval between two rounds is. */
const ALIVE_POLL_MS = 100;

/** After the deadline of a boot that is not ended, a round each so many intervals. */
const LATE_INTERVALS = 10;

/**
 * Has the probes look at what the service is going to change. To be called before the service is started: one that
 * writes its file at once would otherwise never be seen to.
 */
export function beginProbes({ probes, advisory }: HealthPolicy, io: ProbeIo): void {
  for (const probe of [...probes, ...advisory]) probe.begin?.(io);
}

/** A boot that is watched, and how; its probes have begun. */
export interface WatchedBoot {
  readonly token: BootToken;
  readonly policy: HealthPolicy;
}

/** Makes ready to watch the boot that comes next, if it is to be watched; its probes know nothing of the one before. */
export function prepareWatch(
  token: BootToken | undefined,
  makePolicy: () => HealthPolicy,
  io: ProbeIo,
): WatchedBoot | undefined {
  if (token === undefined) return undefined;
  const policy = makePolicy();
  beginProbes(policy, io);
  return { token, policy };
}

/**
 * Waits for health; the probes have begun.
 *
 * @param options `warnOnly`: after the deadline it warns once and goes on, less often, until it is healthy or gone.
 */
export async function waitForHealth(
  policy: HealthPolicy,
  watch: HealthWatch,
  options: { warnOnly?: boolean } = {},
): Promise<HealthVerdict> {
  const startedAt = watch.io.now();
  const deadlineMs = deadlineOf(policy);
  let passes = 0;
  let late = false;
  const warned = new Map<Probe, string>();
  while (true) {
    if (watch.cancelled?.() === true) return { kind: "cancelled" };
    if (!watch.alive()) return { kind: "gone" };
    const upMs = watch.io.now() - startedAt;
    const round: ProbeRound = { io: watch.io, upMs, timeoutMs: policy.timeoutMs, ready: () => watch.ready() };
    const [faults] = await Promise.all([ask(policy.probes, round), advise(policy.advisory, round, warned, watch.log)]);
    // Asked again after the answers: they may have come from another process when ours was gone already.
    if (!watch.alive()) return { kind: "gone" };
    passes = faults.length === 0 ? passes + 1 : 0;
    if (passes >= policy.passes && upMs >= policy.healthyAfterMs) return { kind: "healthy", upMs };
    if (!late && watch.io.now() - startedAt >= deadlineMs) {
      const reason = `not healthy after ${Math.round((watch.io.now() - startedAt) / 1000)} s: ${
        faults.join("; ") || `only ${passes} of ${policy.passes} rounds in a row passed`
      }`;
      if (options.warnOnly !== true) return { kind: "unhealthy", reason };
      late = true;
      watch.log("warn", `The service is ${reason}; it is left running, since there is no last-good to put back`);
    }
    await pause(policy.intervalMs * (late ? LATE_INTERVALS : 1), watch);
  }
}

/** When a build has to be healthy at the latest: never sooner than what the probes themselves ask for. Milliseconds. */
export function deadlineOf({ deadlineMs, probes, healthyAfterMs, intervalMs, passes }: HealthPolicy): number {
  const least = Math.max(healthyAfterMs, ...probes.map((probe) => probe.leastUptimeMs ?? 0));
  return Math.max(deadlineMs, least + intervalMs * (passes + 1));
}

async function pause(ms: number, watch: HealthWatch): Promise<void> {
  const end = watch.io.now() + ms;
  for (let left = ms; left > 0; left = end - watch.io.now()) {
    await watch.io.pause(Math.min(ALIVE_POLL_MS, left));
    if (!watch.alive() || watch.cancelled?.() === true) return;
  }
}

async function ask(probes: readonly Probe[], round: ProbeRound): Promise<string[]> {
  const faults = await Promise.all(probes.map(async (probe) => {
    const fault = await faultOf(probe, round);
    return fault === undefined ? [] : [`${probe.text}: ${fault}`];
  }));
  return faults.flat();
}

async function advise(probes: readonly Probe[], round: ProbeRound, warned: Map<Probe, string>, log: Log) {
  await Promise.all(probes.map(async (probe) => {
    const fault = await faultOf(probe, round);
    if (fault === undefined) warned.delete(probe);
    else if (warned.get(probe) !== fault) {
      warned.set(probe, fault);
      log("warn", `Advisory probe ${probe.text}: ${fault}`);
    }
  }));
}

async function faultOf(probe: Probe, round: ProbeRound): Promise<string | undefined> {
  try {
    return await probe.check(round);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
