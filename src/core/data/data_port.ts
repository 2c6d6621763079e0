/** What a snapshot of a service's data needs of the operating system. @module */
import type { ReplaceFault } from "../fs_port.ts";

/**
 * What a directory of data holds.
 *
 * @example Is it small enough to be copied?
 * ```ts
 * import type { DataSize } from "@boot-sentinel/boot-sentinel";
 *
 * const size: DataSize = { bytes: 20_000_000, files: 12, isShared: false, leftOut: 0 };
 * const isCheap = size.isShared || size.bytes < 2 ** 30;
 * console.log(isCheap);
 * ```
 */
export interface DataSize {
  /** The sizes of all files. */
  readonly bytes: number;
  /** The number of files. */
  readonly files: number;
  /** A copy shares the blocks of the files (reflinks), so that it takes no room. */
  readonly isShared: boolean;
  /** Sockets, pipes and devices, which no copy has. */
  readonly leftOut: number;
}

/**
 * Directories of data, as the option `--data` names one. Each of them is beside the other, in one folder.
 * All operations throw {@link FsError} and nothing else.
 *
 * @example Keep no snapshots
 * ```ts
 * import { type DataTrees, FsError, type Ports } from "@boot-sentinel/boot-sentinel";
 *
 * const refuse = (path: string): never => {
 *   throw new FsError("unsupported", "keep", path);
 * };
 * const trees: DataTrees = {
 *   fault: () => undefined, userOf: () => undefined, survey: refuse, copy: refuse, rename: refuse, remove: refuse,
 * };
 * export const ports: Partial<Ports> = { trees };
 * ```
 */
export interface DataTrees {
  /** Why a directory cannot be renamed and replaced by this process; `undefined`: nothing is known against it. */
  fault(path: string): ReplaceFault | undefined;
  /**
   * A process, for people, that runs the program or has a file in the directory open to write it; `undefined`: there is
   * none. A missing directory has no files. Throws when that cannot be found out.
   */
  userOf(path: string, program: string): string | undefined;
  /** How large it is, and whether a copy would share its blocks. Changes nothing. */
  survey(path: string): DataSize;
  /**
   * Copies a directory and everything in it to a new one: modes, owners, times, extended attributes, links, hard links.
   * Durable when it returns, but for its name. Throws `noSpace` when the blocks cannot be shared and are more than
   * `budget`, `busy` when something in it changes meanwhile, and `other` when it takes too long.
   */
  copy(from: string, to: string, budget: number): DataSize;
  /** Renames a directory within its folder, durably. Throws `exists`. */
  rename(from: string, to: string): void;
  /** Removes a directory and everything in it. A missing one is no error. */
  remove(path: string): void;
}
