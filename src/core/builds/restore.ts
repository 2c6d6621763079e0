/**
 * Putting a kept build back at the program's path, and what to start when that is not possible.
 *
 * @module
 */
import { awaitsData } from "../data/put_data_back.ts";
import { findQuarantinedBytes } from "../state/quarantine.ts";
import { directoryOf, lastGoodPath, tempPath } from "../state/paths.ts";
import { type FileInfo, FsError } from "../ports.ts";
import type { Snapshot } from "../state/schemas.ts";
import type { State } from "../state/state.ts";
import { findSpare, generations } from "./generations.ts";
import { readWhole, stampOfSame } from "./identity.ts";
import { isSurelyStartable } from "./live.ts";
import { checkLastGood, isToBeRead, sharesLastGood, unshareLastGood } from "./last_good.ts";
import { copyChecked, discard, linked } from "./snapshot.ts";

/** A kept build that can be put back: its bytes were checked. */
export interface Restorable {
  readonly path: string;
  /** `undefined`: the reference implementation made it, and there is no record of it. */
  readonly snapshot: Snapshot | undefined;
  /** This machine can start it. */
  readonly startable: boolean;
}

/**
 * The build to put back: last-good, or, when that is lost, damaged or cannot be started here, the newest generation
 * that is whole. Each file is read once; with `quick` none is, and one of the recorded size is taken for whole.
 */
export function findRestorable(state: State, reading: "whole" | "quick" = "whole"): Restorable | undefined {
  const check = checkLastGood(state, reading);
  const lastGood = check.kind === "intact"
    ? { path: state.lastGood, snapshot: check.snapshot, startable: check.startable }
    : undefined;
  if (lastGood?.startable === true) return lastGood;
  const older = generations(state).flatMap((snapshot) => restorableGeneration(state, snapshot, reading));
  return older.find(({ startable }) => startable) ?? lastGood ?? older[0];
}

function restorableGeneration(state: State, snapshot: Snapshot, reading: "whole" | "quick"): Restorable[] {
  const { path, digest } = snapshot;
  try {
    const info = state.ports.fs.info(path);
    if (info.kind !== "file" || info.size !== snapshot.size || !snapshot.proven) return [];
    const isKnown = reading === "quick" ||
      (snapshot.stamp === info.stamp && !isToBeRead(state, snapshot, info, "whole"));
    if (!isKnown && readWhole(state, path).digest !== digest) return [];
    if (findQuarantinedBytes(state, digest) !== undefined) return [];
    return [{ path, snapshot, startable: isSurelyStartable(state, path) }];
  } catch (error) {
    if (error instanceof FsError) return []; // it cannot be read: it cannot be put back either
    throw error;
  }
}

/**
 * Puts a kept build back at the program's path: makes a hard link to it and renames that over the program. So mode,
 * owner, capabilities and labels stay, and a large program takes no longer. It is copied where the file system has no
 * hard links; where there is no room for either, the kept file itself is moved. The program that was live is kept as
 * `.rollback-bak`, if that is possible.
 *
 * @returns The file that was put at the program's path.
 * @throws {FsError} It could not be put back; the file at the program's path is unchanged.
 */
export function restoreBuild(state: State, build: Restorable): FileInfo {
  keepBackup(state);
  const directory = directoryOf(state.exe);
  if (!state.has(directory)) state.ports.fs.makeDirectory(directory);
  const file = putInPlace(state, build);
  if (build.snapshot !== undefined && build.path !== state.lastGood) makeLastGood(state, build.snapshot);
  if (sharesLastGood(state)) unshareLastGood(state);
  return file;
}

function putInPlace(state: State, build: Restorable): FileInfo {
  const { fs } = state.ports;
  const source = build.path;
  const stage = tempPath(state.exe, "restore");
  try {
    if (!linked(fs, source, stage)) copyChecked(fs, source, stage, build.snapshot?.digest ?? fs.digest(source));
    const file = fs.info(stage);
    replaceProgram(state, stage);
    return file;
  } catch (error) {
    discard(state, stage);
    if (!isOutOfRoom(error)) throw error;
    return moveInPlace(state, build);
  }
}

/** A rename needs neither blocks nor an inode. A second file with the same bytes is moved rather than the only one. */
function moveInPlace(state: State, build: Restorable): FileInfo {
  const { fs } = state.ports;
  const info = fs.info(build.path);
  const spare = build.snapshot === undefined ? undefined : findSpare(state, build.snapshot.digest, info.inode);
  const path = spare?.path ?? build.path;
  const file = spare === undefined ? info : fs.info(path);
  replaceProgram(state, path);
  state.ports.log(
    "warn",
    `There is no room for a copy: ${path} itself was moved to ${state.exe}; free some space, then: boot-sentinel confirm`,
  );
  return file;
}

