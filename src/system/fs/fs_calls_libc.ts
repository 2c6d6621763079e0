/** The file calls through the C library. @module */
import { bareLibc } from "../linux/bare_libc.ts";
import { cString, textOf } from "../ffi/bytes.ts";
import type { FsCalls, Stat } from "./fs_calls.ts";
import { openLibc } from "../ffi/libc.ts";
import { O_CLOEXEC } from "../linux/abi.ts";
import { AT_EMPTY_PATH, AT_FDCWD, AT_SYMLINK_NOFOLLOW, statx } from "../linux/statx.ts";

const symbols = {
  pread: [["i32", "ptr", "u64", "i64"], "i64"],
  pwrite: [["i32", "ptr", "u64", "i64"], "i64"],
  write: [["i32", "ptr", "u64"], "i64"],
  fsync: [["i32"], "i32"],
  ftruncate: [["i32", "i64"], "i32"],
  fchmod: [["i32", "u32"], "i32"],
  fchown: [["i32", "u32", "u32"], "i32"],
  rename: [["ptr", "ptr"], "i32"],
  unlink: [["ptr"], "i32"],
  realpath: [["ptr", "ptr"], "u64"],
} as const;

const PATH_MAX = 4096;

/** A path as the C library takes it; one with a NUL would name another file. */
function pathOf(path: string): Uint8Array<ArrayBuffer> {
  if (path.includes("\0")) throw new CallError("EINVAL", "open", path);
  return cString(path);
}

/** A call that failed, as `node:fs` would say it. */
class CallError extends Error {
  constructor(readonly code: string, call: string, of: string) {
    super(`${code}: ${call} '${of}'`);
  }
}

/**
 * @returns The C library as {@link FsCalls}.
 * @throws {FfiUnavailable} Foreign functions cannot be called.
 */
export function libcCalls(): FsCalls {
  const bare = bareLibc();
  const { call, errno } = openLibc(symbols);

  /** A call that is made once more when a signal came between, as the runtimes do. */
  function asked<A extends readonly unknown[]>(name: string, make: (...values: A) => number | bigint) {
    return (...values: A): number => {
      for (;;) {
        const answer = Number(make(...values));
        if (answer >= 0) return answer;
        const code = errno();
        if (code !== "EINTR") throw new CallError(code, name, String(values[0]));
      }
    };
  }

  function stat(fd: number, path: string, flags: bigint): Stat {
    const found = statx(bare, fd, pathOf(path), flags);
    if (found === undefined) throw new CallError(errno(), "stat", path === "" ? String(fd) : path);
    return found;
  }

  const readlink = asked(
    "readlink",
    (path: string, target: Uint8Array) => bare.call.readlink(pathOf(path), target, BigInt(target.length)),
  );

  return {
    openSync: asked(
      "open",
      (path: string, flags: number, mode = 0o666) => bare.call.open(pathOf(path), flags | O_CLOEXEC, mode),
    ),
    // Never again: on Linux the descriptor is gone even when a signal came between.
    closeSync: (fd) => void bare.call.close(fd),
    readSync: asked(
      "read",
      (fd: number, buffer: Uint8Array, position: number | null) =>
        position === null
          ? bare.call.read(fd, buffer, BigInt(buffer.length))
          : call.pread(fd, buffer, BigInt(buffer.length), BigInt(position)),
    ),
    writeSync: asked(
      "write",
      (fd: number, bytes: Uint8Array, position: number | null) =>
        position === null
          ? call.write(fd, bytes, BigInt(bytes.length))
          : call.pwrite(fd, bytes, BigInt(bytes.length), BigInt(position)),
    ),
    fsyncSync: asked("fsync", call.fsync),
    ftruncateSync: asked("ftruncate", (fd: number, size: number) => call.ftruncate(fd, BigInt(size))),
    fchmodSync: asked("fchmod", call.fchmod),
    fchownSync: asked("fchown", call.fchown),
    fstatSync: (fd) => stat(fd, "", AT_EMPTY_PATH),
    statSync: (path) => stat(AT_FDCWD, path, 0n),
    lstatSync(path) {
      const found = statx(bare, AT_FDCWD, pathOf(path), AT_SYMLINK_NOFOLLOW);
      if (found !== undefined) return found;
      const code = errno();
      if (code === "ENOENT" || code === "ENOTDIR") return undefined;
      throw new CallError(code, "lstat", path);
    },
    renameSync: asked("rename", (from: string, to: string) => call.rename(pathOf(from), pathOf(to))),
    unlinkSync: asked("unlink", (path: string) => call.unlink(pathOf(path))),
    accessSync: asked("access", (path: string, mode: number) => bare.call.access(pathOf(path), mode)),
    readlinkSync(path) {
      const target = new Uint8Array(PATH_MAX);
      return textOf(target.subarray(0, readlink(path, target)));
    },
    realpathSync(path) {
      const real = new Uint8Array(PATH_MAX);
      if (call.realpath(pathOf(path), real) === 0n) throw new CallError(errno(), "realpath", path);
      return textOf(real.subarray(0, real.indexOf(0)));
    },
  };
}
