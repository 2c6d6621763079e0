/** The public interface of the file system in memory. @module */
import type { Fs } from "../../../core/ports.ts";

/** The properties of the file system. */
export interface MemoryFsOptions {
  /** The capacity for the content of all files together, in bytes. @default Infinity */
  readonly capacity?: number;
  /** Read-only files and folders. @default [] */
  readonly readOnly?: readonly string[];
  /** Mount points, where another device starts. A single file can be one, as in a container. @default [] */
  readonly mounts?: readonly string[];
  /**
   * The rules of Windows: a running program cannot be replaced or removed; every file is executable; a rename is
   * durable at once, with all earlier changes of names (NTFS keeps their order); `syncDirectory` does nothing.
   *
   * @default false
   */
  readonly windows?: boolean;
  /** Ticks between two times that the file system tells apart: each change takes one. @default 1 */
  readonly clockStep?: number;
  /** Files and folders that belong to a user who is neither root nor the owner of their directory. @default [] */
  readonly foreign?: readonly string[];
  /** False: `link` throws `unsupported`, as on FAT. @default true */
  readonly hardLinks?: boolean;
  /** False: `exchange` throws `unsupported`, as on NFS. @default true */
  readonly exchange?: boolean;
  /**
   * File content is never flushed. Shows that a test finds code that does not flush. @default false
   * @internal
   */
  readonly forgetSync?: boolean;
  /**
   * Directories are never synced, for the same purpose. @default false
   * @internal
   */
  readonly forgetDirectorySync?: boolean;
}

/** A file system in memory that behaves as {@link Fs} documents, with operations of other programs for tests. */
export interface MemoryFiles extends Fs {
  /** The properties. They may be replaced at any time, for example to fill the disk during a test. */
  options: MemoryFsOptions;
  /** The free space in bytes. */
  free(): number;
  /** Creates a file and the folders above it, for the start of a test. Free space and read-only paths are ignored. */
  put(path: string, content: Uint8Array | string, mode?: number): void;
  /** Makes a symbolic link. Throws `exists`. */
  symlink(target: string, path: string): void;
  /** Overwrites a file in place, as another program does: the same inode, not flushed. */
  writeInPlace(path: string, content: Uint8Array | string): void;
  /**
   * Replaces a file by another one by a rename, as an updater does; not flushed. `mode`: by default that of the old
   * file.
   */
  replace(path: string, content: Uint8Array | string, mode?: number): void;
  /** Changes the permission bits. */
  chmod(path: string, mode: number): void;
  /** Marks the program at `path` as running; this stays with the file when it is renamed. */
  lockRunning(path: string): void;
  /** Marks the program at `path` as ended. */
  unlockRunning(path: string): void;
  /** The content of all files as text, by path. Symbolic links are shown as `-> target`. */
  texts(): Record<string, string>;
}
