/**
 * Last-good, the snapshot of the last good program: taking, checking and restoring it.
 *
 * @module
 */
import { SentinelError } from "../errors.ts";
import { findSpare, keepAsGeneration, withFreshStamp } from "./generations.ts";
import { inspectProgram } from "./live.ts";
import { directoryOf, lastGoodPath, sibling, snapshotStagePath, stagePath } from "../state/paths.ts";
import { type Fs, FsError } from "../ports.ts";
import type { Snapshot } from "../state/schemas.ts";
import type { State } from "../state/state.ts";

/**
 * A restore copies at most this many bytes, since the service waits for it. A larger file is copied at the next boot.
 */
const COPY_AT_ONCE = 64 << 20;

/** The result of checking last-good. */
export type LastGoodCheck =
  | { readonly kind: "none" }
  | { readonly kind: "damaged"; readonly why: string }
  /** It may be intact: it could not be read. */
  | { readonly kind: "unreadable"; readonly why: string; readonly error: FsError }
  /** Its bytes are those of the record; or there is no record, since the reference implementation made it. */
  | { readonly kind: "intact"; readonly snapshot: Snapshot | undefined; readonly startable: boolean };

/**
 * Checks last-good. Its bytes are read only when inode, size, mtime or ctime have changed since they were hashed; with
 * `quick` they are never read.
 */
export function checkLastGood(state: State, options: { quick?: boolean } = {}): LastGoodCheck {
  const { fs } = state.ports;
  const path = state.lastGood;
  try {
    const info = fs.info(path);
    if (info.kind !== "file") return { kind: "damaged", why: "it is not a file" };
    if (info.size === 0) return { kind: "damaged", why: "it is empty" };
    // If a promotion was killed, last-good can be the old or the new snapshot.
    const candidates = [state.record.lastGood, state.record.incoming].filter((s) => s !== undefined);
    const program = inspectProgram(state.ports, path, state.exe);
    // Last-good would replace another program, so it counts as startable only if that could be checked.
    const startable = program.condition === "startable" && program.unsure !== true;
    if (candidates.length === 0) return { kind: "intact", snapshot: undefined, startable };
    const stamped = candidates.find((candidate) => candidate.stamp === info.stamp);
    if (stamped !== undefined) return { kind: "intact", snapshot: stamped, startable };
    const sized = candidates.filter((candidate) => candidate.size === info.size);
    if (sized.length === 0) return { kind: "damaged", why: `its size, ${info.size} bytes, is not that of its record` };
    const digest = options.quick === true ? undefined : fs.digest(path);
    const match = sized.find((candidate) => digest === undefined || candidate.digest === digest);
    if (match === undefined) return { kind: "damaged", why: "its sha256 is not that of its record" };
    return { kind: "intact", snapshot: match, startable };
  } catch (error) {
    if (!(error instanceof FsError)) throw error;
    return error.code === "notFound" ? { kind: "none" } : { kind: "unreadable", why: error.message, error };
  }
}

/** How a snapshot is taken. */
export interface TakeOptions {
  readonly version: string;
  readonly digest: string;
  readonly proven: boolean;
  /** The number of the arming that this snapshot confirms. */
  readonly arming?: number | undefined;
  /** The program to take. */
  readonly source: string;
  /** The source is about to be replaced: keep a hard link to it instead of a copy. */
  readonly leaving?: boolean;
}

/**
 * Makes a program the last-good: it is copied, flushed and checked under a temporary name, then renamed. The previous
 * last-good, if it was confirmed, becomes a generation.
 *
 * @throws {FsError} It could not be taken; the previous last-good is unchanged.
 */
export function takeLastGood(state: State, options: TakeOptions): void {
  const temp = snapshotStagePath(state.exe);
  try {
    stageSnapshot(state, options, temp);
    promote(state, options, temp);
  } catch (error) {
    discard(state, temp);
    throw error;
  }
}

