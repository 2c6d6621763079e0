/**
 * Where things lie: the state files in the data directory and the names beside the program.
 *
 * @module
 */
import { basename } from "@std/path/basename.js";
import { dirname } from "@std/path/dirname.js";
import { join } from "@std/path/join.js";
import { resolve } from "@std/path/resolve.js";
import { RECORD_FILE, SENTINEL_FILE } from "./state_names.ts";

/** File systems take names of at most 255 bytes. */
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

/** A path as it is called from a directory. */
export function absolutePath(directory: string, path: string): string {
  // On Windows `/x` lacks its drive.
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

/** `<path>.<suffix>`; a name that would become too long is cut and told apart by a hash of the whole. */
export function sibling(path: string, suffix: string): string {
  const name = nameOf(path);
  const bytes = (text: string) => new TextEncoder().encode(text).length;
  if (bytes(name) + 1 + bytes(suffix) <= NAME_LIMIT) return `${path}.${suffix}`;
  const tail = `~${fnv1a(name)}.${suffix}`;
  let head = name;
  while (bytes(head) + bytes(tail) > NAME_LIMIT) head = [...head].slice(0, -1).join("");
  return join(directoryOf(path), head + tail);
}

/** The snapshot of the last good program. */
export function lastGoodPath(exe: string): string {
  return sibling(exe, "last-good");
}

/** Where a program that was rolled back is kept until the next confirm. */
export function rollbackBakPath(exe: string): string {
  return sibling(exe, "rollback-bak");
}

/** A program under way to its path. */
export function stagePath(exe: string, way: "swap" | "restore" | "ready"): string {
  return sibling(exe, `${way}-tmp`);
}

/** A snapshot under way to last-good. */
export function snapshotStagePath(exe: string): string {
  return sibling(lastGoodPath(exe), "tmp");
}

function fnv1a(text: string): string {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash.toString(16).padStart(8, "0");
}

/**
 * True of a path that needs no library: absolute and as short as it can be, with `/`. Nearly all of a boot's are such,
 * and what takes any path apart costs more than most of its steps. On Windows none is.
 */
function isPlainPath(path: string): boolean {
  if (!path.startsWith("/") || path.includes("\0")) return false;
  for (const segment of path.slice(1).split("/")) {
    if (segment === "" || segment === "." || segment === "..") return false;
  }
  return true;
}
