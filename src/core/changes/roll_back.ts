/**
 * Rolling back: quarantine the bad build, put its data back, restore last-good and its members, remove the sentinel, in
 * this order. Every step can be repeated, so after a kill at any point the next boot completes the rollback.
 *
 * @module
 */
import { nextArming } from "./arm.ts";
import { dataPutBack, putBackText, requirePutBack, withDataBack } from "../data/put_data_back.ts";
import { messageOf, SentinelError } from "../errors.ts";
import type { Work } from "./change.ts";
import type { FileInfo, Fingerprint } from "../fs_port.ts";
import { generations } from "../builds/generations.ts";
import { identify, readWhole, Stale, stampAt } from "../builds/identity.ts";
import { checkLastGood, sharesLastGood } from "../builds/last_good.ts";
import { describesLive, inspectLive, type LiveBuild, liveDigest, liveVersion } from "../builds/live.ts";
import { ownMembers } from "../builds/members/members.ts";
import { restoreWithMembers } from "../builds/members/restore_members.ts";
import { findRestorable, type Restorable } from "../builds/restore.ts";
import { discardStaged, liveRecord, promote, type Staged, stageLeaving } from "../builds/snapshot.ts";
import { forgetCrashes } from "../state/crashes.ts";
import { addToQuarantine, clearFromQuarantine, findQuarantined, readQuarantine } from "../state/quarantine.ts";
import type { EndedBoot } from "../state/ended_boot.ts";
import type { PutBackData } from "../state/data_records.ts";
import type { Sentinel, Snapshot } from "../state/schemas.ts";
import { shellWord } from "../shell_word.ts";
import type { State } from "../state/state.ts";
import { SCHEMA } from "../state/schemas.ts";
import { sameVersion } from "../builds/versions.ts";

/** A build to be rolled back and quarantined. */
export interface BadBuild {
  readonly version: string;
  readonly digest: string | undefined;
  readonly reason: string;
  readonly attempts: number;
  /** How its last boots ended. */
  readonly ends?: readonly EndedBoot[] | undefined;
  /** It is not taken again until another version is confirmed. */
  readonly held?: boolean | undefined;
}

/**
 * The result of a rollback.
 *
 * @example By hand
 * ```ts
 * import { BootSentinel, type Rollback } from "@boot-sentinel/boot-sentinel";
 * import { memoryFs, memoryPorts } from "@boot-sentinel/boot-sentinel/testing";
 * import { assertEquals } from "@std/assert";
 *
 * const fs = memoryFs();
 * fs.put("/app", "#!1.0.0", 0o755);
 * fs.put("/update", "#!2.0.0", 0o755);
 * const sentinel = new BootSentinel({ dataDir: "/state", exe: "/app" }, memoryPorts(fs));
 *
 * sentinel.confirmHealthy();
 * sentinel.swap("/update", "2.0.0");
 * const rollback: Rollback = sentinel.rollback({ reason: "customers complain" });
 * assertEquals(rollback.from, "2.0.0");
 * assertEquals(fs.texts()["/app"], "#!1.0.0");
 * ```
 */
export interface Rollback {
  /** The version that was rolled back. */
  readonly from: string;
  /** The version that is live now. */
  readonly to: string;
  /** The service's data that were put back, too: those of `takenAt`; the newer ones lie at `aside`. */
  readonly data?: { readonly path: string; readonly aside: string; readonly takenAt: string } | undefined;
}

/**
 * Quarantines a build and puts last-good back. If the quarantine cannot be written (full disk), the restore is done all
 * the same: the result is `pending`, and the sentinel stores the entry for the next boot.
 *
 * @throws {FsError | SentinelError} Last-good could not be put back; the bad build is still live, and quarantined.
 */
export function rollBackTo(
  state: State,
  build: Restorable,
  badBuild: BadBuild | undefined,
  from: string,
): Rollback & { pending: boolean } {
  const pending = badBuild !== undefined && !quarantine(state, badBuild);
  const { data, done: { file, told } } = withDataBack(state, from, () => restoreWithMembers(state, build));
  const to = build.snapshot?.version ?? "last-good";
  const reason = [badBuild?.reason ?? "the program was lost", ...told].join("; ");
  finish(state, { from, to, reason, digest: badBuild?.digest, data }, pending ? badBuild : undefined, file);
  logRollback(state, { from, to }, { reason, attempts: badBuild?.attempts, ends: badBuild?.ends }, data);
  return { from, to, pending, ...(data === undefined ? {} : { data }) };
}

/** What {@link rollingBackByHand} prepares: the older build that was asked for, under a temporary name. */
export type RollBackPrepared = { readonly older: Snapshot; readonly staged: Staged | undefined } | undefined;