function stageSnapshot({ ports: { fs } }: State, { source, digest, leaving }: TakeOptions, temp: string): void {
  fs.remove(temp);
  const ownFile = leaving === true && fs.info(source).links === 1;
  if (!(ownFile && linked(fs, source, temp))) copyChecked(fs, source, temp, digest);
}

function promote(state: State, options: TakeOptions, temp: string): void {
  const { fs } = state.ports;
  const path = lastGoodPath(state.exe);
  const { version, digest, proven, arming } = options;
  const { size, stamp } = fs.info(temp);
  const snapshot = { version, digest, proven, arming, size, path, takenAt: state.now() };
  state.writeRecord({ ...state.record, incoming: { ...snapshot, stamp } });
  const kept = keepAsGeneration(state, digest);
  fs.rename(temp, path);
  fs.syncDirectory(directoryOf(path));
  const { incoming: _, ...record } = { ...state.record, generations: withFreshStamp(state, kept) };
  const stays = options.source === state.exe && options.leaving !== true;
  const live = stays ? { live: { digest, stamp: fs.info(state.exe).stamp } } : {};
  state.writeRecord({ ...record, ...live, lastGood: { ...snapshot, stamp: fs.info(path).stamp } });
}

/** Removes a temporary file. Never throws: the next command that needs the name removes the file, too. */
export function discard(state: State, temp: string): void {
  try {
    state.ports.fs.remove(temp);
  } catch { /* the file stays until then */ }
}

/** If a promotion was killed, finds out which snapshot last-good is, and corrects the record in memory. */
export function recoverPromotion(state: State): void {
  if (state.record.incoming === undefined) return;
  const check = checkLastGood(state);
  const { incoming, ...record } = state.record;
  const isIncoming = check.kind === "intact" && check.snapshot === incoming;
  state.record = isIncoming ? { ...record, lastGood: incoming } : record;
}

/**
 * Puts last-good back at the program's path: makes a hard link to it and renames that over the program. So mode, owner,
 * capabilities and labels stay, and a large program takes no longer. It is copied only where the file system has no
 * hard links. The program that was live is kept as `.rollback-bak`.
 *
 * @throws {FsError} It could not be put back; the file at the program's path is unchanged.
 */
export function restoreLastGood(state: State, digest: string | undefined): void {
  const { fs } = state.ports;
  const source = state.lastGood;
  const stage = stagePath(state.exe, "restore");
  keepBackup(state);
  try {
    if (!state.has(directoryOf(state.exe))) fs.makeDirectory(directoryOf(state.exe));
    fs.remove(stage);
    if (!linked(fs, source, stage)) copyChecked(fs, source, stage, digest ?? fs.digest(source));
    replaceProgram(state, stage);
  } catch (error) {
    discard(state, stage);
    throw error;
  }
  if (sharesLastGood(state)) unshareLastGood(state);
}

/**
 * Renames a complete program over the program's path. The path always holds a program, except between two renames on
 * Windows when the old program is running. After a kill at that point the next boot restores last-good.
 */
export function replaceProgram(state: State, stage: string): void {
  const { fs, host } = state.ports;
  try {
    fs.rename(stage, state.exe);
  } catch (error) {
    const running = error instanceof FsError && (error.code === "busy" || error.code === "denied");
    if (host.os !== "windows" || !running) throw error;
    replaceRunning(state, stage);
  }
  fs.syncDirectory(directoryOf(state.exe));
}

/** Windows cannot rename over a running program, so the running one is renamed first. */
function replaceRunning(state: State, stage: string): void {
  const { fs } = state.ports;
  const backup = freeBackupName(state);
  // If a virus scanner has the new file open, this first rename fails, while the program is still in its place.
  const ready = stagePath(state.exe, "ready");
  try {
    fs.rename(stage, ready);
    fs.rename(state.exe, backup);
    fs.rename(ready, state.exe);
  } catch (error) {
    if (!state.has(state.exe)) putBack(state, backup);
    discard(state, ready);
    throw error;
  }
}

