/** Copying a program with all that makes it what it is. @module */
import process from "../process/process.ts";
import { directoryOf } from "../../core/state/paths.ts";
import { FsError } from "../../core/ports.ts";
import { FfiUnavailable } from "../ffi/ffi.ts";
import { copyTimes } from "./file_times.ts";
import { eachChunk, flush, isPosix, OPEN, withFile, withNewFile, writeAll } from "./files.ts";
import { calls } from "./calls.ts";
import type { Stat } from "./file_calls.ts";
import { nodeFsModule } from "./node_calls.ts";
import { openLibc } from "../ffi/libc.ts";
import { isPermitted } from "../process/permission.ts";
import { copyXattrs } from "../linux/xattrs.ts";

/**
 * Copies `from` to a new file `to` and flushes it; mode, owner and extended attributes come from `like`,
 * the times from `from`.
 * Where the owner cannot be kept, the setuid and setgid bits are dropped: they would lend another user's rights.
 */
export function copyFile(from: string, to: string, like: string): void {
  withFile(from, OPEN.read, (source) => {
    const model = calls().stat(like);
    withNewFile(to, (target) => {
      if (!clone(source, target)) {
        requireSpace(target, to, calls().fstat(source).size);
        eachChunk(source, (chunk) => writeAll(target, chunk));
      }
      if (isPosix) copyOwnerAndMode(target, model);
      if (process.platform === "linux") copyAttributes(like, to);
      copyTimes(from, target);
      flush(target);
    });
  });
}

/** Lets two files share their blocks (Btrfs, XFS, …): instant, and it needs no space. `false`: nothing has happened. */
function clone(source: number, target: number): boolean {
  if (process.platform !== "linux") return false;
  const FICLONE = 0x40049409n;
  return tryForeign(() => {
    const { call } = openLibc("ioctl");
    return call.ioctl(target, FICLONE, source) === 0;
  }) ?? false;
}

/** Asked first: running out in the middle would fill the service's own disk for a while. */
function requireSpace(target: number, to: string, size: number): void {
  if (!isPermitted({ name: "sys", kind: "statfs" })) return;
  let free: number;
  try {
    const disk = nodeFsModule().statfsSync(directoryOf(to));
    // Some network and user-space file systems do not count.
    if (disk.blocks === 0) return;
    // What is kept for root is free to root, whose new files are root's own.
    free = disk.bsize * (calls().fstat(target).uid === 0 ? disk.bfree : disk.bavail);
  } catch {
    return;
  }
  if (free < size) throw new FsError("noSpace", "copy to", to);
}

function copyOwnerAndMode(target: number, model: Stat): void {
  const { mode } = model;
  // After the owner: changing that clears the setuid and setgid bits. Not left to open(), which the umask cuts.
  calls().fchmod(target, keepOwner(target, model) ? mode : mode & 0o1777);
}

function keepOwner(target: number, model: Stat): boolean {
  const made = calls().fstat(target);
  if (made.uid === model.uid && made.gid === model.gid) return true;
  try {
    calls().fchown(target, model.uid, model.gid);
    return true;
  } catch {
    // Only root may give files away; the group can often be kept, and lets the service's user start the program.
    try {
      calls().fchown(target, made.uid, model.gid);
    } catch {
      // Neither: the copy is the caller's.
    }
    return false;
  }
}

/** Capabilities, access lists and labels; those that the target's file system refuses are left out. */
function copyAttributes(like: string, to: string): void {
  tryForeign(() => copyXattrs(like, to));
}

/** `undefined` without permission for foreign functions: the bytes are copied all the same. */
function tryForeign<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch (error) {
    if (error instanceof FfiUnavailable) return undefined;
    throw error;
  }
}
