/** The file system interface of the core, and what each operation guarantees. @module */

/** Why a file operation failed. The adapters in `src/system` translate every errno and Win32 code into one of these. */
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
 * A failed file operation. `code` is one of {@link FsFault}; `cause` is the runtime's own error.
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
  /** The path that the operation was called with. */
  readonly path: string;

  /** Makes the error of an operation (`verb`) on a path. `cause`: the system's error, or the reason in words. */
  constructor(code: FsFault, verb: string, path: string, cause?: unknown) {
    super(`Cannot ${verb} ${path}: ${faultText(code, cause)}`, { cause });
    this.code = code;
    this.path = path;
  }
}

function faultText(code: FsFault, cause: unknown): string {
  const texts: Record<FsFault, string> = {
    notFound: "it does not exist",
    exists: "it already exists",
    denied: "permission denied",
    busy: "it is in use by another program, or mounted",
    noSpace: "no space left",
    readOnly: "the file system is read-only",
    crossDevice: "it is on another file system",
    unsupported: "the file system does not support this operation",
    other: cause instanceof Error ? cause.message : "the operation failed",
  };
  return typeof cause === "string" ? cause : texts[code];
}

/** Facts about a file: what the core needs of `stat`. */
export interface FileInfo {
  /** The path itself is a symbolic link. All other fields describe the link's target. */
  readonly link: boolean;
  /** `other` is a device, pipe or socket. */
  readonly kind: "file" | "directory" | "other";
  /** Size in bytes. */
  readonly size: number;
  /** Device and inode number: hard links to one file share it. A directory's also has the time when it was made. */
  readonly inode: string;
  /** Number of hard links. */
  readonly links: number;
  /** Permission bits. */
  readonly mode: number;
  /** The numbers of its user and group. @default unknown, as on Windows */
  readonly owner?: string;
  /**
   * Inode, size, mtime and ctime (nanoseconds) in one string. While it is unchanged, the content is unchanged, so a
   * sha256 need not be computed again. A rename or a new hard link changes it (ctime), but not the content.
   */
  readonly stamp: string;
  /** The same without the ctime: it stays the same when the file gets or loses a name. */
  readonly identity: string;
  /**
   * False while the file is so young that another write could leave the same stamp: file systems round their times.
   * Such a stamp must not be recorded.
   */
  readonly settled: boolean;
  /** True when root, the owner of its directory, or the user of this process owns it (always true on Windows). */
  readonly trusted: boolean;
  /** The content can change under the same stamp: it is that of a directory. @default false */
  readonly shallow?: boolean;
}

/** A file's content, and the file that has it: both of one descriptor. */
export interface Fingerprint {
  /** Lower-case hex sha256 of the whole content. */
  readonly digest: string;
  /** The file, unchanged while it was read. */
  readonly info: FileInfo;
}

/** A copy of a file. */
export interface Copied {
  /** Lower-case hex sha256 of what reached the copy. */
  readonly digest: string;
  /** The file that was copied, unchanged meanwhile. */
  readonly source: FileInfo;
  /** The copy, complete and flushed. */
  readonly copy: FileInfo;
}

/**
 * One name in a directory; links are not followed.
 *
 * @example The links of a directory
 * ```ts
 * import { memoryFs } from "@boot-sentinel/boot-sentinel/testing";
 * import { assertEquals } from "@std/assert";
 *
 * const fs = memoryFs();
 * fs.put("/opt/app/releases/1/main.js", "");
 * fs.symlink("releases/1", "/opt/app/current");
 * const links = fs.entries("/opt/app").filter(({ kind }) => kind === "link");
 * assertEquals(links.map(({ name, target }) => `${name} -> ${target}`), ["current -> releases/1"]);
 * ```
 */
export interface TreeEntry {
  /** Its name in the directory. */
  readonly name: string;
  /** What it is. */
  readonly kind: "file" | "directory" | "link" | "other";
  /** Permission bits, with setuid, setgid and sticky. */
  readonly mode: number;
  /** Size in bytes. */
  readonly size: number;
  /** Device and inode number. */
  readonly inode: string;
  /** Number of hard links. */
  readonly links: number;
  /** Inode, size, mtime and ctime. */
  readonly stamp: string;
  /** Of a link: where it leads, as it is written in it. */
  readonly target?: string | undefined;
}

/**
 * What a directory and everything below it is.
 *
 * @example The digest of a release
 * ```ts
 * import { memoryFs } from "@boot-sentinel/boot-sentinel/testing";
 * import { assertEquals } from "@std/assert";
 *
 * const fs = memoryFs();
 * fs.put("/releases/1/main.js", "one");
 * fs.put("/releases/2/main.js", "one");
 * const [one, two] = ["/releases/1", "/releases/2"].map((root) => fs.tree(root, 10));
 * assertEquals([one?.files, one?.bytes, one?.digest === two?.digest], [1, 3, true]);
 * ```
 */
export interface Tree {
  /** Lower-case hex sha256 of the manifest. */
  readonly digest: string;
  /** What there is, a line each, as documented for the option `--manifest`. */
  readonly manifest: string;
  /** The number of files. */
  readonly files: number;
  /** The sizes of all files. */
  readonly bytes: number;
}

/** Why a file cannot be replaced by a rename. */
export interface ReplaceFault {
  /** What stands against it, such as `/opt/app is on a read-only file system`. */
  readonly why: string;
  /** What to do about it; where possible, a command to paste. */
  readonly advice: string;
}

