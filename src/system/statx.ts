/** `statx`, whose answer has one layout on every machine. @module */
import type { BareLibc } from "./bare_libc.ts";
import type { Stat } from "./fs_calls.ts";
import { SYS_STATX } from "./linux.ts";

const BASIC_STATS = 0x7ffn;
const S_IFMT = 0o170000;
const KINDS: Readonly<Record<number, Stat["kind"]>> = { 0o100000: "file", 0o040000: "directory", 0o120000: "link" };

/** Of which inode. */
export const AT_FDCWD = -100;
export const AT_SYMLINK_NOFOLLOW = 0x100n;
/** With an empty name: of the descriptor itself. */
export const AT_EMPTY_PATH = 0x1000n;

/** What an inode says; undefined when the call failed, and `errno` tells why. */
export function statx({ call }: BareLibc, fd: number, name: Uint8Array<ArrayBuffer>, flags: bigint): Stat | undefined {
  const bytes = new Uint8Array(256);
  if (call.syscall(SYS_STATX, BigInt(fd), name, flags, BASIC_STATS, bytes) !== 0n) return undefined;
  const view = new DataView(bytes.buffer);
  const number = (at: number) => view.getUint32(at, true);
  const time = (at: number) => view.getBigInt64(at, true) * 1_000_000_000n + BigInt(number(at + 8));
  const mode = view.getUint16(28, true);
  return {
    kind: KINDS[mode & S_IFMT] ?? "other",
    mode: mode & 0o7777,
    nlink: number(16),
    uid: number(20),
    gid: number(24),
    ino: view.getBigUint64(32, true),
    size: Number(view.getBigUint64(40, true)),
    ctimeNs: time(96),
    mtimeNs: time(112),
    dev: device(BigInt(number(136)), BigInt(number(140))),
  };
}

/** As `stat` of the C library and the names of journal streams have it. */
function device(major: bigint, minor: bigint): bigint {
  return (minor & 0xffn) | ((major & 0xfffn) << 8n) | ((minor & ~0xffn) << 12n) | ((major & ~0xfffn) << 32n);
}
