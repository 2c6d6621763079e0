/** Copies the times of a file, in nanoseconds if possible. @module */
import process from "../process/process.ts";
import { cString } from "../ffi/bytes.ts";
import { onLinux, openLibc } from "../ffi/libc.ts";
import { AT_EMPTY_PATH } from "../linux/abi.ts";
import { nodeFsModule } from "./node_calls.ts";

/** Sets the access and modification times of the open file `target` to those of the open file `source`. */
export function copyTimes(source: number, target: number): void {
  if (process.platform === "linux" && copyExactTimes(source, target)) return;
  const { atimeMs, mtimeMs } = nodeFsModule().fstatSync(source);
  nodeFsModule().futimesSync(target, atimeMs / 1000, mtimeMs / 1000);
}

/**
 * By the C library, since `node:fs` has times as numbers, which are not exact, and Deno rounds them to milliseconds.
 */
function copyExactTimes(source: number, target: number): boolean {
  return onLinux(() => {
    const { call } = openLibc("statx", "futimens");
    const STATX_ATIME_AND_MTIME = 0x60;
    const stat = new Uint8Array(256);
    if (call.statx(source, cString(""), AT_EMPTY_PATH, STATX_ATIME_AND_MTIME, stat) !== 0) return false;
    // struct statx has the same layout on all architectures: stx_atime at offset 64, stx_mtime at 112.
    const view = new DataView(stat.buffer);
    const times = [64, 112].flatMap((at) => [view.getBigInt64(at, true), BigInt(view.getUint32(at + 8, true))]);
    return call.futimens(target, new BigInt64Array(times)) === 0;
  }) ?? false;
}
