/** Copies the times of a file, in nanoseconds if possible. @module */
import process from "../process/process.ts";
import { cString } from "../ffi/bytes.ts";
import { FfiUnavailable } from "../ffi/ffi.ts";
import { openLibc } from "../ffi/libc.ts";
import { nodeFsModule } from "./node_calls.ts";

/** Sets the access and modification times of the open file `target` to those of the file `like`. */
export function copyTimes(like: string, target: number): void {
  if (process.platform === "linux" && copyExactTimes(like, target)) return;
  const { atimeMs, mtimeMs } = nodeFsModule().statSync(like);
  nodeFsModule().futimesSync(target, atimeMs / 1000, mtimeMs / 1000);
}

/**
 * By the C library, since `node:fs` has times as numbers, which are not exact, and Deno rounds them to milliseconds.
 */
function copyExactTimes(like: string, target: number): boolean {
  try {
    const { call } = openLibc("statx", "futimens");
    const AT_FDCWD = -100;
    const STATX_ATIME_AND_MTIME = 0x60;
    const stat = new Uint8Array(256);
    if (call.statx(AT_FDCWD, cString(like), 0, STATX_ATIME_AND_MTIME, stat) !== 0) return false;
    // struct statx has the same layout on all architectures: stx_atime at offset 64, stx_mtime at 112.
    const view = new DataView(stat.buffer);
    const times = [64, 112].flatMap((at) => [view.getBigInt64(at, true), BigInt(view.getUint32(at + 8, true))]);
    return call.futimens(target, new BigInt64Array(times)) === 0;
  } catch (error) {
    if (error instanceof FfiUnavailable) return false;
    throw error;
  }
}
