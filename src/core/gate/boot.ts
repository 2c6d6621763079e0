/**
 * The gate: runs at every boot, before any code of the program that could crash.
 *
 * @module
 */
import { LOCK_TIMEOUT_MS } from "../changes/change.ts";
import { messageOf } from "../errors.ts";
import { recoverRecord } from "../builds/last_good.ts";
import { settleOrTell } from "../builds/members/intent.ts";
import { findRestorable, standInFor } from "../builds/restore.ts";
import { compareWithLastGood, describesLive, identifyLive, inspectLive, type LiveBuild } from "../builds/live.ts";
import { statePaths } from "../state/paths.ts";
import type { Ports } from "../ports.ts";
import { findQuarantinedBytes } from "../state/quarantine.ts";
import { releaseAfter, State } from "../state/state.ts";
import type { Subject } from "../subject.ts";
import { attemptsOf, isCountedHere, isStillRunning } from "./boot_count.ts";
import { carryOut } from "./carry_out.ts";
import { judgeBoot } from "./judge.ts";
import type { BootOutcome } from "./outcome.ts";
import { STEADY, steadyOutcome } from "./steady.ts";

/**
 * Judges this boot and carries out the verdict. Never throws: its own errors are logged, and the program is started.
 *
 * @param startFault Why the program could not be started, if that was tried just now.
 */
export function boot(ports: Ports, subject: Subject, startFault?: string): BootOutcome {
  try {
    const steady = startFault === undefined ? steadyOutcome(ports.fs, subject) : undefined;
    if (steady !== undefined) return toldIfUnprotected(steady, ports, subject);
    const lock = ports.lock.acquire(statePaths(subject.dataDir).lock, LOCK_TIMEOUT_MS);
    if (lock === "busy") {
      // What the holder is about to do is not known: a count or a restore could undo it.
      ports.log(
        "warn",
        `Another boot-sentinel command held the lock for ${LOCK_TIMEOUT_MS / 1000} s: this boot is not counted, and ` +
          "nothing is changed; the next boot is judged again",
      );
      return undecided(new State(ports, subject), startFault);
    }
    return releaseAfter(typeof lock === "object" ? lock : undefined, () => {
      const fresh = new State(ports, subject);
      fresh.setCorruptAside();
      recoverRecord(fresh);
      settleOrTell(fresh);
      return judge(fresh, startFault);
    });
  } catch (error) {
    ports.log("error", `Cannot judge this boot: ${messageOf(error)}; the program is started as it is`);
    return startFault === undefined ? STEADY : undecided(new State(ports, subject), startFault);
  }
}

/** A first boot is steady as well, and nothing could be put back after it. */
function toldIfUnprotected(outcome: BootOutcome, { log }: Ports, { exe }: Subject): BootOutcome {
  if (outcome.token?.kind !== "first") return outcome;
  log("info", `${exe} is not protected yet: nothing is known of it, and there is no last-good until it is confirmed`);
  return outcome;
}

/** The program is started; when that is not possible, a kept build from where it lies. */
function undecided(state: State, startFault: string | undefined): BootOutcome {
  const standIn = startFault === undefined ? undefined : standInFor(state);
  if (standIn === undefined) return STEADY;
  state.ports.log("error", `Degraded: ${state.exe} cannot be started: ${startFault}; ${standIn} is started instead`);
  return { kind: "proceed", state: "degraded", attempts: 0, standIn };
}

function judge(state: State, startFault: string | undefined): BootOutcome {
  if (state.untouchable) return undecided(state, startFault);
  const live = withStartFault(inspectLive(state), startFault);
  const build = once(() => identifyLive(state, live));
  const restorable = once(() => findRestorable(state));
  const digest = () => build()?.digest;
  const { sentinel } = state;
  const verdict = judgeBoot({
    live: live.condition,
    sentinel: sentinel && { attempts: attemptsOf(state, sentinel), failed: sentinel.failed !== undefined },
    isOldBoot: () =>
      sentinel !== undefined &&
      (isStillRunning(state, sentinel) || (startFault !== undefined && isCountedHere(state, sentinel))),
    sentinelIsLive: sentinel !== undefined && describesLive(state, sentinel, digest),
    liveIs: compareWithLastGood(state, digest),
    liveIsQuarantined: () => {
      const bytes = state.subject.watchBytes ? digest() : undefined;
      return bytes !== undefined && findQuarantinedBytes(state, bytes) !== undefined;
    },
    lastGood: () => {
      const found = restorable();
      if (found === undefined) return "unusable";
      return found.startable ? "startable" : "intact";
    },
  }, state.subject.maxAttempts);
  return carryOut({ state, live, build, restorable }, verdict);
}

function withStartFault(live: LiveBuild, startFault: string | undefined): LiveBuild {
  if (startFault === undefined || live.condition !== "startable") return live;
  return { ...live, condition: "unstartable", fault: startFault, isForbidden: /EACCES|EPERM/.test(startFault) };
}

function once<T>(find: () => T): () => T {
  let found: { readonly value: T } | undefined;
  return () => (found ??= { value: find() }).value;
}
