/**
 * The C library's calls that lead a steady boot into the service, bound at once: without the runtime's own file module,
 * which costs more to load than all that is asked of it here.
 *
 * @module
 */
import process from "node:process";
import { cString } from "./bytes.ts";
import { type Libc, openLibc } from "./libc.ts";

const symbols = {
  open: [["buffer", "i32", "i32"], "i32"],
  read: [["i32", "buffer", "u64"], "i64"],
  close: [["i32"], "i32"],
  access: [["buffer", "i32"], "i32"],
  readlink: [["buffer", "buffer", "u64"], "i64"],
  // Of those that older C libraries have no function for.
  syscall: [["i64", "i64", "buffer", "u64", "u64", "buffer"], "i64"],
  fcntl: [["i32", "i32", "i32"], "i32"],
  sigaction: [["i32", "buffer", "buffer"], "i32"],
  execve: [["buffer", "buffer", "buffer"], "i32"],
} as const;

/** The C library with those calls. */
export type BareLibc = Libc<typeof symbols>;

let opened: BareLibc | undefined;

/** @throws {FfiUnavailable} Foreign functions cannot be called. */
export function bareLibc(): BareLibc {
  return opened ??= openLibc(symbols);
}

// From Linux's ABI, the same on x64 and arm64 unless it says otherwise.
const O_CLOEXEC = 0o2000000;
const O_NONBLOCK = 0o4000;
const O_DIRECTORY = process.arch === "arm64" ? 0o40000 : 0o200000;
const O_NOFOLLOW = process.arch === "arm64" ? 0o100000 : 0o400000;
const SYS_GETDENTS64 = process.arch === "arm64" ? 61n : 217n;
const SYS_STATX = process.arch === "arm64" ? 291n : 332n;
const AT_FDCWD = -100;
const AT_EMPTY_PATH = 0x1000n;
const STATX_BASIC_STATS = 0x7ffn;
const S_IFMT = 0o170000;
const S_IFREG = 0o100000;
const ENOENT = 2;
const F_OK = 0;
const X_OK = 1;

/** More than a state file, a command line or an environment mostly is. */
const CHUNK = 16 * 1024;

/** What is asked of a file's inode. */
interface Inode {
  readonly mode: number;
  readonly ino: bigint;
  readonly size: bigint;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
}

/** True when the system says that nothing stands at the path. */
export function isMissing(path: string): boolean {
  const { call, errnoCode } = bareLibc();
  return call.access(cString(path), F_OK) !== 0 && errnoCode() === ENOENT;
}

/** The regular file that a path leads to, if this process may execute it. */
export function executableInode(path: string): Inode | undefined {
  const name = cString(path);
  const inode = inodeOf(AT_FDCWD, name, 0n);
  return inode !== undefined && bareLibc().call.access(name, X_OK) === 0 ? inode : undefined;
}

/** The inode and the bytes of a regular file; links are not followed, and nothing is waited for. */
export function regularFile(path: string): { readonly mode: number; readonly bytes: Uint8Array } | undefined {
  return withOpen(path, O_NOFOLLOW | O_NONBLOCK, (fd) => {
    const inode = inodeOf(fd, cString(""), AT_EMPTY_PATH);
    const bytes = inode && bytesOf(fd);
    return bytes && { mode: inode.mode & 0o7777, bytes };
  });
}

/** All bytes of a file, such as one in `/proc`, that need not say how many there are. */
export function wholeFile(path: string): Uint8Array | undefined {
  return withOpen(path, 0, bytesOf);
}

/** The descriptors of this process; empty when that cannot be told. */
export function openDescriptors(): number[] {
  const { call } = bareLibc();
  const entries = new Uint8Array(CHUNK);
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
  return size < 0 ? undefined : new TextDecoder().decode(target.subarray(0, size));
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
  let bytes = new Uint8Array(CHUNK);
  for (let size = 0;;) {
    const count = Number(call.read(fd, bytes.subarray(size), BigInt(bytes.length - size)));
    if (count < 0) return undefined;
    if (count === 0) return bytes.subarray(0, size);
    size += count;
    if (size < bytes.length) continue;
    const larger = new Uint8Array(2 * size);
    larger.set(bytes);
    bytes = larger;
  }
}

function inodeOf(fd: number, name: Uint8Array<ArrayBuffer>, flags: bigint): Inode | undefined {
  const stat = new Uint8Array(256);
  if (bareLibc().call.syscall(SYS_STATX, BigInt(fd), name, flags, STATX_BASIC_STATS, stat) !== 0n) return undefined;
  // struct statx is the same everywhere: mode at 28, ino 32, size 40, ctime 96, mtime 112.
  const view = new DataView(stat.buffer);
  const mode = view.getUint16(28, true);
  if ((mode & S_IFMT) !== S_IFREG) return undefined;
  const time = (at: number) => view.getBigInt64(at, true) * 1_000_000_000n + BigInt(view.getUint32(at + 8, true));
  return {
    mode,
    ino: view.getBigUint64(32, true),
    size: view.getBigUint64(40, true),
    mtimeNs: time(112),
    ctimeNs: time(96),
  };
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
