/** A file system in memory, as the tests of the library's users see it. @module */
import type { Fs } from "../../../core/ports.ts";

/** What kind of file system it is. */
export interface MemoryFsOptions {
  /** Bytes that all files together may hold. @default Infinity */
  readonly capacity?: number;
  /** Files and folders in which nothing can be changed. @default [] */
  readonly readOnly?: readonly string[];
  /** Paths where another device begins; a single file can be one, as in a container. @default [] */
  readonly mounts?: readonly string[];
  /**
   * Windows' rules: a running program cannot be replaced or removed, every file is executable, a rename is durable at
   * once and the names before it with it (NTFS keeps their order), `syncDirectory` does nothing.
   *
   * @default false
   */
  readonly windows?: boolean;
  /** False: `link` throws `unsupported`, as on FAT. @default true */
  readonly hardLinks?: boolean;
  /**
   * Skips the flush of file data, to show that a test sees a write path that forgot it. @default false
   * @internal
   */
  readonly forgetSync?: boolean;
  /**
   * Skips the sync of directories, for the same purpose. @default false
   * @internal
   */
  readonly forgetDirectorySync?: boolean;
}

/** A file system in memory that keeps the promises of {@link Fs}, and what outsiders do to it. */
export interface MemoryFiles extends Fs {
  /** May be exchanged at any time, so that a disk can fill up in the middle of a test. */
  options: MemoryFsOptions;
  /** Bytes that can still be written. */
  free(): number;
  /** Puts a file down for a test to start from, with the folders above it; space and read-only paths do not matter. */
  put(path: string, content: Uint8Array | string, mode?: number): void;
  /** Makes a symbolic link. Throws `exists`. */
  symlink(target: string, path: string): void;
  /** What an outsider does who writes into a file as it stands: same inode, nothing flushed. */
  writeInPlace(path: string, content: Uint8Array | string): void;
  /** What an updater does: another file beside it, renamed over; nothing flushed. The mode stays unless it is given. */
  replace(path: string, content: Uint8Array | string, mode?: number): void;
  /** Changes permission bits. */
  chmod(path: string, mode: number): void;
  /** The program at `path` runs from now on, under whatever name its file has later. */
  lockRunning(path: string): void;
  /** The program at `path` has ended. */
  unlockRunning(path: string): void;
  /** The content of every file as text, by path: what a failed test prints. Links read `-> target`. */
  texts(): Record<string, string>;
}