/**
 * The operator's rollback: replaces the live build by last-good, or by an older proven build of the given version.
 *
 * It throws {@link SentinelError} `nothing` (that build is already live) and `noLastGood` (there is no such build).
 */
export function rollingBackByHand(
  toVersion: string | undefined,
  how: Pick<BadBuild, "reason" | "held">,
): Work<RollBackPrepared, Rollback> {
  return {
    again: true,
    prepare(state) {
      if (toVersion === undefined) {
        findRestorable(state); // reads it, so that it need not be read under the lock
        return undefined;
      }
      const older = targetOf(state, toVersion);
      const build = readWhole(state, older.path);
      if (build.digest !== older.digest) {
        const text = `Cannot roll back to ${toVersion}: ${older.path} is damaged; nothing changed; install that build`;
        throw new SentinelError("mismatch", text);
      }
      const isLastGood = older.digest === state.record.lastGood?.digest;
      return { older, staged: isLastGood ? undefined : stageLeaving(state, older.path, build) };
    },
    act: (state, prepared) => rollBackByHand(state, prepared, how),
    discard: (state, prepared) => discardStaged(state, prepared?.staged),
  };
}

function rollBackByHand(
  state: State,
  prepared: RollBackPrepared,
  how: Pick<BadBuild, "reason" | "held">,
): Rollback {
  const live = inspectLive(state);
  const digest = liveDigest(state, live);
  const armed = state.sentinel !== undefined && describesLive(state, state.sentinel, () => digest)
    ? state.sentinel
    : undefined;
  const from = armed?.version ?? liveVersion(state, digest);
  const older = prepared?.older;
  const lastGood = older === undefined ? findRestorable(state) : undefined;
  if (older === undefined) refuseUnusable(state, lastGood, from, live);
  const target = older?.digest ?? lastGood?.snapshot?.digest ?? identify(state, state.lastGood).digest;
  if (target === digest) throw nothingToRollBack(state, from, digest);
  const badBuild = live.condition === "missing"
    ? undefined
    : { version: from, digest, ...how, attempts: 0, ends: armed?.ends };
  requirePutBack(state);
  const before = state.sentinel;
  if (badBuild !== undefined) markFailed(state, badBuild, armed);
  if (older !== undefined && older.digest !== state.record.lastGood?.digest) {
    try {
      if (prepared?.staged === undefined) throw new Stale("the state changed");
      promote(state, prepared.staged, { version: older.version, members: older.members, proven: true, isLive: false });
    } catch (error) {
      state.putBackSentinel(before);
      throw error;
    }
  }
  const build = lastGood ?? findRestorable(state);
  if (build === undefined) throw new Stale("last-good was lost");
  const { pending: _, ...done } = rollBackTo(state, build, badBuild, from);
  if (older !== undefined) unquarantine(state, older);
  return done;
}

function refuseUnusable(state: State, found: Restorable | undefined, from: string, live: LiveBuild): void {
  if (found === undefined) {
    const check = checkLastGood(state, "whole");
    const why = check.kind === "damaged" || check.kind === "unreadable" ? check.why : "there is none";
    throw new SentinelError(
      "noLastGood",
      `Cannot roll back: last-good ${state.lastGood} cannot be used: ${why}; ${from} stays live; install a good build`,
    );
  }
  if (!found.startable && live.condition === "startable") {
    throw new SentinelError(
      "noLastGood",
      `Cannot roll back: last-good ${found.path} cannot be started on this machine, and ${from} can; ` +
        `${from} stays live; install a good build`,
    );
  }
}

function nothingToRollBack(state: State, from: string, digest: string | undefined): SentinelError {
  const olderVersions = generations(state).filter((kept) => kept.digest !== digest).map((kept) => kept.version);
  const next = olderVersions.length === 0
    ? "no older build is kept; install another one"
    : `to go further back: boot-sentinel rollback --to VERSION --exe ${shellWord(state.subject.exe)} (kept: ${
      olderVersions.join(", ")
    })`;
  return new SentinelError("nothing", `Cannot roll back: ${from} is the last good build, and it is live; ${next}`);
}

/** An operator asked for this version by name, so it may be installed again. */
function unquarantine(state: State, { version, digest }: { version: string; digest: string }): void {
  try {
    clearFromQuarantine(state, version, digest);
  } catch (error) {
    const text = `Cannot remove ${version} from the quarantine: ${messageOf(error)}; it is live all the same`;
    state.ports.log("warn", text);
  }
}

