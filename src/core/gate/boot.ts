/**
 * The gate: runs at every boot, before any code of the program that could crash.
 *
 * @module
 */
import { expectBuild } from "../changes/arm.ts";
import type { BootOutcome } from "./outcome.ts";
import { LOCK_TIMEOUT_MS } from "../changes/change.ts";
import { messageOf } from "../errors.ts";
import { judgeBoot, type RestoreReason, type Verdict } from "./judge.ts";
import { checkLastGood, recoverPromotion, sharesLastGood, unshareLastGood } from "../builds/last_good.ts";
import {
  compareWithLastGood,
  describesLive,
  inspectLive,
  type LiveBuild,
  liveDigest,
  liveVersion,
} from "../builds/live.ts";
import { statePaths } from "../state/paths.ts";
import type { Ports } from "../ports.ts";
import {
  addToQuarantine,
  findQuarantined,
  findQuarantinedBytes,
  flushPendingQuarantine,
  readQuarantine,
} from "../state/quarantine.ts";
import { countRestored, restoredToken } from "./restored.ts";
import { completeRollback, type Rollback, rollBackTo } from "../changes/roll_back.ts";
import { releaseAfter, State } from "../state/state.ts";
import type { Subject } from "../subject.ts";
import { SCHEMA } from "../state/schemas.ts";
import { STEADY, steadyOutcome } from "./steady.ts";
import { firstToken, nextBoot, tokenOf } from "./boot_token.ts";

/**
 * Judges this boot and carries out the verdict. Never throws: its own errors are logged, and the program is started.
 *
 * @param startFault Why the program could not be started, if that was tried just now.
 */
export function boot(ports: Ports, subject: Subject, startFault?: string): BootOutcome {
  try {
    const steady = startFault === undefined ? steadyOutcome(ports.fs, subject) : undefined;
    if (steady !== undefined) return steady;
    const lock = ports.lock.acquire(statePaths(subject.dataDir).lock, LOCK_TIMEOUT_MS);
    if (lock === "busy") {
      ports.log(
        "warn",
        `Another boot-sentinel command held the lock for ${
          LOCK_TIMEOUT_MS / 1000
        } s: this boot goes on without the lock`,
      );
    }
    return releaseAfter(typeof lock === "object" ? lock : undefined, () => {
      const fresh = new State(ports, subject);
      fresh.setCorruptAside();
      recoverPromotion(fresh);
      return judge(fresh, startFault);
    });
  } catch (error) {
    ports.log("error", `Cannot judge this boot: ${messageOf(error)}; the program is started as it is`);
    return STEADY;
  }
}

function judge(state: State, startFault: string | undefined): BootOutcome {
  if (state.untouchable) return STEADY;
  const inspected = inspectLive(state);
  const live: LiveBuild = startFault === undefined || inspected.condition !== "startable"
    ? inspected
    : { ...inspected, condition: "unstartable", fault: startFault };
  let cached: { digest: string | undefined } | undefined;
  const digest = () => (cached ??= { digest: liveDigest(state, live) }).digest;
  const { sentinel } = state;
  const verdict = judgeBoot({
    live: live.condition,
    sentinel: sentinel && { attempts: sentinel.attempts, failed: sentinel.failed !== undefined },
    sentinelIsLive: sentinel !== undefined && describesLive(state, sentinel, digest),
    liveIs: compareWithLastGood(state, digest),
    liveIsQuarantined: () => {
      const bytes = state.subject.watchBytes ? digest() : undefined;
      return bytes !== undefined && findQuarantinedBytes(state, bytes) !== undefined;
    },
    lastGood: () => {
      const check = checkLastGood(state);
      if (check.kind !== "intact") return "unusable";
      return check.startable ? "startable" : "intact";
    },
  }, state.subject.maxAttempts);
  return carryOut(state, verdict, live, digest);
}

function carryOut(
  state: State,
  verdict: Verdict,
  live: LiveBuild,
  digest: () => string | undefined,
): BootOutcome {
  const { log } = state.ports;
  switch (verdict.kind) {
    case "proceed":
      if (verdict.discard && !completeInterruptedRollback(state)) discardSentinel(state);
      rememberLive(state, live, digest);
      return countRestored(state, digest) ?? withoutPending(state);
    case "autoArm": {
      if (verdict.discard) discardSentinel(state);
      const version = liveVersion(state, digest());
      tryOrWarn(`Cannot arm ${version}, which replaced the confirmed build`, state, () => {
        expectBuild(state, version, { digest: digest() ?? "", previous: state.record.lastGood?.digest ?? "" });
      });
      return countAttempt(state, 1, live, digest);
    }
    case "count":
      return countAttempt(state, verdict.attempts, live, digest);
    case "restore":
      return restore(state, verdict.reason, verdict.attempts, live, digest);
    case "degraded": {
      const version = state.sentinel?.version ?? liveVersion(state, digest());
      if (state.sentinel !== undefined) persistAttempts(state, verdict.attempts, live, digest);
      tryOrWarn(`Cannot quarantine ${version}`, state, () => {
        if (live.condition === "missing" || findQuarantined(readQuarantine(state), version, digest())) return;
        const reason = reasonText(verdict.reason, state, live);
        addToQuarantine(state, {
          version,
          digest: state.sentinel?.digest ?? digest(),
          reason,
          attempts: verdict.attempts,
          time: state.now(),
        });
      });
      state.event({ event: "degraded", version, attempts: verdict.attempts, reason: "no valid last-good" });
      log(
        "error",
        `Degraded: ${version} should be rolled back (${
          reasonText(verdict.reason, state, live)
        }), but there is no valid last-good at ${state.lastGood}; ${version} is started; install a good build`,
      );
      return { kind: "proceed", state: "degraded", version, attempts: verdict.attempts, ...tokenOf(state, true) };
    }
  }
}

