/** Copies a program with its owner, mode, times and extended attributes. @module */
import { directoryOf } from "../../core/state/paths.ts";
import { type Copied, FsError } from "../../core/fs_port.ts";
import { cloneBytes, copyBytes } from "./copy_bytes.ts";
import { onLinux } from "../ffi/libc.ts";
import { copyTimes } from "./file_times.ts";
import { infoOf } from "./file_info.ts";
import { flush, isPosix, withNewFile, withRegularFile } from "./files.ts";
import { calls } from "./calls.ts";
import { stampOf, type Stat } from "./file_calls.ts";
import { nodeFsModule } from "./node_calls.ts";
import { isPermitted } from "../process/permission.ts";
import { withRightsAt } from "../linux/owner_rights.ts";
import { copyXattrs } from "../linux/xattrs.ts";

/**
 * Copies `from` to a new file `to` and flushes it. Mode, owner and rights come from `like`, the times and the attributes
 * that belong to the bytes from `from`. If the owner cannot be set, the setuid and setgid bits are removed: the program
 * would run with the rights of the wrong user.
 */
export function copyFile(from: string, to: string, like: string): Copied {
  return withRegularFile(from, (source, before) => {
    let digest = "";
    let copy = before;
    const copyFrom = (model: number, rights: Stat) =>
      withNewFile(to, (target) => {
        digest = copyContent(source, before.size, target, to);
        // The rights are given by whoever has the folder: another user's folder shall hold no program of root's rights.
        withRightsAt(to, () => {
          if (isPosix) copyOwnerAndMode(target, rights);
          onLinux(() => copyXattrs({ bytes: source, rights: model }, target));
        });
        copyTimes(source, target);
        flush(target);
        copy = calls().fstat(target);
        const after = calls().fstat(source);
        if (stampOf(after) !== stampOf(before)) {
          throw new FsError("busy", "copy", from, "it is being written");
        }
      });
    if (like === from) copyFrom(source, before);
    else withRegularFile(like, copyFrom);
    return { digest, source: infoOf(before, from), copy: infoOf(copy, to) };
  });
}

/** Copies the content; returns the sha256 of what can be read from the copy then. */
function copyContent(source: number, size: number, target: number, to: string): string {
  const digest = cloneBytes(source, target);
  if (digest !== undefined) return digest;
  requireSpace(target, to, size);
  return copyBytes(source, target);
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

/** Gives an open file or directory the owner and mode of another, as far as this user may. */
export function copyOwnerAndMode(target: number, model: Stat): void {
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
