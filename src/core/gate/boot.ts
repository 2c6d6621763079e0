/**
 * The gate: what happens at every boot, before anything that can crash.
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
import { addToQuarantine, flushPendingQuarantine, holds, holdsBytes, readQuarantine } from "../state/quarantine.ts";
import { countRestored, restoredToken } from "./restored.ts";
import { completeRollback, type Rollback, rollBackTo } from "../changes/roll_back.ts";
import { releasing, State } from "../state/state.ts";
import type { Subject } from "../subject.ts";
import { SCHEMA } from "../state/state_names.ts";
import { STEADY, steadyOutcome } from "./steady.ts";
import { firstToken, nextBoot, tokenOf } from "./boot_token.ts";

/**
 * Judges this boot and acts on the verdict. Never throws: its own trouble is logged, and the program is started.
 *
 * @param startFault Why the program could not be started just now, when that was tried.
 */
export function boot(ports: Ports, subject: Subject, startFault?: string): BootOutcome {
  try {
    const steady = startFault === undefined ? steadyOutcome(ports.fs, subject) : undefined;
    if (steady !== undefined) return steady;
    const lock = ports.lock.acquire(statePaths(subject.dataDir).lock, LOCK_TIMEOUT_MS);
    if (lock === "busy") {
      ports.log(
        "warn",
        `Another boot-sentinel command held the lock for ${LOCK_TIMEOUT_MS / 1000} s: this boot goes on without it`,
      );
    }
    return releasing(typeof lock === "object" ? lock : undefined, () => {
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
  const seen = inspectLive(state);
  const live: LiveBuild = startFault === undefined || seen.condition !== "startable"
    ? seen
    : { ...seen, condition: "unstartable", fault: startFault };
  let known: { digest: string | undefined } | undefined;
  const digest = () => (known ??= { digest: liveDigest(state, live) }).digest;
  const { sentinel } = state;
  const verdict = judgeBoot({
    live: live.condition,
    sentinel: sentinel && { attempts: sentinel.attempts, failed: sentinel.failed !== undefined },
    sentinelIsLive: sentinel !== undefined && describesLive(state, sentinel, digest),
    liveIs: compareWithLastGood(state, digest),
    liveIsHeld: () => {
      const bytes = state.subject.watchBytes ? digest() : undefined;
      return bytes !== undefined && holdsBytes(state, bytes) !== undefined;
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
      if (verdict.discard && !completed(state)) discardSentinel(state);
      rememberLive(state, live, digest);
      return countRestored(state, digest) ?? withoutPending(state);
    case "autoArm": {
      if (verdict.discard) discardSentinel(state);
      const version = liveVersion(state, digest());
      attempt(`${version} replaced the confirmed build`, state, () => {
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
      attempt("It cannot be quarantined", state, () => {
        if (live.condition === "missing" || holds(readQuarantine(state), version, digest())) return;
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
        `Degraded: ${version} should be put back (${
          reasonText(verdict.reason, state, live)
        }) and there is no valid last-good at ${state.lastGood}; it is started all the same; install a good build`,
      );
      return { kind: "proceed", state: "degraded", version, attempts: verdict.attempts, ...tokenOf(state, true) };
    }
  }
}

/** Nothing pending; the first build of a watched program is to become last-good. */
function withoutPending({ ports, subject, record }: State): BootOutcome {
  return record.lastGood === undefined ? { ...STEADY, ...firstToken(ports.fs, subject) } : STEADY;
}

/** A kill between the restore and its record leaves the sentinel of the build that is gone. */
function completed(state: State): boolean {
  let rollback: Rollback | undefined;
  attempt("A rollback cannot be completed", state, () => {
    flushPendingQuarantine(state);
    rollback = completeRollback(state);
  });
  if (rollback === undefined) return false;
  state.ports.log(
    "warn",
    `Rolled back ${rollback.from} to ${rollback.to}: the boot before was cut short in the middle`,
  );
  return true;
}

function discardSentinel(state: State): void {
  attempt("A sentinel of another build cannot be dropped", state, () => {
    flushPendingQuarantine(state);
    const version = state.sentinel?.version;
    state.clearSentinel();
    state.event({ event: "retired", version });
  });
}

/** With the stamp on record the next boot need not read the program; a snapshot that shares its file gets its own. */
function rememberLive(state: State, live: LiveBuild, digest: () => string | undefined): void {
  const { lastGood, live: before } = state.record;
  if (!state.subject.watchBytes || lastGood === undefined || live.info === undefined) return;
  if (digest() !== lastGood.digest) return;
  attempt("The program's stamp cannot be kept", state, () => {
    if (sharesLastGood(state)) return unshareLastGood(state, { whatever: true });
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
  // By bytes, the first boot of an armed version binds it to what is at the path.
  const bytes = state.subject.version === undefined ? { digest: digest(), stamp: live.info?.stamp } : {};
  attempt("The attempt cannot be counted", state, () => {
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
  // By version the service vouches for what it is; by bytes the confirmed build is never condemned.
  const own = state.subject.watchBytes && bytes !== undefined && bytes === state.record.lastGood?.digest;
  const entry = bytes === undefined ? undefined : holdsBytes(state, bytes);
  const from = sentinel?.version ?? entry?.version ??
    (live.condition === "missing" ? "a missing program" : liveVersion(state, bytes));
  const unnamed = sentinel === undefined && bytes === undefined;
  const why = reasonText(reason, state, live);
  const condemned = own || unnamed ? undefined : { version: from, digest: bytes, reason: why, attempts };
  try {
    const { to, pending } = rollBackTo(state, condemned, from);
    const held = condemned === undefined ? "" : `; ${from} is ${pending ? "yet to be " : ""}quarantined`;
    state.ports.log("error", `Rolled back ${from} to ${to}: ${why}${held}`);
    return { kind: "rolledBack", from, to, reason, ...restoredToken(state) };
  } catch (error) {
    persistAttempts(state, attempts, live, digest);
    state.event({ event: "degraded", version: from, attempts, reason: messageOf(error) });
    state.ports.log(
      "error",
      `Cannot put last-good back over ${from}: ${
        messageOf(error)
      }; ${from} is started all the same; the next boot tries again`,
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

/** Does what would be good to do; when it fails, says so and goes on. */
function attempt(trouble: string, state: State, action: () => void): void {
  try {
    action();
  } catch (error) {
    state.ports.log("warn", `${trouble}: ${messageOf(error)}; the boot goes on`);
  }
}
