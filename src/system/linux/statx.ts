/** `statx`, whose answer has one layout on every machine. @module */
import type { BareLibc } from "./bare_libc.ts";
import type { Stat } from "../fs/fs_calls.ts";
import { SYS_STATX } from "./abi.ts";

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
  // struct statx in pieces of 4 and of 8 bytes: views of one kind are made sooner than a DataView answers.
  const words = new Uint32Array(64);
  if (call.syscall(SYS_STATX, BigInt(fd), name, flags, BASIC_STATS, words) !== 0n) return undefined;
  const longs = new BigUint64Array(words.buffer);
  const times = new BigInt64Array(words.buffer);
  const at = (index: number) => words[index] ?? 0;
  const mode = at(7) & 0xffff;
  return {
    kind: KINDS[mode & S_IFMT] ?? "other",
    mode: mode & 0o7777,
    nlink: at(4),
    uid: at(5),
    gid: at(6),
    ino: longs[4] ?? 0n,
    size: Number(longs[5]),
    ctimeNs: (times[12] ?? 0n) * SECOND_NS + BigInt(at(26)),
    mtimeNs: (times[14] ?? 0n) * SECOND_NS + BigInt(at(30)),
    get dev() {
      return device(BigInt(at(34)), BigInt(at(35)));
    },
  };
}

const SECOND_NS = 1_000_000_000n;

/** As `stat` of the C library and the names of journal streams have it. */
function device(major: bigint, minor: bigint): bigint {
  return (minor & 0xffn) | ((major & 0xfffn) << 8n) | ((minor & ~0xffn) << 12n) | ((major & ~0xfffn) << 32n);
}
