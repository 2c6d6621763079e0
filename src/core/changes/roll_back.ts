/**
 * Rolling back: quarantine the bad build, put its data back, restore last-good and its members, remove the sentinel, in
 * this order. Every step can be repeated, so after a kill at any point the next boot completes the rollback.
 *
 * @module
 */
import { dataPutBack, putBackText, withDataBack } from "../data/put_data_back.ts";
import { messageOf } from "../errors.ts";
import type { FileInfo, Fingerprint } from "../fs_port.ts";
import { stampAt } from "../builds/identity.ts";
import { sharesLastGood } from "../builds/last_good.ts";
import { restoreWithMembers } from "../builds/members/restore_members.ts";
import type { Restorable } from "../builds/restore.ts";
import { liveRecord } from "../builds/snapshot.ts";
import { forgetCrashes } from "../state/crashes.ts";
import { addToQuarantine, findQuarantined, readQuarantine } from "../state/quarantine.ts";
import type { EndedBoot } from "../state/ended_boot.ts";
import type { PutBackData } from "../state/data_records.ts";
import type { State } from "../state/state.ts";
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
