/** The C library of this process: every function of it that is called here, and its errors by name. @module */
import process from "../process/process.ts";
import { errnoName } from "./errno.ts";
import { FfiUnavailable, type Library, openLibrary, pointerOf, readInt32 } from "./ffi.ts";

/** The signatures, as Linux on x64 and arm64 has them. */
const FUNCTIONS = {
  access: [["ptr", "i32"], "i32"],
  close: [["i32"], "i32"],
  execv: [["ptr", "ptr"], "i32"],
  execve: [["ptr", "ptr", "ptr"], "i32"],
  fchmod: [["i32", "u32"], "i32"],
  fchown: [["i32", "u32", "u32"], "i32"],
  fcntl: [["i32", "i32", "i32"], "i32"],
  flock: [["i32", "i32"], "i32"],
  fsync: [["i32"], "i32"],
  ftruncate: [["i32", "i64"], "i32"],
  futimens: [["i32", "ptr"], "i32"],
  getpid: [[], "i32"],
  getxattr: [["ptr", "ptr", "ptr", "u64"], "i64"],
  ioctl: [["i32", "u64", "i32"], "i32"],
  kill: [["i32", "i32"], "i32"],
  listxattr: [["ptr", "ptr", "u64"], "i64"],
  open: [["ptr", "i32", "i32"], "i32"],
  poll: [["ptr", "i64", "i32"], "i32"],
  posix_spawn: [["ptr", "ptr", "ptr", "u64", "ptr", "ptr"], "i32"],
  posix_spawn_file_actions_adddup2: [["ptr", "i32", "i32"], "i32"],
  posix_spawn_file_actions_addopen: [["ptr", "i32", "ptr", "i32", "u32"], "i32"],
  posix_spawn_file_actions_init: [["ptr"], "i32"],
  pread: [["i32", "ptr", "u64", "i64"], "i64"],
  prlimit: [["i32", "i32", "ptr", "ptr"], "i32"],
  pwrite: [["i32", "ptr", "u64", "i64"], "i64"],
  read: [["i32", "ptr", "u64"], "i64"],
  readlink: [["ptr", "ptr", "u64"], "i64"],
  realpath: [["ptr", "ptr"], "u64"],
  rename: [["ptr", "ptr"], "i32"],
  setxattr: [["ptr", "ptr", "ptr", "u64", "i32"], "i32"],
  sigaction: [["i32", "ptr", "ptr"], "i32"],
  statx: [["i32", "ptr", "i32", "u32", "ptr"], "i32"],
  syscall: [["i64", "i64", "i64", "i64", "i64"], "i64"],
  unlink: [["ptr"], "i32"],
  waitpid: [["i32", "ptr", "i32"], "i32"],
  write: [["i32", "ptr", "u64"], "i64"],
} as const;

type Functions = typeof FUNCTIONS;

/** The C library, with some of its functions. */
export interface Libc<N extends keyof Functions> {
  readonly call: Library<Pick<Functions, N>>;
  /** The name of the error that the last call left (`ENOENT`): ask at once, the runtime's own calls change it. */
  errno(): string;
}

/**
 * Opens the C library that this process already runs on.
 *
 * @param names The functions to bind; each costs start time, so bind few.
 * @throws {FfiUnavailable} When it cannot be opened or foreign functions are not permitted.
 */
export function openLibc<N extends keyof Functions>(...names: readonly N[]): Libc<N> {
  const bound: Record<string, Functions[N] | typeof ERRNO_LOCATION> = { __errno_location: ERRNO_LOCATION };
  for (const name of names) bound[name] = FUNCTIONS[name];
  let failure: unknown;
  for (const library of libcNames()) {
    try {
      const call = openLibrary(library, bound) as unknown as Library<Pick<Functions, N>> & ErrnoLocation;
      return { call, errno: () => errnoName(readInt32(call.__errno_location())) };
    } catch (error) {
      if (!(error instanceof FfiUnavailable)) throw error;
      failure ??= error;
    }
  }
  throw failure;
}

/** What nearly every start calls. */
const BOOT_FUNCTIONS = [
  ...["open", "close", "read", "pread", "write", "pwrite", "fsync", "ftruncate", "fchmod", "fchown", "statx"] as const,
  ...["rename", "unlink", "access", "readlink", "realpath", "syscall"] as const,
  ...["fcntl", "flock", "prlimit", "sigaction", "execv"] as const,
] as const;

let boot: Libc<(typeof BOOT_FUNCTIONS)[number]> | undefined;

/** The C library as nearly every start calls it, opened once: each further opening costs more than some functions. */
export function bootLibc(): Libc<(typeof BOOT_FUNCTIONS)[number]> {
  return boot ??= openLibc(...BOOT_FUNCTIONS);
}

const ERRNO_LOCATION = [[], "u64"] as const;

interface ErrnoLocation {
  __errno_location(): bigint;
}

/** The candidates, most likely first. musl answers to any `libc.*` with itself, glibc only to its own name. */
function libcNames(): string[] {
  const arch = process.arch === "arm64" ? "aarch64" : "x86_64";
  return ["libc.so.6", `libc.musl-${arch}.so.1`];
}

/** A NULL-terminated array of C strings, and the bytes that it points into: keep both for as long as it is in use. */
export function cStrings(list: readonly Uint8Array[]): { vector: BigUint64Array; bytes: Uint8Array } {
  let size = 1;
  for (const item of list) size += item.length + 1;
  const bytes = new Uint8Array(size);
  const vector = new BigUint64Array(list.length + 1);
  const start = pointerOf(bytes);
  let offset = 0;
  let index = 0;
  for (const item of list) {
    bytes.set(item, offset);
    vector[index++] = start + BigInt(offset);
    offset += item.length + 1;
  }
  return { vector, bytes };
}

/** Until here the values are in use: a collector that sees only their addresses would free them too early. */
export function keep(..._values: unknown[]): void {}
