/**
 * A watcher's reports on a boot: it was healthy, it was not healthy, or the service was stopped on request. A report
 * names its boot by a token. If another boot or another build came since, the report changes nothing.
 *
 * @module
 */
import type { Ports } from "../ports.ts";
import type { Subject } from "../subject.ts";
import { endsText, withEnd } from "./ended.ts";
import { countCrash, type Crash, endCrashes } from "./crash_loop.ts";
import { mayHaveCrashes, tokenAfterCrash } from "../state/crashes.ts";
import { change, changeInSteps, LOCK_TIMEOUT_MS, type Work } from "./change.ts";
import { type Confirmation, confirming, type ConfirmPrepared } from "./confirm.ts";
import { sharesLastGood, unshareLastGood } from "../builds/last_good.ts";
import { liftSuspects } from "../state/quarantine.ts";
import type { BootCount } from "../state/schemas.ts";
import { State } from "../state/state.ts";
import { cancelledBoot, toldAttempts } from "../gate/boot_count.ts";
import type { BootToken } from "../gate/boot_token.ts";

/** The result of a report that a boot is healthy. */
export type HealthReport =
  | Confirmation
  /** A restored build is healthy. `lifted`: the versions whose suspect quarantine was lifted because of it. */
  | { readonly kind: "restored"; readonly version: string; readonly lifted: readonly string[] }
  /** The confirmed build has lasted: its crashes are no longer counted. */
  | { readonly kind: "lasted"; readonly version: string }
  /** Another boot or build came since: nothing was changed. */
  | { readonly kind: "superseded"; readonly version: string };

/** Which boot has ended. */
export interface StoppedBoot {
  /** The watcher's token. */
  readonly token?: BootToken | undefined;
  /** The service manager's id for the start (systemd: `$INVOCATION_ID`). */
  readonly invocation?: string | undefined;
}

/** Reports on the boots of one program. Each throws the errors of {@link change}. */
export interface BootReports {
  /** The watched boot is healthy: its build is confirmed. A restored build, which is last-good, is marked healthy. */
  healthy(token: BootToken): HealthReport;
  /**
   * The watched boot was not healthy at its deadline: its attempt counts, even if the service is stopped on request
   * later. False: another boot or build came since, and nothing was changed.
   */
  unhealthy(token: BootToken, reason: string): boolean;
  /**
   * The service was stopped on request: its boot does not count as an attempt. True when an attempt was cancelled.
   *
   * @param which The boot, by the watcher's token or the service manager's id. Without either, the last one.
   */
  stopped(reason: string, which?: StoppedBoot): boolean;
  /**
   * The service ended by itself while its build was on probation. False: another boot or build came since.
   *
   * @param how How it ended, such as `exit 1`.
   * @param words The last lines that it wrote. They are kept also of a boot that was not healthy at its deadline.
   */
  ended(how: string, words?: readonly string[], which?: StoppedBoot): boolean;
  /** Whether the boot is still the current one, and its build is not confirmed yet. Takes no lock. */
  isOpen(token: BootToken): boolean;
  /** A start of the confirmed build ended by itself, right away. True when that makes a crash loop. */
  crashed(crash: Crash): boolean;
  /**
   * A start of the confirmed build lasted (`healthy`) or was stopped on request: its crashes before are no longer
   * counted. False: there were none.
   */
  lasted(event: "healthy" | "stopped", reason: string): boolean;
}

/** The reports of a program. */
export function bootReports(ports: Ports, subject: Subject): BootReports {
  const report = <T>(act: (state: State) => T) => change(ports, subject, LOCK_TIMEOUT_MS, act);
  return {
    healthy(token) {
      switch (token.kind) {
        case "restored":
          return report((state) => reportRestored(state, token));
        case "crashed":
          return report(reportLasted);
        default:
          return changeInSteps(ports, subject, LOCK_TIMEOUT_MS, confirmingBoot(token));
      }
    },
    unhealthy: (token, reason) => report((state) => reportUnhealthy(state, token, reason)),
    ended: (how, words, which = {}) => report((state) => reportEnded(state, how, words, which)),
    stopped: (reason, which = {}) => report((state) => reportStopped(state, reason, which)),
    isOpen: (token) => isCurrent(new State(ports, subject), token),
    crashed: (crash) => report((state) => countCrash(state, crash)),
    lasted: (event, reason) => mayHaveCrashes(ports.fs, subject) && report((state) => endCrashes(state, event, reason)),
  };
}

/** Confirms the build of a boot, if that is still the current one. */
function confirmingBoot(token: BootToken): Work<ConfirmPrepared | undefined, HealthReport> {
  const work = confirming({}, "its probes passed");
  return {
    again: work.again,
    prepare: (state) => isCurrent(state, token) ? work.prepare(state) : undefined,
    act: (state, prepared, sweep) =>
      prepared === undefined || !isCurrent(state, token) ? superseded(state) : work.act(state, prepared, sweep),
    discard(state, prepared) {
      if (prepared !== undefined) work.discard(state, prepared);
    },
    afterwards: (state) => work.afterwards?.(state),
  };
}

function superseded({ sentinel }: State): HealthReport {
  return { kind: "superseded", version: sentinel?.version ?? "another build" };
}