/**
 * The file operations that the core calls. All are synchronous: the gate has to end before the service starts.
 * They throw {@link FsError} and nothing else.
 *
 * @example A file system that records every rename
 * ```ts
 * import { type Fs, memoryFs } from "@boot-sentinel/boot-sentinel/testing";
 * import { assertEquals } from "@std/assert";
 *
 * const disk = memoryFs();
 * disk.put("/a", "text");
 * const renames: string[] = [];
 * const fs: Fs = Object.assign(Object.create(disk), {
 *   rename(from: string, to: string) {
 *     renames.push(`${from} -> ${to}`);
 *     disk.rename(from, to);
 *   },
 * });
 * fs.rename("/a", "/b");
 * assertEquals(renames, ["/a -> /b"]);
 * ```
 */
export interface Fs {
  /** Facts about the file at `path`, links followed. Throws `notFound`, also for a dangling link. */
  info(path: string): FileInfo;
  /** The path with every symbolic link resolved. The last part need not exist. */
  resolve(path: string): string;
  /** At most the first `limit` bytes of a regular file. */
  read(path: string, limit: number): Uint8Array;
  /** Lower-case hex sha256 of the whole content. */
  digest(path: string): string;
  /** The sha256 and the file that has it. Throws `busy` when the file is changed while it is read. */
  fingerprint(path: string): Fingerprint;
  /** True when the file may be executed by this process (always true on Windows). */
  executable(path: string): boolean;
  /** The names in a directory, sorted. */
  list(path: string): string[];
  /**
   * Writes a new file and flushes its content. A file that exists at `path` is removed first. Below another user's
   * folder root creates it with that user's rights, as that user's file. Its *name* is durable only after
   * {@link Fs.syncDirectory}.
   *
   * @param mode Permission bits. @default 0o600
   */
  create(path: string, bytes: Uint8Array, mode?: number): void;
  /**
   * Overwrites the content of an existing file in place, then flushes it. It keeps the file's blocks, so it works on a
   * full disk. When it fails, the old content is left or put back. A power cut in the middle can leave a mix of old and
   * new content: prefer create and rename.
   */
  overwrite(path: string, bytes: Uint8Array): void;
  /**
   * Appends a line to a file, which is created if missing. An incomplete last line is terminated first. Not flushed:
   * only for the history.
   */
  append(path: string, line: string): void;
  /**
   * Copies to a new file with an inode of its own and flushes the content. Blocks are shared where the file system
   * supports reflinks. Mode, owner and rights come from `like` (default: `from`), the times and what belongs to the
   * bytes from `from`. A file that exists at `to` is removed first. Throws `noSpace` before it writes when the copy
   * cannot fit, and `busy` when the source is changed meanwhile; when it fails, no partial copy remains.
   */
  copy(from: string, to: string, like?: string): Copied;
  /**
   * Makes a hard link, after the content was flushed: a name must not outlive a power cut that its content does not.
   * Throws `exists`, `crossDevice`, `unsupported`.
   */
  link(from: string, to: string): void;
  /**
   * Moves a file over another, atomically: a reader sees the old or the new one. Windows cannot replace a running
   * program this way (`busy` or `denied`), but can move the running program itself. Durable only after
   * {@link Fs.syncDirectory}; on Windows at once (write-through).
   */
  rename(from: string, to: string): void;
  /** Removes a file or a link, not what the link leads to. A missing one is not an error. */
  remove(path: string): void;
  /** Where a symbolic link leads, as it is written in it; `undefined` when there is no link at the path. */
  linkTarget(path: string): string | undefined;
  /** Makes a symbolic link. Throws `exists`. Durable only after {@link Fs.syncDirectory}. */
  symlink(target: string, path: string): void;
  /** What a directory holds. Throws `other` for names that are not UTF-8. */
  entries(path: string): TreeEntry[];
  /**
   * Reads a directory and everything below it. Throws `other` for what cannot be part of a build: devices, pipes,
   * sockets, files with a name outside, more files than `mostFiles`.
   */
  tree(path: string, mostFiles: number): Tree;
  /** A text that changes when a name, size or time below a directory changes. No file is read. */
  treeStamp(path: string): string;
  /** Flushes everything below a directory. */
  syncTree(path: string): void;
  /** As {@link Fs.copy}, a directory and all below it, to a new one. Throws `exists`. A kill leaves a part of it. */
  copyTree(from: string, to: string): void;
  /** Removes a directory and all below it, or a file; links are not followed. A missing one is no error. */
  removeTree(path: string): void;
  /**
   * Swaps what two names stand for, files, directories or links: a kill or a power cut leaves both or none swapped.
   * Durable only after {@link Fs.syncDirectory} of both folders. Throws `unsupported` on NFS and Windows.
   */
  exchange(one: string, other: string): void;
  /**
   * True when the same user can change where two paths lead, so that work at one may be asked for at the other. False
   * only for root, who must not be led from a user's folder to other ones.
   */
  sameOwner(one: string, other: string): boolean;
  /**
   * Why the file at `path` cannot be replaced by a rename; `undefined`: nothing is known against it. Links are
   * followed, unless `isLink`: then it is the link itself that is to be replaced.
   * Changes nothing. A permission that this user lacks counts only for root and for the owner of `dataDir`: the rights
   * of others do not show what the gate may do. Always `undefined` on Windows.
   */
  replaceFault(path: string, dataDir: string, isLink?: boolean): ReplaceFault | undefined;
  /** Makes a directory and its parents. A directory that exists is not an error. */
  makeDirectory(path: string): void;
  /** Removes an empty directory. A missing or non-empty directory is not an error. */
  removeDirectory(path: string): void;
  /** Flushes a directory, so that created, renamed and removed names survive a power cut. Does nothing on Windows. */
  syncDirectory(path: string): void;
}
