/**
 * Writing the state files: what was written survives a power cut, and a write that fails leaves the old content.
 *
 * @module
 */
import { SentinelError } from "../errors.ts";
import { type Fs, FsError } from "../fs_port.ts";
import { showProblem } from "../problem.ts";
import { directoryOf, sibling, sparePath } from "./paths.ts";
import { replaceFile } from "./replace_file.ts";
import { SIZE_LIMIT, type StateRead } from "./state_files.ts";

/** Room for a sentinel with the last words of its boots, in bytes. */
const SPARE_SIZE = 16384;

/** The least that file systems give to a file, in bytes. */
const BLOCK = 4096;

/**
 * Replaces a state file atomically. On a full disk a spare file, which was made in better times, is written and renamed:
 * a counter that is never written would let a bad build crash without end. Where no name can be changed, the file is
 * overwritten in place. Only then can a power cut corrupt it; an error leaves the old content or puts it back.
 *
 * @throws {FsError} Nothing could be written; the old content is unchanged.
 */
export function writeState(fs: Fs, path: string, value: Record<string, unknown>): void {
  const bytes = padded(new TextEncoder().encode(JSON.stringify(value) + "\n"));
  if (bytes.length > SIZE_LIMIT) throw new FsError("other", "write", path, "it would be larger than 1 MiB");
  try {
    replaceFile(fs, path, bytes);
  } catch (error) {
    if (!renamedSpare(fs, path, bytes) && !overwritten(fs, path, bytes)) throw error;
  }
}

/**
 * Refuses to change a file that must not be changed.
 *
 * @throws {SentinelError} `untouchable`: the file is from a newer program, or must not be trusted.
 */
export function refuseUntouchable(path: string, read: StateRead<unknown>): void {
  if (read.kind !== "untouchable") return;
  throw new SentinelError(
    "untouchable",
    `Cannot change ${path}: ${showProblem({ text: read.why, advice: read.advice })}; it is left as it is`,
  );
}

/** Padded to whole blocks: on a full disk a text that grows a little still fits where it was. */
function padded(text: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(Math.ceil(text.length / BLOCK) * BLOCK).fill(0x20);
  bytes.set(text);
  return bytes;
}

/** Makes the spare file of a data directory, unless there is one. Never throws: it is only needed on a full disk. */
export function keepSpare(fs: Fs, dataDir: string): void {
  const spare = sparePath(dataDir);
  if (hasRoom(fs, spare)) return;
  try {
    fs.create(spare, new Uint8Array(SPARE_SIZE).fill(0x20));
  } catch { /* no room for it: then it is too late */ }
}

/** Removes a state file durably. On a full disk its room is kept: it becomes the spare file if there is none. */
export function removeState(fs: Fs, path: string): void {
  const directory = directoryOf(path);
  const spare = sparePath(directory);
  try {
    if (hasRoom(fs, spare)) fs.remove(path);
    else fs.rename(path, spare);
  } catch {
    fs.remove(path);
  }
  fs.syncDirectory(directory);
}

function hasRoom(fs: Fs, spare: string): boolean {
  try {
    return fs.info(spare).size > 0;
  } catch {
    return false; // it is missing
  }
}

/** The old file, which is replaced, becomes the next spare one. */
function renamedSpare(fs: Fs, path: string, bytes: Uint8Array): boolean {
  const directory = directoryOf(path);
  const spare = sparePath(directory);
  const old = oldOf(spare);
  try {
    if (!hasRoom(fs, spare)) fs.rename(leftBehind(fs, old), spare);
    fs.overwrite(spare, bytes);
    linkOld(fs, path, old);
    fs.rename(spare, path);
  } catch {
    return false;
  }
  try {
    fs.rename(old, spare);
  } catch {
    keepSpare(fs, directory);
  }
  fs.syncDirectory(directory);
  return true;
}

/** What a state file was before it was replaced by the spare one: it takes the place of that in a moment. */
function oldOf(spare: string): string {
  return sibling(spare, "old");
}

/** It, after a kill in that moment. Throws when it is still the state file itself. */
function leftBehind(fs: Fs, old: string): string {
  if (fs.info(old).links > 1) throw new FsError("exists", "use", old, "it is in use");
  return old;
}

function linkOld(fs: Fs, path: string, old: string): void {
  try {
    fs.remove(old);
    fs.link(path, old);
  } catch { /* a file that is new, or no hard links: there is no spare file until the next confirm */ }
}

function overwritten(fs: Fs, path: string, bytes: Uint8Array): boolean {
  try {
    fs.overwrite(path, bytes);
    return true;
  } catch {
    return false;
  }
}
