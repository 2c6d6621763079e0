/**
 * Carries out the verdict on a boot.
 *
 * @module
 */
import { dataBeforeFirstBoot } from "../data/take_data.ts";
import { keptData } from "../data/data_place.ts";
import { dataPutBack, putBackText, undoPutBack } from "../data/put_data_back.ts";
import { endsText } from "../changes/ended.ts";
import { expectBuild } from "../changes/arm.ts";
import { completeRollback, type Rollback, rollBackTo } from "../changes/roll_back.ts";
import { messageOf } from "../errors.ts";
import { stampOfSame } from "../builds/identity.ts";
import { sharesLastGood, unshareLastGood } from "../builds/last_good.ts";
import { type LiveBuild, liveVersion } from "../builds/live.ts";
import { canStandIn, type Restorable } from "../builds/restore.ts";
import type { Fingerprint } from "../fs_port.ts";
import { liveRecord } from "../builds/snapshot.ts";
import { SCHEMA, type Sentinel } from "../state/schemas.ts";
import {
  addToQuarantine,
  findQuarantined,
  findQuarantinedBytes,
  flushPendingQuarantine,
  readQuarantine,
} from "../state/quarantine.ts";
import type { State } from "../state/state.ts";
import { countedBoot, toldAttempts } from "./boot_count.ts";
import { firstToken, tokenOf } from "./boot_token.ts";
import type { RestoreReason, Verdict } from "./judge.ts";
import type { BootOutcome } from "./outcome.ts";
import { countRestored, restoredToken } from "./restored.ts";
import { STEADY } from "./steady.ts";

/** What a boot knows of the program. Files are read only when they are asked for, and once. */
export interface Boot {
  readonly state: State;
  readonly live: LiveBuild;
  /** The live build; `undefined` when it cannot be read. */
  readonly build: () => Fingerprint | undefined;
  /** The build to put back. */
  readonly restorable: () => Restorable | undefined;
}

/** Carries out a verdict; returns what to start. */
export function carryOut(boot: Boot, verdict: Verdict): BootOutcome {
  const { state, build } = boot;
  switch (verdict.kind) {
    case "proceed":
      if (verdict.discard && !completeInterruptedRollback(boot)) discardSentinel(state, true);
      rememberLive(boot);
      return countRestored(state, () => build()?.digest) ?? withoutPending(state);
    case "autoArm": {
      const data = keptData(state)?.snapshot;
      if (verdict.discard) discardSentinel(state, false);
      const version = liveVersion(state, build()?.digest);
      tryOrWarn(`Cannot arm ${version}, which replaced the confirmed build`, state, () => {
        const previous = state.record.lastGood?.digest ?? "";
        expectBuild(state, version, "it replaced the confirmed build", {
          digest: build()?.digest ?? "",
          previous,
          data,
        });
      });
      return countAttempt(boot, 1);
    }
    case "count":
      return countAttempt(boot, verdict.attempts);
    case "running":
      return { kind: "proceed", state: "probation", version: state.sentinel?.version, attempts: verdict.attempts };
    case "restore":
      return restore(boot, verdict.reason, verdict.attempts);
    case "degraded":
      return degrade(boot, verdict.reason, verdict.attempts);
  }
}

function degrade(boot: Boot, why: RestoreReason, attempts: number): BootOutcome {
  const { state, live, build } = boot;
  const digest = build()?.digest;
  const told = toldAttempts(state.subject, attempts);
  const version = state.sentinel?.version ?? liveVersion(state, digest);
  if (state.sentinel !== undefined) persistAttempts(boot, attempts);
  const reason = reasonText(why, boot);
  const ends = state.sentinel?.ends;
  const data = dataPutBack(state);
  if (data !== undefined) undoPutBack(state, data); // a rollback was killed, and cannot be completed any more
  tryOrWarn(`Cannot quarantine ${version}`, state, () => {
    if (live.condition === "missing" || isForbidden(why, boot)) return;
    if (findQuarantined(readQuarantine(state), version, digest)) return;
    const bytes = state.sentinel?.digest ?? digest;
    addToQuarantine(state, { version, digest: bytes, reason, attempts: told, time: state.now(), ends });
  });
  state.event({ event: "degraded", version, attempts: told, reason: `${reason}; there is no valid last-good`, ends });
  state.ports.log(
    "error",
    `Degraded: ${version} should be rolled back (${reason}), but there is no valid last-good at ${state.lastGood}; ` +
      `${version} is started; install a good build`,
  );
  return { kind: "proceed", state: "degraded", version, attempts, ...tokenOf(state, true) };
}

