/**
 * The C library's calls that lead a steady boot into the service, bound at once: without the runtime's own file module,
 * which costs more to load than all that is asked of it here.
 *
 * @module
 */
import { cString, textOf } from "../ffi/bytes.ts";
import type { Stat } from "../fs/fs_calls.ts";
import { type Libc, openLibc } from "../ffi/libc.ts";
import { F_OK, O_CLOEXEC, O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK, SYS_GETDENTS64, X_OK } from "./abi.ts";
import { AT_EMPTY_PATH, AT_FDCWD, statx } from "./statx.ts";

const symbols = {
  open: [["ptr", "i32", "i32"], "i32"],
  read: [["i32", "ptr", "u64"], "i64"],
  close: [["i32"], "i32"],
  access: [["ptr", "i32"], "i32"],
  readlink: [["ptr", "ptr", "u64"], "i64"],
  // Of those that older C libraries have no function for.
  syscall: [["i64", "i64", "ptr", "u64", "u64", "ptr"], "i64"],
  fcntl: [["i32", "i32", "i32"], "i32"],
  flock: [["i32", "i32"], "i32"], // for the lock: a library that is opened once more costs more than one name here
  sigaction: [["i32", "ptr", "ptr"], "i32"],
  execv: [["ptr", "ptr"], "i32"],
} as const;

/** The C library with those calls. */
export type BareLibc = Libc<typeof symbols>;

let opened: BareLibc | undefined;

/** @throws {FfiUnavailable} Foreign functions cannot be called. */
export function bareLibc(): BareLibc {
  return opened ??= openLibc(symbols);
}

/** A state file, a command line or an environment is mostly less; each page more has to be zeroed. */
const CHUNK = 4 * 1024;

let buffer: Uint8Array<ArrayBuffer> | undefined;

/** For one answer of the kernel at a time: each buffer is memory that has to be got and zeroed. */
function chunk(): Uint8Array<ArrayBuffer> {
  return buffer ??= new Uint8Array(CHUNK);
}

/** True when the system says that nothing stands at the path. */
export function isMissing(path: string): boolean {
  const { call, errno } = bareLibc();
  return call.access(cString(path), F_OK) !== 0 && errno() === "ENOENT";
}

/** The regular file that a path leads to, if this process may execute it. */
export function executableFile(path: string): Stat | undefined {
  const name = cString(path);
  const stat = statx(bareLibc(), AT_FDCWD, name, 0n);
  return stat?.kind === "file" && bareLibc().call.access(name, X_OK) === 0 ? stat : undefined;
}

/** The mode and the bytes of a regular file; links are not followed, and nothing is waited for. */
export function regularFile(path: string): { readonly mode: number; readonly bytes: Uint8Array } | undefined {
  return withOpen(path, O_NOFOLLOW | O_NONBLOCK, (fd) => {
    const stat = statx(bareLibc(), fd, cString(""), AT_EMPTY_PATH);
    const bytes = stat?.kind === "file" ? bytesOf(fd) : undefined;
    return stat && bytes && { mode: stat.mode, bytes };
  });
}

/** All bytes of a file, such as one in `/proc`, that need not say how many there are. */
export function wholeFile(path: string): Uint8Array | undefined {
  return withOpen(path, 0, bytesOf);
}

/** The descriptors of this process; empty when that cannot be told. */
export function openDescriptors(): number[] {
  const { call } = bareLibc();
  const entries = chunk();
  const found: number[] = [];
  withOpen("/proc/self/fd", O_DIRECTORY, (fd) => {
    for (;;) {
      const size = Number(call.syscall(SYS_GETDENTS64, BigInt(fd), entries, BigInt(CHUNK), 0n, null));
      if (size <= 0) return;
      // struct linux_dirent64: d_reclen at 16, the name from 19 on.
      for (let at = 0; at < size; at += (entries[at + 16] ?? 0) | ((entries[at + 17] ?? 0) << 8)) {
        const number = numberAt(entries, at + 19);
        if (number !== undefined && number !== fd) found.push(number);
      }
    }
  });
  return found;
}

/** Where a link leads, as text; undefined when it is none, or is not there. */
export function linkTarget(path: string): string | undefined {
  const target = new Uint8Array(256);
  const size = Number(bareLibc().call.readlink(cString(path), target, BigInt(target.length)));
  return size < 0 ? undefined : textOf(target.subarray(0, size));
}

function withOpen<T>(path: string, flags: number, use: (fd: number) => T): T | undefined {
  const { call } = bareLibc();
  const fd = call.open(cString(path), flags | O_CLOEXEC, 0);
  if (fd < 0) return undefined;
  try {
    return use(fd);
  } finally {
    call.close(fd);
  }
}

function bytesOf(fd: number): Uint8Array | undefined {
  const { call } = bareLibc();
  let bytes = chunk();
  for (let size = 0;;) {
    const count = Number(call.read(fd, bytes.subarray(size), BigInt(bytes.length - size)));
    if (count < 0) return undefined;
    if (count === 0) return bytes.slice(0, size);
    size += count;
    if (size < bytes.length) continue;
    const larger = new Uint8Array(2 * size);
    larger.set(bytes);
    bytes = larger;
  }
}

function numberAt(bytes: Uint8Array, start: number): number | undefined {
  let number = 0;
  for (let at = start; bytes[at]; at++) {
    const digit = (bytes[at] ?? 0) - 0x30;
    if (digit < 0 || digit > 9) return undefined;
    number = 10 * number + digit;
  }
  return number;
}
