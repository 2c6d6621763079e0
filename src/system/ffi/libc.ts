/** The C library of this process: all its functions that are called here, and its errors by name. @module */
import process from "../process/process.ts";
import { errnoName } from "./errno.ts";
import { FfiUnavailable, type Library, openLibrary, pointerOf, readInt32 } from "./ffi.ts";

/** The signatures on Linux, for x64 and arm64. */
const FUNCTIONS = {
  access: [["ptr", "i32"], "i32"],
  close: [["i32"], "i32"],
  copy_file_range: [["i32", "ptr", "i32", "ptr", "u64", "u32"], "i64"],
  execv: [["ptr", "ptr"], "i32"],
  execve: [["ptr", "ptr", "ptr"], "i32"],
  faccessat: [["i32", "ptr", "i32", "i32"], "i32"],
  fchmod: [["i32", "u32"], "i32"],
  fchown: [["i32", "u32", "u32"], "i32"],
  fcntl: [["i32", "i32", "i32"], "i32"],
  fgetxattr: [["i32", "ptr", "ptr", "u64"], "i64"],
  flistxattr: [["i32", "ptr", "u64"], "i64"],
  flock: [["i32", "i32"], "i32"],
  fsetxattr: [["i32", "ptr", "ptr", "u64", "i32"], "i32"],
  fsync: [["i32"], "i32"],
  ftruncate: [["i32", "i64"], "i32"],
  futimens: [["i32", "ptr"], "i32"],
  getgroups: [["i32", "ptr"], "i32"],
  getpid: [[], "i32"],
  ioctl: [["i32", "u64", "i32"], "i32"],
  kill: [["i32", "i32"], "i32"],
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
  renameat2: [["i32", "ptr", "i32", "ptr", "u32"], "i32"],
  setegid: [["u32"], "i32"],
  seteuid: [["u32"], "i32"],
  setgroups: [["u64", "ptr"], "i32"],
  sigaction: [["i32", "ptr", "ptr"], "i32"],
  statx: [["i32", "ptr", "i32", "u32", "ptr"], "i32"],
  syncfs: [["i32"], "i32"],
  sync_file_range: [["i32", "i64", "i64", "u32"], "i32"],
  syscall: [["i64", "i64", "i64", "i64", "i64"], "i64"],
  unlink: [["ptr"], "i32"],
  waitpid: [["i32", "ptr", "i32"], "i32"],
  write: [["i32", "ptr", "u64"], "i64"],
} as const;

type Functions = typeof FUNCTIONS;

/** The C library with the functions that were bound. */
export interface Libc<N extends keyof Functions> {
  readonly call: Library<Pick<Functions, N>>;
  /** The name of the last call's error (`ENOENT`). Read it at once: calls of the runtime itself change errno. */
  errno(): string;
}

/**
 * Opens the C library that this process uses.
 *
 * @param names The functions to bind. Each takes time, so bind only those that are needed.
 * @throws {FfiUnavailable} It cannot be opened, or foreign functions are not permitted.
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

/** The functions that nearly every start calls. */
const BOOT_FUNCTIONS = [
  ...["open", "close", "read", "pread", "write", "pwrite", "fsync", "ftruncate", "fchmod", "fchown", "statx"] as const,
  ...["rename", "unlink", "access", "readlink", "realpath", "syscall"] as const,
  ...["fcntl", "flock", "poll", "prlimit", "sigaction", "execv"] as const,
] as const;

let boot: Libc<(typeof BOOT_FUNCTIONS)[number]> | undefined;

/**
 * The C library with the functions of nearly every start. Opened once, since opening takes longer than binding more.
 */
export function bootLibc(): Libc<(typeof BOOT_FUNCTIONS)[number]> {
  return boot ??= openLibc(...BOOT_FUNCTIONS);
}

/** Runs an action that calls the C library; `undefined` elsewhere than on Linux, and if it cannot be called. */
export function onLinux<T>(action: () => T): T | undefined {
  if (process.platform !== "linux") return undefined;
  try {
    return action();
  } catch (error) {
    if (error instanceof FfiUnavailable) return undefined;
    throw error;
  }
}

const ERRNO_LOCATION = [[], "u64"] as const;

interface ErrnoLocation {
  __errno_location(): bigint;
}

/**
 * The file names to try, most likely first. musl also opens itself under glibc's name `libc.so.6`; glibc is found only
 * under that name.
 */
function libcNames(): string[] {
  const arch = process.arch === "arm64" ? "aarch64" : "x86_64";
  return ["libc.so.6", `libc.musl-${arch}.so.1`];
}

/** A NULL-terminated array of C strings, and the bytes that it points to. Keep both alive while native code uses it. */
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

/**
 * Keeps the values alive until this call. Native code has only their addresses, which the garbage collector does not
 * know, so it could free them earlier.
 */
export function keepAlive(..._values: unknown[]): void {}