/**
 * The outcome when nothing is pending. Without a last-good, the watcher can confirm the live build as the first one.
 */
function withoutPending({ ports, subject, record }: State): BootOutcome {
  return record.lastGood === undefined ? { ...STEADY, ...firstToken(ports.fs, subject) } : STEADY;
}

/** After a kill between the restore and its record, the sentinel of the build that was rolled back is still there. */
function completeInterruptedRollback({ state, build }: Boot): boolean {
  let rollback: Rollback | undefined;
  tryOrWarn("Cannot complete an interrupted rollback", state, () => {
    flushPendingQuarantine(state);
    rollback = completeRollback(state, build());
  });
  if (rollback === undefined) return false;
  state.ports.log(
    "warn",
    `Rolled back ${rollback.from} to ${rollback.to}: the previous boot was interrupted after the restore`,
  );
  return true;
}

/** @param isBack The confirmed build is live again, and not by a rollback. */
function discardSentinel(state: State, isBack: boolean): void {
  tryOrWarn("Cannot remove the sentinel of another build", state, () => {
    flushPendingQuarantine(state);
    const version = state.sentinel?.version;
    const kept = isBack ? keptData(state) : undefined;
    state.clearSentinel();
    if (kept !== undefined) {
      const { snapshot: { path, takenAt }, at } = kept;
      const text =
        `The data in ${path} are as ${version} left them, since it was replaced by hand; those of ${takenAt} ` +
        `lie at ${at} until the next update; to go back to them: stop the service, and swap the two directories`;
      state.ports.log("warn", text);
    }
    state.event({ event: "retired", version, reason: "another build is live" });
  });
}

/**
 * Records the program's stamp, so that the next boot does not have to read it; makes a last-good that is a hard link to
 * the program a separate file.
 */
function rememberLive({ state, live, build }: Boot): void {
  const { lastGood, live: before } = state.record;
  if (!state.subject.watchBytes || lastGood === undefined || live.info === undefined) return;
  const known = build();
  if (known?.digest !== lastGood.digest) return;
  tryOrWarn("Cannot record the program's stamp", state, () => {
    if (sharesLastGood(state)) return unshareLastGood(state, { anySize: true });
    const now = liveRecord(state, known.digest, known.info);
    if (now.live !== undefined && before?.stamp !== now.live.stamp) state.writeRecord({ ...state.record, ...now });
  });
}

function countAttempt(boot: Boot, attempts: number): BootOutcome {
  const { state, build } = boot;
  const isCounted = persistAttempts(boot, attempts, { data: dataBeforeFirstBoot(state) });
  const { maxAttempts } = state.subject;
  const version = state.sentinel?.version ?? liveVersion(state, build()?.digest);
  if (isCounted) {
    state.event({ event: "attempt", version, attempts, maxAttempts, reason: "it is not confirmed yet" });
    state.ports.log("info", `${version} is on probation: attempt ${attempts} of ${maxAttempts}`);
  }
  return { kind: "proceed", state: "probation", version, attempts, ...(isCounted ? tokenOf(state, false) : {}) };
}

function persistAttempts(boot: Boot, attempts: number, facts: Pick<Sentinel, "data"> = {}): boolean {
  const { state, build } = boot;
  const before = state.sentinel;
  if (before === undefined) return false;
  return tryOrWarn("Cannot count the attempt", state, () => {
    // Where builds are identified by sha256, `arm` knew only the version: the first boot adds the digest of the live
    // file.
    const bytes = state.subject.version === undefined ? fileOf(boot) : {};
    const bootId = state.ports.clock.bootId();
    state.writeSentinel({
      ...before,
      ...facts,
      ...bytes,
      schema: SCHEMA,
      ...countedBoot(state, before, attempts),
      bootId,
    });
  });

  function fileOf({ state }: Boot): { readonly digest?: string | undefined; readonly stamp?: string | undefined } {
    const known = build();
    return { digest: known?.digest, stamp: known && stampOfSame(state, state.exe, known.info) };
  }
}