/** Undoes the rename of the program. A hard link can be made even while another process has the file open. */
function putBack(state: State, backup: string): void {
  const { fs } = state.ports;
  if (linked(fs, backup, state.exe)) discard(state, backup);
  else fs.rename(backup, state.exe);
}

/** True when last-good and the program are hard links to one file. */
export function sharesLastGood(state: State): boolean {
  const { fs } = state.ports;
  try {
    return fs.info(state.exe).inode === fs.info(state.lastGood).inode;
  } catch (error) {
    if (error instanceof FsError && error.code === "notFound") return false;
    throw error;
  }
}

/**
 * Gives last-good its own file when it is a hard link to the program: an updater that overwrites the program in place
 * would destroy last-good, too. A generation with the same bytes is used if there is one; else last-good is copied,
 * a file above 64 MiB only with `anySize`.
 */
export function unshareLastGood(state: State, options: { anySize?: boolean } = {}): void {
  const { fs } = state.ports;
  const target = state.lastGood;
  const { lastGood } = state.record;
  const temp = sibling(target, "tmp");
  try {
    const info = fs.info(target);
    const digest = lastGood?.digest ?? fs.digest(target);
    const spare = findSpare(state, digest, info.inode);
    if (spare !== undefined) {
      fs.rename(spare.path, target);
    } else if (options.anySize === true || info.size <= COPY_AT_ONCE) {
      copyChecked(fs, target, temp, digest);
      fs.rename(temp, target);
    } else {
      return;
    }
    fs.syncDirectory(directoryOf(target));
    if (lastGood !== undefined) {
      state.writeRecord({
        ...state.record,
        lastGood: { ...lastGood, stamp: fs.info(target).stamp },
        live: { digest, stamp: fs.info(state.exe).stamp },
      });
    }
  } catch (error) {
    discard(state, temp);
    state.ports.log(
      "warn",
      `Cannot make ${target} a separate copy: ${(error as Error).message}; it is still a hard link to the program`,
    );
  }
}

/** Removes the programs that were rolled back, and temporary files of killed commands. Never throws. */
export function removeLeftovers(state: State): void {
  const ways = (["swap", "restore", "ready"] as const).map((way) => stagePath(state.exe, way));
  removeExisting(state, [...backupNames(state), ...ways, snapshotStagePath(state.exe)]);
}

/** Windows cannot remove a program that still runs: the next confirm tries again. */
function removeExisting(state: State, paths: readonly string[]): void {
  for (const path of paths) if (state.has(path)) discard(state, path);
}

/** Copies a program and checks the copy's sha256; removes a copy that differs. */
export function copyChecked(fs: Fs, from: string, to: string, digest: string, like?: string): void {
  fs.copy(from, to, like);
  if (fs.digest(to) === digest) return;
  fs.remove(to);
  throw new SentinelError(
    "mismatch",
    `The copy of ${from} differs from it: the copy was removed; check whether another process writes to ${from}`,
  );
}

/** Makes a hard link; false where the file system or the permissions do not allow one. */
function linked(fs: Fs, from: string, to: string): boolean {
  try {
    fs.link(from, to);
    return true;
  } catch {
    return false;
  }
}

function keepBackup(state: State): void {
  const { fs } = state.ports;
  const bak = state.rollbackBak;
  try {
    fs.remove(bak);
    if (!linked(fs, state.exe, bak)) fs.copy(state.exe, bak);
  } catch { /* the restore goes on without a backup of the bad build */ }
}

/** `.rollback-bak`, and numbered names for when Windows cannot remove it because the old program still runs. */
function backupNames({ rollbackBak }: State): string[] {
  return [rollbackBak, ...[1, 2, 3, 4, 5, 6, 7, 8, 9].map((n) => `${rollbackBak}.${n}`)];
}

function freeBackupName(state: State): string {
  removeExisting(state, backupNames(state));
  return backupNames(state).find((name) => !state.has(name)) ?? state.rollbackBak;
}
