/**
 * The file calls of a boot. Under Bun on Linux they go straight to the C library: loading `node:fs` costs more there
 * than all the calls together. Everywhere else they are those of `node:fs`.
 *
 * @module
 */
import process from "../process/process.ts";
import { FfiUnavailable } from "../ffi/ffi.ts";
import { libcCalls } from "./fs_calls_libc.ts";
import { nodeCalls } from "./fs_calls_node.ts";
import { isBun } from "../process/runtime.ts";

/** What a file's inode says. */
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

/** The calls, by the names of `node:fs`. Each throws an `Error` whose `code` is the errno's name. */
export interface FsCalls {
  openSync(path: string, flags: number, mode?: number): number;
  closeSync(fd: number): void;
  /** `position` null: from where the file stands. */
  readSync(fd: number, buffer: Uint8Array, position: number | null): number;
  writeSync(fd: number, bytes: Uint8Array, position: number | null): number;
  fsyncSync(fd: number): void;
  ftruncateSync(fd: number, size: number): void;
  fchmodSync(fd: number, mode: number): void;
  fchownSync(fd: number, uid: number, gid: number): void;
  fstatSync(fd: number): Stat;
  statSync(path: string): Stat;
  /** The name itself, if it is a link; undefined when it is not there. */
  lstatSync(path: string): Stat | undefined;
  renameSync(from: string, to: string): void;
  unlinkSync(path: string): void;
  accessSync(path: string, mode: number): void;
  readlinkSync(path: string): string;
  realpathSync(path: string): string;
}

let chosen: FsCalls | undefined;

/** The calls of this runtime. */
export function calls(): FsCalls {
  return chosen ??= choose();
}

function choose(): FsCalls {
  if (process.platform !== "linux" || !isBun) return nodeCalls();
  try {
    return libcCalls();
  } catch (error) {
    if (!(error instanceof FfiUnavailable)) throw error;
    return nodeCalls();
  }
}
