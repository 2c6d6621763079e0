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

/** A file that is kept for a full disk. It takes the place of a state file that cannot be written otherwise. */
export function sparePath(dataDir: string): string {
  return fileIn(dataDir, ".boot-spare");
}

/** Where the members of kept builds lie. */
export function membersPath(dataDir: string): string {
  return fileIn(dataDir, ".boot-members");
}

/** A name for a member that is to be kept there. */
export function keptMemberName(): string {
  return crypto.randomUUID().slice(0, TAIL_LENGTH);
}

/** Whether a name is a {@link keptMemberName}. */
export function isKeptMemberName(name: string): boolean {
  return /^[0-9a-f]{8}$/.test(name);
}

const CONTROL = ".boot-control";

/** The socket of a supervisor: a name for each instance. */
export function controlPath(dataDir: string, instance: string | undefined): string {
  return fileIn(dataDir, instance === undefined ? CONTROL : `${CONTROL}.${encodeURIComponent(instance)}`);
}

/** Whether a name in the data directory is a {@link controlPath}. */
export function isControlName(name: string): boolean {
  return name === CONTROL || name.startsWith(`${CONTROL}.`);
}

/** The longest file name that Linux file systems accept, in bytes. */
const NAME_LIMIT = 255;

/** The state files. */
export interface StatePaths {
  readonly dir: string;
  readonly sentinel: string;
  readonly quarantine: string;
  readonly record: string;
  readonly crashes: string;
  readonly history: string;
  /** Held for milliseconds, while the state or the program is changed. */
  readonly lock: string;
  /** Held by a command that copies programs, from its begin to its end. */
  readonly workLock: string;
  /** Held by whoever puts a release beside the others, or removes some. */
  readonly releasesLock: string;
  /** Held by `deploy`, until its verdict. */
  readonly deployLock: string;
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
    crashes: `${beside}.boot-crashes.json`,
    history: `${beside}.boot-history.jsonl`,
    lock: `${beside}.boot-sentinel.lock`,
    workLock: `${beside}.boot-work.lock`,
    releasesLock: `${beside}.boot-releases.lock`,
    deployLock: `${beside}.boot-deploy.lock`,
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
  const tail = `~${hashOf(name)}.${suffix}`;
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

/** Where an older build is kept. */
export function generationPath(exe: string, digest: string): string {
  return sibling(exe, `gen-${digest.slice(0, 12)}`);
}

/**
 * The steps that prepare a file under a temporary name beside the program. `swap` and `last-good` are of commands that
 * hold the lock for such work, the others of whoever holds the state's lock.
 */
export const STEPS = ["swap", "last-good", "restore", "ready"] as const;

/** One of them. */
export type Step = typeof STEPS[number];

/** What makes a temporary name unique. */
const TAIL_LENGTH = 8;

/** A temporary path of a program that is about to be renamed, in use by nobody else. */
export function tempPath(exe: string, step: Step): string {
  return sibling(exe, `${step}-tmp-${crypto.randomUUID().slice(0, TAIL_LENGTH)}`);
}

/** Whether a name beside the program is a {@link tempPath}. */
export function isTempName(exe: string, name: string, steps: readonly Step[]): boolean {
  return steps.some((step) => {
    const sample = nameOf(sibling(exe, `${step}-tmp-${"0".repeat(TAIL_LENGTH)}`));
    return name.length === sample.length && name.startsWith(sample.slice(0, -TAIL_LENGTH));
  });
}

/** Whether a name beside the program is a {@link generationPath}. */
export function isGenerationName(exe: string, name: string): boolean {
  const sample = nameOf(generationPath(exe, "0".repeat(12)));
  return name.length === sample.length && name.startsWith(sample.slice(0, -12)) && /[0-9a-f]{12}$/.test(name);
}

/** Whether a name in the program's folder is that of the program, of a kept build, or of one that is about to be renamed. */
export function isBuildName(exe: string, name: string): boolean {
  const backup = nameOf(rollbackBakPath(exe));
  return name === nameOf(exe) || name === nameOf(lastGoodPath(exe)) || isGenerationName(exe, name) ||
    isTempName(exe, name, STEPS) || (name.startsWith(backup) && /^(\.\d+)?$/.test(name.slice(backup.length)));
}

/**
 * Whether the path of a kept build, from a state file, has the name of one: in the program's own folder that of the
 * program's last-good or of this generation.
 */
export function isKeptPath(exe: string, { path, digest }: { readonly path: string; readonly digest: string }): boolean {
  if (directoryOf(path) === directoryOf(exe)) return path === lastGoodPath(exe) || path === generationPath(exe, digest);
  return /\.(last-good|gen-[0-9a-f]{12})$/.test(nameOf(path));
}

/** A short hash (FNV-1a) to tell names apart: eight hexadecimal digits. */
export function hashOf(text: string): string {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash.toString(16).padStart(8, "0");
}

/**
 * True for an absolute path with `/` and without empty, `.` or `..` parts. Such a path is handled without the path
 * library, which takes longer than most steps of a boot. Windows paths always need the library.
 */
function isPlainPath(path: string): boolean {
  return path.startsWith("/") && !/\0|\/\.{0,2}(?:\/|$)/.test(path);
}
