/** The calls that the file verbs are made of. @module */

/** What an inode says, as far as it matters here. */
export interface Stat {
  readonly kind: "file" | "directory" | "link" | "other";
  /** Permissions, with setuid, setgid and sticky. */
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

/** The calls. Each throws an `Error` whose `code` is the errno's name. */
export interface FileCalls {
  open(path: string, flags: number, mode?: number): number;
  close(fd: number): void;
  /** Fills a buffer as far as one call does. `position` null: from where the file stands. */
  read(fd: number, buffer: Uint8Array, position: number | null): number;
  /** Writes as many of the bytes as one call does. */
  write(fd: number, bytes: Uint8Array, position: number | null): number;
  fsync(fd: number): void;
  ftruncate(fd: number, size: number): void;
  fchmod(fd: number, mode: number): void;
  fchown(fd: number, uid: number, gid: number): void;
  fstat(fd: number): Stat;
  stat(path: string): Stat;
  /** The name itself, if it is a link; undefined when it is not there. */
  lstat(path: string): Stat | undefined;
  rename(from: string, to: string): void;
  unlink(path: string): void;
  /** True when the kernel lets this process execute the file. */
  mayExecute(path: string): boolean;
  readlink(path: string): string;
  realpath(path: string): string;
}

/**
 * Inode, size and times in one word: what tells one content of a path from the next. Deno rounds mtime to milliseconds
 * and ctime to seconds; the two together still move with every write that an updater makes.
 */
export function stampOf({ ino, size, mtimeNs, ctimeNs }: Pick<Stat, "ino" | "size" | "mtimeNs" | "ctimeNs">): string {
  return `${ino}:${size}:${mtimeNs}:${ctimeNs}`;
}