/** Where hard links need an inode each, or there are none, the disk can be too full for a second file. */
function isOutOfRoom(error: unknown): boolean {
  return error instanceof FsError && ["noSpace", "other"].includes(error.code);
}

/**
 * Last-good could not be used, and an older build is live: it becomes last-good. When it cannot get that name, it is
 * last-good from where it lies.
 */
function makeLastGood(state: State, snapshot: Snapshot): void {
  const { fs } = state.ports;
  const target = lastGoodPath(state.exe);
  let path = state.has(snapshot.path) ? snapshot.path : target;
  let stamp = snapshot.stamp;
  const temp = tempPath(state.exe, "ready");
  try {
    const info = fs.info(snapshot.path);
    fs.rename(linked(fs, snapshot.path, temp) ? temp : snapshot.path, target);
    fs.syncDirectory(directoryOf(target));
    path = target;
    stamp = stampOfSame(state, target, info);
  } catch {
    discard(state, temp);
  }
  state.ports.log("warn", `Last-good could not be used: the older build ${snapshot.version} takes its place`);
  const older = (state.record.generations ?? []).filter((kept) => kept !== snapshot || state.has(kept.path));
  const lastGood = { ...snapshot, path, stamp };
  const generations = older.filter((kept) => kept.path !== path);
  try {
    state.writeRecord({ ...state.record, lastGood, generations });
  } catch (error) {
    if (!(error instanceof FsError)) throw error;
    state.record = { ...state.record, lastGood, generations };
    state.ports.log("warn", `${error.message}; the next boot reads the files instead`);
  }
}

/**
 * Renames a complete program over the program's path. The path always holds a program, except between two renames on
 * Windows when the old program is running. After a kill at that point the next boot restores last-good.
 *
 * @throws {FsError} It was not replaced. A failed flush after the rename is told only: nothing may be undone then.
 */
export function replaceProgram(state: State, stage: string): void {
  const { fs, host, log } = state.ports;
  try {
    fs.rename(stage, state.exe);
  } catch (error) {
    const running = error instanceof FsError && (error.code === "busy" || error.code === "denied");
    if (host.os !== "windows" || !running) throw error;
    replaceRunning(state, stage);
  }
  try {
    fs.syncDirectory(directoryOf(state.exe));
  } catch (error) {
    if (!(error instanceof FsError)) throw error;
    log("warn", `${error.message}; ${state.exe} is replaced, but a power cut can undo that; see what the disk reports`);
  }
}

/** Windows cannot rename over a running program, so the running one is renamed first. */
function replaceRunning(state: State, stage: string): void {
  const { fs } = state.ports;
  const backup = freeBackupName(state);
  // If a virus scanner has the new file open, this first rename fails, while the program is still in its place.
  const ready = tempPath(state.exe, "ready");
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

/** Removes the programs that were rolled back. Never throws: Windows cannot remove a program that still runs. */
export function removeBackups(state: State): void {
  for (const path of backupNames(state)) if (state.has(path)) discard(state, path);
}

function keepBackup(state: State): void {
  const { fs } = state.ports;
  const bak = state.rollbackBak;
  try {
    fs.remove(bak);
    if (!linked(fs, state.exe, bak)) fs.copy(state.exe, bak);
  } catch { /* the restore goes on without a backup of the bad build */ }
}

/** How many programs can run under backup names at once on Windows. */
const BACKUPS = 100;

/** `.rollback-bak`, and numbered names for when Windows cannot remove it because the old program still runs. */
function backupNames({ rollbackBak }: State): string[] {
  return [rollbackBak, ...Array.from({ length: BACKUPS - 1 }, (_, n) => `${rollbackBak}.${n + 1}`)];
}

function freeBackupName(state: State): string {
  removeBackups(state);
  return backupNames(state).find((name) => !state.has(name)) ?? state.rollbackBak;
}

/**
 * The last resort when the program cannot be started and nothing can be put back: a kept build that can be started from
 * where it lies. Never throws.
 */
export function standInFor(state: State): string | undefined {
  try {
    const found = findRestorable(state);
    return canStandIn(state, found) ? found.path : undefined;
  } catch {
    return undefined;
  }
}

/** Whether a kept build can be started from where it lies, by whoever judges the boot. */
export function canStandIn(state: State, build: Restorable | undefined): build is Restorable {
  const { subject } = state;
  // An older program must not work with newer data.
  return build?.startable === true && !awaitsData(state) && subject.isStarted !== false && subject.isBeside !== true;
}
