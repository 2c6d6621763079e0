/**
 * The file system as the core asks for it, and what its verbs promise.
 *
 * @module
 */

/** Why a file operation failed. The adapters translate every errno and Win32 code into one of these, once. */
export type FsFault =
  | "notFound"
  | "exists"
  | "denied"
  | "busy"
  | "noSpace"
  | "readOnly"
  | "crossDevice"
  | "unsupported"
  | "other";

/**
 * A failed file operation, in the closed set of {@link FsFault}; the runtime's own error is the `cause`.
 *
 * @example Branch on the code
 * ```ts
 * import { FsError, memoryFs } from "@boot-sentinel/boot-sentinel/testing";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const fs = memoryFs();
 *
 * const error = assertThrows(() => fs.info("/none"), FsError);
 * assertEquals(error.code, "notFound");
 * ```
 */
export class FsError extends Error {
  /** The class's name. */
  override readonly name = "FsError";
  /** What went wrong. */
  readonly code: FsFault;
  /** The path that the operation was about. */
  readonly path: string;

  /** Makes the error of an operation (`verb`) on a path. */
  constructor(code: FsFault, verb: string, path: string, cause?: unknown) {
    super(`Cannot ${verb} ${path}: ${faultText(code, cause)}`, { cause });
    this.code = code;
    this.path = path;
  }
}

function faultText(code: FsFault, cause: unknown): string {
  const texts: Record<FsFault, string> = {
    notFound: "it does not exist",
    exists: "it exists already",
    denied: "permission denied",
    busy: "another program holds it",
    noSpace: "no space left",
    readOnly: "the file system is read-only",
    crossDevice: "it is on another file system",
    unsupported: "the file system cannot do that",
    other: cause instanceof Error ? cause.message : "the operation failed",
  };
  return texts[code];
}

/** What a file is, as far as the core needs to know. */
export interface FileInfo {
  /** The path itself is a symbolic link. All else is said of what it leads to. */
  readonly link: boolean;
  /** Only files are programs; `other` is a device, pipe or socket. */
  readonly kind: "file" | "directory" | "other";
  /** Bytes. */
  readonly size: number;
  /** Tells two names of one file from two files. */
  readonly inode: string;
  /** Names that this file has. */
  readonly links: number;
  /** Permission bits. */
  readonly mode: number;
  /**
   * Inode, size, mtime and ctime (nanoseconds) in one word: while it stays the same, the bytes are those that were
   * hashed. Renaming or linking a file changes it (ctime), the bytes stay.
   */
  readonly stamp: string;
}

/**
 * The file verbs that the core calls, and no other. All are synchronous: the gate runs before anything else does.
 * Every verb throws {@link FsError} and nothing else.
 *
 * @example A file system that tells of every rename
 * ```ts
 * import { type Fs, memoryFs } from "@boot-sentinel/boot-sentinel/testing";
 * import { assertEquals } from "@std/assert";
 *
 * const disk = memoryFs();
 * disk.put("/a", "text");
 * const told: string[] = [];
 * const fs: Fs = Object.assign(Object.create(disk), {
 *   rename(from: string, to: string) {
 *     told.push(`${from} -> ${to}`);
 *     disk.rename(from, to);
 *   },
 * });
 * fs.rename("/a", "/b");
 * assertEquals(told, ["/a -> /b"]);
 * ```
 */
export interface Fs {
  /** Facts about the file behind `path`, links followed. Throws `notFound`, also for a dangling link. */
  info(path: string): FileInfo;
  /** The path with every symbolic link followed; a last part that does not exist (yet) is kept as it stands. */
  resolve(path: string): string;
  /** At most the first `limit` bytes. */
  read(path: string, limit: number): Uint8Array;
  /** Lower-case hex sha256 of the whole content. */
  digest(path: string): string;
  /** True when the file may be executed by this process (always true on Windows). */
  executable(path: string): boolean;
  /** The names in a directory, sorted. */
  list(path: string): string[];
  /**
   * Writes a new file (owned by the directory's owner when we may give it away) and flushes its bytes; what stood at
   * `path` before is removed first. The *name* is durable only after {@link Fs.syncDirectory}.
   *
   * @param mode Permission bits. @default 0o600
   */
  create(path: string, bytes: Uint8Array, mode?: number): void;
  /**
   * Writes over the bytes of an existing file without giving up its blocks first, then flushes: works on a full
   * disk. A power cut in the middle can tear it, so this is the second choice after create + rename.
   */
  overwrite(path: string, bytes: Uint8Array): void;
  /** Adds a line to a file, making it when it is missing; ends a torn last line first. Not flushed: for history only. */
  append(path: string, line: string): void;
  /**
   * Copies to a new file (its own inode; shared blocks where the file system can reflink) and flushes the bytes.
   * Mode, owner and extended attributes come from `like` (default: `from`), the times from `from`. Checks the free
   * space first and throws `noSpace` before it writes; leaves nothing behind when it fails. What stood at `to` is removed first.
   */
  copy(from: string, to: string, like?: string): void;
  /** A second name for the same file. Throws `exists`, `crossDevice`, `unsupported`. */
  link(from: string, to: string): void;
  /**
   * Moves a file over another, atomically: whoever looks sees the old or the new one. On Windows a running program
   * cannot be moved over (`busy` or `denied`), but can itself be moved. Durable only after {@link Fs.syncDirectory}
   * (Windows: written through).
   */
  rename(from: string, to: string): void;
  /** Removes a file; one that is missing is no error. */
  remove(path: string): void;
  /** Makes a directory and its parents; one that exists is no error. */
  makeDirectory(path: string): void;
  /** Removes a directory that is empty; one that is missing or holds something is no error. */
  removeDirectory(path: string): void;
  /** Makes the names in a directory durable. Nothing to do on Windows. */
  syncDirectory(path: string): void;
}
