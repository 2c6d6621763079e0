/** The file system calls, by the C library. @module */
import { cString, textOf } from "../ffi/bytes.ts";
import { bootLibc } from "../ffi/libc.ts";
import type { FileCalls, Stat } from "../fs/file_calls.ts";
import { AT_EMPTY_PATH, AT_FDCWD, AT_SYMLINK_NOFOLLOW, O_CLOEXEC, STATX_BASIC_STATS, X_OK } from "./abi.ts";

const PATH_MAX = 4096;

/** The error of a call, with the `code` that `node:fs` would set. */
class CallError extends Error {
  constructor(readonly code: string, call: string, of: string) {
    super(`${code}: ${call} '${of}'`);
  }
}

/**
 * The C library as {@link FileCalls}.
 *
 * @throws {FfiUnavailable} Foreign functions cannot be called, or the C library lacks one of them.
 */
export function libcCalls(): FileCalls {
  const { call, errno } = bootLibc();

  /** The result of a call; throws its error. It is repeated if a signal has interrupted it (EINTR). */
  function checked(name: string, of: string | number, make: () => number | bigint): number {
    for (;;) {
      const result = Number(make());
      if (result >= 0) return result;
      const code = errno();
      if (code !== "EINTR") throw new CallError(code, name, String(of));
    }
  }

  // One for all calls: a new one for each takes longer than the call.
  const fields = new Uint32Array(64);
  const longs = new BigUint64Array(fields.buffer);

  function statx(fd: number, path: string, flags: number): Stat | undefined {
    return call.statx(fd, pathOf(path), flags, STATX_BASIC_STATS, fields) === 0 ? statOf(fields, longs) : undefined;
  }

  function requireStat(fd: number, path: string, flags: number): Stat {
    const found = statx(fd, path, flags);
    if (found === undefined) throw new CallError(errno(), "stat", path || String(fd));
    return found;
  }

  return {
    open: (path, flags, mode = 0o666) => checked("open", path, () => call.open(pathOf(path), flags | O_CLOEXEC, mode)),
    // Not repeated after EINTR: on Linux the descriptor is closed even then.
    close: (fd) => void call.close(fd),
    read: (fd, buffer, position) =>
      checked(
        "read",
        fd,
        () =>
          position === null
            ? call.read(fd, buffer, BigInt(buffer.length))
            : call.pread(fd, buffer, BigInt(buffer.length), BigInt(position)),
      ),
    write: (fd, bytes, position) =>
      checked(
        "write",
        fd,
        () =>
          position === null
            ? call.write(fd, bytes, BigInt(bytes.length))
            : call.pwrite(fd, bytes, BigInt(bytes.length), BigInt(position)),
      ),
    fsync: (fd) => void checked("fsync", fd, () => call.fsync(fd)),
    ftruncate: (fd, size) => void checked("ftruncate", fd, () => call.ftruncate(fd, BigInt(size))),
    fchmod: (fd, mode) => void checked("fchmod", fd, () => call.fchmod(fd, mode)),
    fchown: (fd, uid, gid) => void checked("fchown", fd, () => call.fchown(fd, uid, gid)),
    fstat: (fd) => requireStat(fd, "", AT_EMPTY_PATH),
    stat: (path) => requireStat(AT_FDCWD, path, 0),
    lstat(path) {
      const found = statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW);
      if (found !== undefined) return found;
      const code = errno();
      if (code === "ENOENT" || code === "ENOTDIR") return undefined;
      throw new CallError(code, "lstat", path);
    },
    rename: (from, to) => void checked("rename", from, () => call.rename(pathOf(from).slice(), pathOf(to))),
    unlink: (path) => void checked("unlink", path, () => call.unlink(pathOf(path))),
    mayExecute(path) {
      if (call.access(pathOf(path), X_OK) === 0) return true;
      const code = errno();
      if (code === "EACCES") return false;
      throw new CallError(code, "access", path);
    },
    readlink(path) {
      const target = new Uint8Array(PATH_MAX);
      const size = checked("readlink", path, () => call.readlink(pathOf(path), target, BigInt(PATH_MAX)));
      return textOf(target.subarray(0, size));
    },
    realpath(path) {
      const real = new Uint8Array(PATH_MAX);
      if (call.realpath(pathOf(path), real) === 0n) throw new CallError(errno(), "realpath", path);
      return textOf(real.subarray(0, real.indexOf(0)));
    },
  };
}

const encoder = new TextEncoder();

// One for all calls: a new one for each of the paths in a large directory keeps the garbage collector busy.
const pathBuffer = new Uint8Array(PATH_MAX + 1);

/**
 * A path as a C string, until the next one is asked for. It must not contain NUL, where the C library would cut it.
 */
function pathOf(path: string): Uint8Array<ArrayBuffer> {
  if (path.includes("\0")) throw new CallError("EINVAL", "open", path);
  const { read, written } = encoder.encodeInto(path, pathBuffer);
  // Too long for the system, which is to say so.
  if (read < path.length || written === pathBuffer.length) return cString(path);
  pathBuffer[written] = 0;
  return pathBuffer;
}

const S_IFMT = 0o170000;
const KINDS: Readonly<Record<number, Stat["kind"]>> = { 0o100000: "file", 0o040000: "directory", 0o120000: "link" };

/** Reads a struct statx, which has the same layout on all architectures, by its 32-bit and 64-bit fields. */
function statOf(fields: Uint32Array, longs: BigUint64Array): Stat {
  const at = (index: number) => fields[index] ?? 0;
  const mode = at(7) & 0xffff;
  const [major, minor] = [at(34), at(35)];
  return {
    kind: KINDS[mode & S_IFMT] ?? "other",
    mode: mode & 0o7777,
    nlink: at(4),
    uid: at(5),
    gid: at(6),
    ino: longs[4] ?? 0n,
    size: Number(longs[5]),
    ctimeNs: BigInt.asIntN(64, longs[12] ?? 0n) * 1_000_000_000n + BigInt(at(26)),
    mtimeNs: BigInt.asIntN(64, longs[14] ?? 0n) * 1_000_000_000n + BigInt(at(30)),
    get dev() {
      return device(BigInt(major), BigInt(minor));
    },
  };
}

/** The device number, encoded as by the C library's `stat`: `JOURNAL_STREAM` contains it in this form. */
function device(major: bigint, minor: bigint): bigint {
  return (minor & 0xffn) | ((major & 0xfffn) << 8n) | ((minor & ~0xffn) << 12n) | ((major & ~0xfffn) << 32n);
}