/** Marks the live build as failed, so that the next boot completes the rollback if this process is killed now. */
function markFailed(state: State, { version, digest, reason }: BadBuild, armed: Sentinel | undefined): void {
  try {
    const members = state.subject.members === undefined ? undefined : ownMembers(state, digest);
    const sentinel = armed ?? { version, attempts: 0, schema: SCHEMA, digest, members, arming: nextArming(state) };
    state.writeSentinel({ ...sentinel, failed: reason });
  } catch (error) {
    state.ports.log("warn", `Cannot mark ${version} as failed: ${messageOf(error)}; it is rolled back all the same`);
  }
}

/**
 * Completes a rollback that was killed after the restore: last-good is live, and the build of the sentinel is
 * quarantined, but the sentinel is still there. `undefined` when there was no such rollback.
 *
 * @param live What was read of the program when this was judged: another one may be in its place now.
 */
export function completeRollback(state: State, live: Fingerprint | undefined): Rollback | undefined {
  const { sentinel, record: { lastGood, rolledBack } } = state;
  if (sentinel === undefined || lastGood === undefined || rolledBack?.from === sentinel.version) return undefined;
  if (!sameVersion(state.subject.version ?? lastGood.version, lastGood.version)) return undefined;
  const entry = findQuarantined(readQuarantine(state), sentinel.version, sentinel.digest);
  if (entry === undefined || (sentinel.attempts === 0 && sentinel.failed === undefined)) return undefined;
  const rollback = { from: sentinel.version, to: lastGood.version };
  const file = live?.digest === lastGood.digest ? live.info : undefined;
  const data = dataPutBack(state);
  finish(state, { ...rollback, reason: entry.reason, digest: sentinel.digest ?? entry.digest, data }, undefined, file);
  logRollback(state, rollback, entry, data);
  return rollback;
}

function logRollback(
  state: State,
  { from, to }: Rollback,
  why: Pick<BadBuild, "reason" | "ends"> & { readonly attempts: number | undefined },
  data: PutBackData | undefined,
): void {
  const reason = [why.reason, ...data === undefined ? [] : [putBackText(data)]].join("; ");
  state.event({ event: "rolled-back", version: from, other: to, attempts: why.attempts, reason, ends: why.ends });
}

function targetOf(state: State, version: string): Snapshot {
  const known = [state.record.lastGood, ...generations(state)].filter((snapshot) => snapshot !== undefined);
  const found = known.find((snapshot) => sameVersion(snapshot.version, version) && state.has(snapshot.path));
  if (found !== undefined) return found;
  const list = known.map((snapshot) => snapshot.version).join(", ") || "none";
  throw new SentinelError(
    "noLastGood",
    `Cannot roll back to ${version}: it is not kept; nothing changed; kept are: ${list}`,
  );
}

/** Quarantines a build; true when the entry is on disk. */
function quarantine(state: State, badBuild: BadBuild): boolean {
  try {
    const entry = findQuarantined(readQuarantine(state), badBuild.version, badBuild.digest);
    const isPending = state.sentinel?.owedQuarantine === true;
    const isSame = entry?.digest === badBuild.digest && (badBuild.held !== true || entry?.held === true);
    const isWritten = entry !== undefined && isSame && !isPending;
    if (!isWritten) addToQuarantine(state, { ...badBuild, time: state.now() });
    return true;
  } catch (error) {
    state.ports.log(
      "error",
      `Cannot quarantine ${badBuild.version} now: ${messageOf(error)}; the next boot tries again`,
    );
    return false;
  }
}

function finish(
  state: State,
  rollback: Rollback & { reason: string; digest?: string | undefined; data: PutBackData | undefined },
  pending: BadBuild | undefined,
  file: FileInfo | undefined,
): void {
  try {
    const { lastGood } = state.record;
    const known = lastGood === undefined ? {} : {
      lastGood: { ...lastGood, checkedIn: state.ports.clock.bootId(), stamp: stampAt(state, state.lastGood) },
      // While program and last-good are one file, no stamp is recorded: so the next boot inspects and separates
      // them.
      ...(file === undefined || sharesLastGood(state) ? { live: undefined } : liveRecord(state, lastGood.digest, file)),
    };
    state.writeRecord({ ...state.record, ...known, rolledBack: { ...rollback, time: state.now() } });
  } catch (error) {
    state.ports.log(
      "warn",
      `Cannot record the rollback: ${messageOf(error)}; the restored build is in place all the same`,
    );
  }
  try {
    forgetCrashes(state);
    if (pending === undefined) return state.clearSentinel();
    const { version, digest, attempts } = pending;
    state.writeSentinel({ ...state.sentinel, version, attempts, digest, owedQuarantine: true });
  } catch (error) {
    state.ports.log("warn", `Cannot remove the sentinel: ${messageOf(error)}; the next boot removes it`);
  }
}