function restore(boot: Boot, reason: RestoreReason, attempts: number): BootOutcome {
  const { state, live, build, restorable } = boot;
  const { sentinel } = state;
  const bytes = live.condition === "empty" ? undefined : sentinel?.digest ?? build()?.digest;
  // Identified by sha256, the confirmed build is never quarantined. Identified by version, the build is the one that
  // the program reports, whatever its bytes are.
  const isConfirmed = state.subject.watchBytes && bytes !== undefined && bytes === state.record.lastGood?.digest;
  const entry = bytes === undefined ? undefined : findQuarantinedBytes(state, bytes);
  const from = sentinel?.version ?? entry?.version ??
    (live.condition === "missing" ? "a missing program" : liveVersion(state, bytes));
  const isUnknown = sentinel === undefined && bytes === undefined;
  const why = reasonText(reason, boot);
  const told = toldAttempts(state.subject, attempts);
  const isBlameless = isConfirmed || isUnknown || isForbidden(reason, boot);
  const badBuild = isBlameless
    ? undefined
    : { version: from, digest: bytes, reason: why, attempts: told, ends: sentinel?.ends };
  const kept = restorable();
  try {
    if (kept === undefined) throw new Error("there is no valid last-good");
    const { to, pending, data } = rollBackTo(state, kept, badBuild, from);
    const quarantined = pending ? "is to be quarantined at the next boot" : "is quarantined";
    const told = isForbidden(reason, boot) ? "allow its execution (chmod +x) before it is installed again" : "";
    const held = badBuild === undefined ? told : `${from} ${quarantined}`;
    const more = [held, data === undefined ? "" : putBackText(data)].filter((text) => text !== "");
    state.ports.log("error", [`Rolled back ${from} to ${to}: ${why}`, ...more].join("; "));
    return { kind: "rolledBack", from, to, reason, ...restoredToken(state) };
  } catch (error) {
    persistAttempts(boot, attempts);
    const standIn = canStandIn(state, kept) && state.has(kept.path) ? kept.path : undefined;
    state.event({
      event: "degraded",
      version: from,
      attempts: told,
      reason: `${why}; ${messageOf(error)}`,
      ends: sentinel?.ends,
    });
    state.ports.log(
      "error",
      `Degraded: cannot replace ${from} by last-good: ${messageOf(error)}; ` +
        `${standIn === undefined ? `${from} is started` : `${standIn} is started from where it lies`}; ` +
        "the next boot tries again",
    );
    return { kind: "proceed", state: "degraded", version: from, attempts, standIn };
  }
}

/** The file may not be executed: its mode is at fault, and not its bytes. */
function isForbidden(reason: RestoreReason, { live }: Boot): boolean {
  return reason === "unstartable" && live.isForbidden === true;
}

function reasonText(reason: RestoreReason, { state, live }: Boot): string {
  switch (reason) {
    case "unstartable":
      return `it cannot be started: ${live.fault}`;
    case "quarantined":
      return "its bytes are quarantined";
    case "failed":
      return state.sentinel?.failed ?? "it was declared bad";
    case "attempts": {
      const ends = endsText(state.sentinel ?? {});
      const boots = `not confirmed in ${toldAttempts(state.subject, state.sentinel?.attempts ?? 0)} boots`;
      return ends === "" ? boots : `${boots}: ${ends}`;
    }
  }
}

/** Runs a step without which the boot can go on: an error is only logged. True when it was done. */
function tryOrWarn(failure: string, state: State, action: () => void): boolean {
  try {
    action();
    return true;
  } catch (error) {
    state.ports.log("warn", `${failure}: ${messageOf(error)}; the boot goes on`);
    return false;
  }
}
