/** The system calls that the file operations are made of. @module */

/** The fields of `stat` that are used. */
export interface Stat {
  readonly kind: "file" | "directory" | "link" | "other";
  /** The permission bits, with setuid, setgid and sticky. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly nlink: number;
  readonly size: number;
  readonly dev: bigint;
  readonly ino: bigint;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
}

/** The calls. Each throws an `Error` whose `code` is the name of the errno. */
export interface FileCalls {
  open(path: string, flags: number, mode?: number): number;
  close(fd: number): void;
  /** Reads into a buffer, once; returns the number of bytes. `position` null: from the file's current offset on. */
  read(fd: number, buffer: Uint8Array, position: number | null): number;
  /** Writes bytes, once; returns how many were written. */
  write(fd: number, bytes: Uint8Array, position: number | null): number;
  fsync(fd: number): void;
  ftruncate(fd: number, size: number): void;
  fchmod(fd: number, mode: number): void;
  fchown(fd: number, uid: number, gid: number): void;
  fstat(fd: number): Stat;
  stat(path: string): Stat;
  /** Does not follow a link; `undefined` when nothing exists at the path. */
  lstat(path: string): Stat | undefined;
  rename(from: string, to: string): void;
  unlink(path: string): void;
  /** True when this process may execute the file. */
  mayExecute(path: string): boolean;
  readlink(path: string): string;
  realpath(path: string): string;
}

/**
 * Inode, size and times as one string, which changes when the content changes. Deno rounds mtime to milliseconds and
 * ctime to seconds; together they still change at every update.
 */
export function stampOf({ ino, size, mtimeNs, ctimeNs }: Pick<Stat, "ino" | "size" | "mtimeNs" | "ctimeNs">): string {
  return `${ino}:${size}:${mtimeNs}:${ctimeNs}`;
}

/** Whether two looks at a file have seen the same: what {@link stampOf} is made of. */
export function isUnchanged(one: Stat, other: Stat): boolean {
  return one.ino === other.ino && one.size === other.size && one.mtimeNs === other.mtimeNs &&
    one.ctimeNs === other.ctimeNs;
}

/** Device, inode, size and mtime as one string. */
export function identityOf({ dev, ino, size, mtimeNs }: Pick<Stat, "dev" | "ino" | "size" | "mtimeNs">): string {
  return `${dev}:${ino}:${size}:${mtimeNs}`;
}

// The kernel stamps with the time of its last tick, which is 1 to 10 ms old.
const TICK_MS = 20;
// ext4 with small inodes and some network file systems have whole seconds; FAT has two.
const COARSE_TICK_MS = 2000;

/**
 * False while another write could leave the same mtime and ctime. A write sets both to now, so one of them is enough,
 * unless times are so coarse that a program can well set the mtime back meanwhile.
 */
export function isSettled({ mtimeNs, ctimeNs }: Pick<Stat, "mtimeNs" | "ctimeNs">, now = Date.now()): boolean {
  const second = 1_000_000_000n;
  const isOlder = (ns: bigint, ms: number) => now - Number(ns / 1_000_000n) >= ms;
  if (ctimeNs % second === 0n) {
    // Rounded, by the file system or by Deno, which leaves the mtime its milliseconds.
    return isOlder(ctimeNs, COARSE_TICK_MS) || (mtimeNs % second !== 0n && isOlder(mtimeNs, TICK_MS));
  }
  return isOlder(ctimeNs, TICK_MS) || isOlder(mtimeNs, TICK_MS);
}