function reportRestored(state: State, token: BootToken): HealthReport {
  const { rolledBack } = state.record;
  if (!isCurrent(state, token) || rolledBack === undefined) return superseded(state);
  const lifted = liftSuspects(state);
  const { attempts: _, environment: __, ...rest } = rolledBack;
  state.writeRecord({ ...state.record, rolledBack: { ...rest, healthy: state.now() } });
  state.event({ event: "healthy", version: rolledBack.to, reason: "its probes passed" });
  if (sharesLastGood(state)) unshareLastGood(state, { anySize: true });
  return { kind: "restored", version: rolledBack.to, lifted };
}

function reportLasted(state: State): HealthReport {
  const { lastGood } = state.record;
  if (!endCrashes(state, "healthy", "it runs again") || lastGood === undefined) return superseded(state);
  return { kind: "lasted", version: lastGood.version };
}

function reportUnhealthy(state: State, token: BootToken, reason: string): boolean {
  if (!isCurrent(state, token)) return false;
  const { sentinel, record } = state;
  if (token.kind === "probation" && sentinel !== undefined) {
    const { ends, own } = withEnd(sentinel, reason);
    state.writeSentinel({ ...sentinel, ...missedBoot(sentinel, token), ends });
    state.event({ event: "unhealthy", version: sentinel.version, reason, ends: [own] });
  } else if (token.kind === "restored" && record.rolledBack !== undefined) {
    state.writeRecord({ ...record, rolledBack: { ...record.rolledBack, ...missedBoot(record.rolledBack, token) } });
    state.event({ event: "unhealthy", version: record.rolledBack.to, reason });
  }
  return true;
}

/** What to write for a boot that missed its deadline. One boot counts once, however often it is reported. */
function missedBoot(
  { failedBoot, missed = 0 }: BootCount,
  { boot }: BootToken,
): Pick<BootCount, "failedBoot" | "missed"> {
  return { failedBoot: boot, missed: failedBoot === boot ? missed : missed + 1 };
}

function reportEnded(
  state: State,
  how: string,
  words: readonly string[] | undefined,
  which: StoppedBoot,
): boolean {
  if (which.token !== undefined && !isCurrent(state, which.token)) return false;
  const { sentinel } = state;
  if (sentinel === undefined || !isCounted(sentinel, which)) return false;
  const isMissed = sentinel.failedBoot === sentinel.boot;
  const missed = isMissed ? sentinel.ends?.find(({ boot }) => boot === sentinel.boot)?.how : undefined;
  // Why this boot counts is told already. Only what it wrote is news.
  if (isMissed && words === undefined) return false;
  const { ends, own } = withEnd(sentinel, missed ?? how, words);
  state.writeSentinel({ ...sentinel, ends });
  const attempts = toldAttempts(state.subject, sentinel.attempts);
  const reason = endsText({ ends: [{ ...own, how: isMissed ? `${how} after its deadline` : own.how }] });
  state.event({ event: "ended", version: sentinel.version, attempts, reason, ends: [own] });
  return true;
}

/** Cancels the attempt of a boot, at most once per boot. */
function reportStopped(state: State, reason: string, which: StoppedBoot): boolean {
  if (which.token !== undefined && !isCurrent(state, which.token)) return false;
  const { sentinel, record } = state;
  const { rolledBack } = record;
  const stop = { time: state.now(), bootId: state.ports.clock.bootId(), reason };
  if (sentinel !== undefined) {
    if (!isCancellable(sentinel, which) || sentinel.failed !== undefined) return false;
    const left = cancelledBoot(sentinel, { boot: which.token?.boot, invocation: which.invocation });
    state.writeSentinel({ ...sentinel, ...left, refunded: sentinel.boot, stop });
    state.event({
      event: "stopped",
      version: sentinel.version,
      attempts: toldAttempts(state.subject, left.attempts),
      reason,
    });
    return true;
  }
  if (rolledBack === undefined || rolledBack.healthy !== undefined || !isCancellable(rolledBack, which)) return false;
  const left = cancelledBoot(rolledBack, { boot: which.token?.boot, invocation: which.invocation });
  state.writeRecord({ ...record, rolledBack: { ...rolledBack, ...left, refunded: rolledBack.boot, stop } });
  state.event({
    event: "stopped",
    version: rolledBack.to,
    attempts: toldAttempts(state.subject, left.attempts),
    reason,
  });
  return true;
}

function isCancellable(count: BootCount, which: StoppedBoot): boolean {
  return isCounted(count, which) && count.failedBoot !== count.boot;
}

/** The last boot counts, and it is the one that is meant. */
function isCounted(count: BootCount, which: StoppedBoot): boolean {
  if (count.boot === undefined || count.refunded === count.boot) return false;
  const { invocation } = which;
  return invocation === undefined || count.invocation === undefined || count.invocation === invocation;
}

function isCurrent(state: State, token: BootToken): boolean {
  const { sentinel, record } = state;
  switch (token.kind) {
    case "probation":
      return sentinel?.boot === token.boot && sentinel.arming === token.arming;
    case "restored":
      return sentinel === undefined && record.rolledBack?.boot === token.boot;
    case "crashed":
      return tokenAfterCrash(state) !== undefined;
    case "first":
      return sentinel === undefined && record.lastGood === undefined && liveStamp(state) === token.stamp;
  }
}

function liveStamp(state: State): string | undefined {
  try {
    return state.ports.fs.info(state.exe).stamp;
  } catch {
    return undefined;
  }
}