/**
 * The outcome when nothing is pending. Without a last-good, the watcher can confirm the live build as the first one.
 */
function withoutPending({ ports, subject, record }: State): BootOutcome {
  return record.lastGood === undefined ? { ...STEADY, ...firstToken(ports.fs, subject) } : STEADY;
}

/** After a kill between the restore and its record, the sentinel of the build that was rolled back is still there. */
function completeInterruptedRollback(state: State): boolean {
  let rollback: Rollback | undefined;
  tryOrWarn("Cannot complete an interrupted rollback", state, () => {
    flushPendingQuarantine(state);
    rollback = completeRollback(state);
  });
  if (rollback === undefined) return false;
  state.ports.log(
    "warn",
    `Rolled back ${rollback.from} to ${rollback.to}: the previous boot was interrupted after the restore`,
  );
  return true;
}

function discardSentinel(state: State): void {
  tryOrWarn("Cannot remove the sentinel of another build", state, () => {
    flushPendingQuarantine(state);
    const version = state.sentinel?.version;
    state.clearSentinel();
    state.event({ event: "retired", version });
  });
}

/**
 * Records the program's stamp, so that the next boot does not have to read it; makes a last-good that is a hard link to
 * the program a separate file.
 */
function rememberLive(state: State, live: LiveBuild, digest: () => string | undefined): void {
  const { lastGood, live: before } = state.record;
  if (!state.subject.watchBytes || lastGood === undefined || live.info === undefined) return;
  if (digest() !== lastGood.digest) return;
  tryOrWarn("Cannot record the program's stamp", state, () => {
    if (sharesLastGood(state)) return unshareLastGood(state, { anySize: true });
    const stamp = live.info?.stamp ?? "";
    if (before?.stamp !== stamp) state.writeRecord({ ...state.record, live: { digest: lastGood.digest, stamp } });
  });
}

function countAttempt(
  state: State,
  attempts: number,
  live: LiveBuild,
  digest: () => string | undefined,
): BootOutcome {
  persistAttempts(state, attempts, live, digest);
  const { maxAttempts } = state.subject;
  const version = state.sentinel?.version;
  state.event({ event: "attempt", version, attempts, maxAttempts });
  state.ports.log("info", `${version} is on probation: attempt ${attempts} of ${maxAttempts}`);
  return { kind: "proceed", state: "probation", version, attempts, ...tokenOf(state, false) };
}

function persistAttempts(state: State, attempts: number, live: LiveBuild, digest: () => string | undefined): void {
  const before = state.sentinel;
  if (before === undefined) return;
  // Where builds are identified by sha256, `arm` knew only the version: the first boot adds the digest of the live
  // file.
  const bytes = state.subject.version === undefined ? { digest: digest(), stamp: live.info?.stamp } : {};
  tryOrWarn("Cannot count the attempt", state, () => {
    const { invocation } = state.subject;
    const bootId = state.ports.clock.bootId();
    const boot = nextBoot(before);
    state.writeSentinel({ ...before, ...bytes, schema: SCHEMA, attempts, bootId, boot, invocation });
  });
}

function restore(
  state: State,
  reason: RestoreReason,
  attempts: number,
  live: LiveBuild,
  digest: () => string | undefined,
): BootOutcome {
  const { sentinel } = state;
  const bytes = live.condition === "empty" ? undefined : sentinel?.digest ?? digest();
  // Identified by sha256, the confirmed build is never quarantined. Identified by version, the build is the one that
  // the program reports, whatever its bytes are.
  const isConfirmed = state.subject.watchBytes && bytes !== undefined && bytes === state.record.lastGood?.digest;
  const entry = bytes === undefined ? undefined : findQuarantinedBytes(state, bytes);
  const from = sentinel?.version ?? entry?.version ??
    (live.condition === "missing" ? "a missing program" : liveVersion(state, bytes));
  const isUnknown = sentinel === undefined && bytes === undefined;
  const why = reasonText(reason, state, live);
  const badBuild = isConfirmed || isUnknown ? undefined : { version: from, digest: bytes, reason: why, attempts };
  try {
    const { to, pending } = rollBackTo(state, badBuild, from);
    const quarantined = pending ? "is to be quarantined at the next boot" : "is quarantined";
    state.ports.log(
      "error",
      `Rolled back ${from} to ${to}: ${why}${badBuild === undefined ? "" : `; ${from} ${quarantined}`}`,
    );
    return { kind: "rolledBack", from, to, reason, ...restoredToken(state) };
  } catch (error) {
    persistAttempts(state, attempts, live, digest);
    state.event({ event: "degraded", version: from, attempts, reason: messageOf(error) });
    state.ports.log(
      "error",
      `Cannot replace ${from} by last-good: ${messageOf(error)}; ${from} is started; the next boot tries again`,
    );
    return { kind: "proceed", state: "degraded", version: from, attempts };
  }
}

function reasonText(reason: RestoreReason, state: State, live: LiveBuild): string {
  switch (reason) {
    case "unstartable":
      return `it cannot be started: ${live.fault}`;
    case "quarantined":
      return "its bytes are quarantined";
    case "failed":
      return state.sentinel?.failed ?? "it was declared bad";
    case "attempts":
      return `not confirmed in ${state.sentinel?.attempts ?? 0} boots`;
  }
}

/** Runs a step without which the boot can go on: an error is only logged. */
function tryOrWarn(failure: string, state: State, action: () => void): void {
  try {
    action();
  } catch (error) {
    state.ports.log("warn", `${failure}: ${messageOf(error)}; the boot goes on`);
  }
}
