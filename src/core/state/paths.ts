/**
 * The paths of the state files in the data directory, and of the files beside the program.
 *
 * @module
 */
import { basename } from "@std/path/basename.js";
import { dirname } from "@std/path/dirname.js";
import { join } from "@std/path/join.js";
import { resolve } from "@std/path/resolve.js";

/** The sentinel: the armed build and its attempts. */
export const SENTINEL_FILE = ".boot-sentinel.json";

/** The record of the program's builds. */
export const RECORD_FILE = ".boot-record.json";

/** The longest file name that Linux file systems accept, in bytes. */
const NAME_LIMIT = 255;

/** The state files. */
export interface StatePaths {
  readonly dir: string;
  readonly sentinel: string;
  readonly quarantine: string;
  readonly record: string;
  readonly history: string;
  readonly lock: string;
  readonly watcher: string;
  readonly watcherLock: string;
}

/** The state files of a data directory. */
export function statePaths(dataDir: string): StatePaths {
  const sentinel = fileIn(dataDir, SENTINEL_FILE);
  const beside = sentinel.slice(0, -SENTINEL_FILE.length);
  return {
    dir: dataDir,
    sentinel,
    quarantine: `${beside}.boot-quarantine.json`,
    record: beside + RECORD_FILE,
    history: `${beside}.boot-history.jsonl`,
    lock: `${beside}.boot-sentinel.lock`,
    watcher: `${beside}.boot-watcher.json`,
    watcherLock: `${beside}.boot-watcher.lock`,
  };
}

/** A file in a directory. */
export function fileIn(directory: string, name: string): string {
  return isPlainPath(directory) ? `${directory}/${name}` : join(directory, name);
}

/** An absolute path; a relative one is resolved against `directory`. */
export function absolutePath(directory: string, path: string): string {
  // On Windows `/x` has no drive letter yet, and `directory` has one.
  return isPlainPath(path) && directory.startsWith("/") ? path : resolve(directory, path);
}

/** The directory that holds a file. */
export function directoryOf(path: string): string {
  return isPlainPath(path) ? path.slice(0, path.lastIndexOf("/")) || "/" : dirname(path);
}

/** The name of a file without its directory. */
export function nameOf(path: string): string {
  return isPlainPath(path) ? path.slice(path.lastIndexOf("/") + 1) : basename(path);
}

/** `<path>.<suffix>`. A name that would be too long is cut, and a hash of the full name keeps it unique. */
export function sibling(path: string, suffix: string): string {
  const name = nameOf(path);
  const bytes = (text: string) => new TextEncoder().encode(text).length;
  if (bytes(name) + 1 + bytes(suffix) <= NAME_LIMIT) return `${path}.${suffix}`;
  const tail = `~${fnv1a(name)}.${suffix}`;
  let head = name;
  while (bytes(head) + bytes(tail) > NAME_LIMIT) head = [...head].slice(0, -1).join("");
  return join(directoryOf(path), head + tail);
}

/** The path of last-good. */
export function lastGoodPath(exe: string): string {
  return sibling(exe, "last-good");
}

/** Where a program that was rolled back is kept until the next confirm. */
export function rollbackBakPath(exe: string): string {
  return sibling(exe, "rollback-bak");
}

/** The temporary path of a program that is about to be renamed to the program's path. */
export function stagePath(exe: string, step: "swap" | "restore" | "ready"): string {
  return sibling(exe, `${step}-tmp`);
}

/** The temporary path of a snapshot that is about to be renamed to last-good. */
export function snapshotStagePath(exe: string): string {
  return sibling(lastGoodPath(exe), "tmp");
}

function fnv1a(text: string): string {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash.toString(16).padStart(8, "0");
}

/**
 * True for an absolute path with `/` and without empty, `.` or `..` parts. Such a path is handled without the path
 * library, which takes longer than most steps of a boot. Windows paths always need the library.
 */
function isPlainPath(path: string): boolean {
  if (!path.startsWith("/") || path.includes("\0")) return false;
  for (const segment of path.slice(1).split("/")) {
    if (segment === "" || segment === "." || segment === "..") return false;
  }
  return true;
}
