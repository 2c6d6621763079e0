/**
 * The snapshot of the last good program: take it, check it, put it back.
 *
 * @module
 */
import { SentinelError } from "../errors.ts";
import { keepAsGeneration, restamped, spareOf } from "./generations.ts";
import { inspectProgram } from "./live.ts";
import { directoryOf, lastGoodPath, sibling, snapshotStagePath, stagePath } from "../state/paths.ts";
import { type Fs, FsError } from "../ports.ts";
import type { Snapshot } from "../state/schemas.ts";
import type { State } from "../state/state.ts";

/** Up to this many bytes a shared snapshot is given its own file at once; a larger one when there is time. */
const COPY_AT_ONCE = 64 << 20;

/** What is known of last-good. */
export type LastGoodCheck =
  | { readonly kind: "none" }
  | { readonly kind: "damaged"; readonly why: string }
  /** It may be whole: reading it failed. */
  | { readonly kind: "unreadable"; readonly why: string; readonly error: FsError }
  /** Whole: its bytes are those of the record, or it is the seed's, of which there is no record. */
  | { readonly kind: "intact"; readonly snapshot: Snapshot | undefined; readonly startable: boolean };

/**
 * Checks last-good. Its bytes are read only when inode, size, mtime or ctime are not those under which they were
 * hashed; with `quick` they are not read at all.
 */
export function checkLastGood(state: State, options: { quick?: boolean } = {}): LastGoodCheck {
  const { fs } = state.ports;
  const path = state.lastGood;
  try {
    const info = fs.info(path);
    if (info.kind !== "file") return { kind: "damaged", why: "it is not a file" };
    if (info.size === 0) return { kind: "damaged", why: "it is empty" };
    // After a kill in the middle of a promotion the file is one or the other.
    const candidates = [state.record.lastGood, state.record.incoming].filter((s) => s !== undefined);
    const program = inspectProgram(state.ports, path, state.exe);
    // What is put in another's place gets no benefit of the doubt.
    const startable = program.condition === "startable" && program.unsure !== true;
    if (candidates.length === 0) return { kind: "intact", snapshot: undefined, startable };
    const stamped = candidates.find((candidate) => candidate.stamp === info.stamp);
    if (stamped !== undefined) return { kind: "intact", snapshot: stamped, startable };
    const sized = candidates.filter((candidate) => candidate.size === info.size);
    if (sized.length === 0) return { kind: "damaged", why: `it has ${info.size} bytes, not those of its record` };
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
  /** The sentinel that this confirms. */
  readonly arming?: number | undefined;
  /** The program to take. */
  readonly source: string;
  /** The source is about to lose its name to another file: keep the file itself instead of a copy. */
  readonly leaving?: boolean;
}

/**
 * Makes a program the last-good: complete, flushed and checked beside it, then moved into place. An older proven
 * last-good of other bytes becomes a generation.
 *
 * @throws {FsError} It could not be taken; the older last-good is untouched.
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
  const { incoming: _, ...record } = { ...state.record, generations: restamped(state, kept) };
  const stays = options.source === state.exe && options.leaving !== true;
  const live = stays ? { live: { digest, stamp: fs.info(state.exe).stamp } } : {};
  state.writeRecord({ ...record, ...live, lastGood: { ...snapshot, stamp: fs.info(path).stamp } });
}

/** Removes a temporary file. Never throws: the next command that needs the name removes it, too. */
export function discard(state: State, temp: string): void {
  try {
    state.ports.fs.remove(temp);
  } catch { /* it stays */ }
}

/** Finds out which snapshot last-good is when a promotion was cut short, and corrects the record in memory. */
export function recoverPromotion(state: State): void {
  if (state.record.incoming === undefined) return;
  const check = checkLastGood(state);
  const { incoming, ...record } = state.record;
  const arrived = check.kind === "intact" && check.snapshot === incoming;
  state.record = arrived ? { ...record, lastGood: incoming } : record;
}

/**
 * Puts last-good back at the program's path: a second name for the snapshot, moved over the program. Nothing is copied
 * where the file system has hard links, so mode, owner, capabilities and labels stay, and size does not matter. The
 * program that was live is kept as `.rollback-bak`.
 *
 * @throws {FsError} It could not be put back; the program's path holds what it held.
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
 * Moves a complete program over the path. Never leaves the path empty, except for the instant that Windows needs to
 * move a running program aside; a kill within it is healed by the next boot.
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

/** Windows cannot rename over a running program, so it is moved aside first. */
function replaceRunning(state: State, stage: string): void {
  const { fs } = state.ports;
  const backup = freeBackupName(state);
  // Moved once on trial: a stage that somebody holds (a virus scanner) is noticed while the path is not empty yet.
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

/** A second name will do where the file cannot be moved: somebody holds it. */
function putBack(state: State, backup: string): void {
  const { fs } = state.ports;
  if (linked(fs, backup, state.exe)) discard(state, backup);
  else fs.rename(backup, state.exe);
}

/** True when last-good and the program are both there, and two names of one file. */
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
 * Gives last-good its own file when it shares one with the program, which someone may write to in place. A spare copy
 * among the generations does it for nothing; otherwise it is copied, large ones only with `whatever`.
 */
export function unshareLastGood(state: State, options: { whatever?: boolean } = {}): void {
  const { fs } = state.ports;
  const target = state.lastGood;
  const { lastGood } = state.record;
  const temp = sibling(target, "tmp");
  try {
    const info = fs.info(target);
    const digest = lastGood?.digest ?? fs.digest(target);
    const spare = spareOf(state, digest, info.inode);
    if (spare !== undefined) {
      fs.rename(spare.path, target);
    } else if (options.whatever === true || info.size <= COPY_AT_ONCE) {
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
    state.ports.log("warn", `Cannot give ${target} a file of its own: ${(error as Error).message}`);
  }
}

/** Removes the programs that were rolled back, and what a killed command left half-made. Never throws. */
export function dropLeftovers(state: State): void {
  const ways = (["swap", "restore", "ready"] as const).map((way) => stagePath(state.exe, way));
  removeThose(state, [...backupNames(state), ...ways, snapshotStagePath(state.exe)]);
}

/** Windows cannot remove a program that still runs: the next confirm tries again. */
function removeThose(state: State, paths: readonly string[]): void {
  for (const path of paths) if (state.has(path)) discard(state, path);
}

/** Copies a program and proves the copy; leaves nothing behind when they differ. */
export function copyChecked(fs: Fs, from: string, to: string, digest: string, like?: string): void {
  fs.copy(from, to, like);
  if (fs.digest(to) === digest) return;
  fs.remove(to);
  throw new SentinelError(
    "mismatch",
    `The copy of ${from} differs from it: it was removed; is the file being written?`,
  );
}

/** A second name, where the file system and the rights allow one. */
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
  } catch { /* the restore matters more than a backup of the bad build */ }
}

/** `.rollback-bak`, then numbered ones for while a foreign handle holds it. */
function backupNames({ rollbackBak }: State): string[] {
  return [rollbackBak, ...[1, 2, 3, 4, 5, 6, 7, 8, 9].map((n) => `${rollbackBak}.${n}`)];
}

function freeBackupName(state: State): string {
  removeThose(state, backupNames(state));
  return backupNames(state).find((name) => !state.has(name)) ?? state.rollbackBak;
}
