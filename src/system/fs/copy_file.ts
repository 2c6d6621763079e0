/** Copies a program with its owner, mode, times and extended attributes. @module */
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
 * Copies `from` to a new file `to` and flushes it. Mode, owner and extended attributes come from `like`, the times from
 * `from`. If the owner cannot be set, the setuid and setgid bits are removed: the program would run with the rights of
 * the wrong user.
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

/** Makes the target share the source's blocks (Btrfs, XFS, …), which takes no time and no space. `false`: not done. */
function clone(source: number, target: number): boolean {
  if (process.platform !== "linux") return false;
  const FICLONE = 0x40049409n;
  return tryForeign(() => {
    const { call } = openLibc("ioctl");
    return call.ioctl(target, FICLONE, source) === 0;
  }) ?? false;
}

/** Throws `noSpace` if the copy does not fit. Otherwise a failing copy would first fill the service's disk. */
function requireSpace(target: number, to: string, size: number): void {
  if (!isPermitted({ name: "sys", kind: "statfs" })) return;
  let free: number;
  try {
    const disk = nodeFsModule().statfsSync(directoryOf(to));
    // Some network and FUSE file systems report no sizes.
    if (disk.blocks === 0) return;
    // Reserved blocks are available to root only. The new file's owner shows whether this process is root.
    free = disk.bsize * (calls().fstat(target).uid === 0 ? disk.bfree : disk.bavail);
  } catch {
    return;
  }
  if (free < size) throw new FsError("noSpace", "copy to", to);
}

function copyOwnerAndMode(target: number, model: Stat): void {
  const { mode } = model;
  // Set after the owner, since chown clears the setuid and setgid bits; and not by open(), where the umask applies.
  calls().fchmod(target, keepOwner(target, model) ? mode : mode & 0o1777);
}

function keepOwner(target: number, model: Stat): boolean {
  const created = calls().fstat(target);
  if (created.uid === model.uid && created.gid === model.gid) return true;
  try {
    calls().fchown(target, model.uid, model.gid);
    return true;
  } catch {
    // Only root can change the owner. Often the group can be set, and the service's user may start the program by it.
    try {
      calls().fchown(target, created.uid, model.gid);
    } catch {
      // The copy belongs to the user and group of this process.
    }
    return false;
  }
}

/** Copies capabilities, access lists and labels, except those that the target's file system does not support. */
function copyAttributes(like: string, to: string): void {
  tryForeign(() => copyXattrs(like, to));
}

/** Runs `action`; `undefined` if foreign functions cannot be called. */
function tryForeign<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch (error) {
    if (error instanceof FfiUnavailable) return undefined;
    throw error;
  }
}
