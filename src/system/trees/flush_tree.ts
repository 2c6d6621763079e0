/** Flushes a directory and all in it. @module */
import { fileIn } from "../../core/state/paths.ts";
import { onLinux, openLibc } from "../ffi/libc.ts";
import { calls } from "../fs/calls.ts";
import { flush, isPosix, OPEN } from "../fs/files.ts";
import { errnoOf, verb } from "../fs/fs_faults.ts";
import { nodeFsModule } from "../fs/node_calls.ts";
import process from "../process/process.ts";
import { isPermitted } from "../process/permission.ts";
import { withRightsIn } from "../linux/owner_rights.ts";

/**
 * Flushes every file and directory of a tree, so that a rename of it afterwards shows a whole one, also after a power
 * cut. Links are not followed.
 *
 * @throws {FsError} Something could not be written.
 */
export const flushTree: (path: string) => void = verb("flush", (path) => {
  if (!flushFileSystem(path)) flushDirectory(path);
});

/**
 * File systems of which `syncfs` is known to write everything and to tell errors. Network file systems and FUSE may do
 * neither.
 */
const LOCAL: readonly number[] = [
  0xef53, // ext2, ext3, ext4
  0x58465342, // XFS
  0x9123683e, // Btrfs
  0xf2f52010, // F2FS
  0x01021994, // tmpfs
];

/** Flushes the whole file system by one call: for many files that is a small part of the time of a flush for each. */
function flushFileSystem(path: string): boolean {
  if (!isPermitted({ name: "sys", kind: "statfs" }) || !tellsErrors()) return false;
  return onLinux(() => {
    if (!LOCAL.includes(nodeFsModule().statfsSync(path).type)) return false;
    const { call } = openLibc("syncfs");
    const fd = withRightsIn(path, () => calls().open(path, OPEN.directory));
    try {
      // After an error each file is flushed: that tells which one it is.
      return call.syncfs(fd) === 0;
    } finally {
      calls().close(fd);
    }
  }) ?? false;
}

/** Since Linux 5.8 `syncfs` tells that something could not be written. */
function tellsErrors(): boolean {
  if (!isPermitted({ name: "sys", kind: "osRelease" })) return false;
  const [major = 0, minor = 0] = process.getBuiltinModule("node:os").release().split(/[.-]/).map(Number);
  return major > 5 || (major === 5 && minor >= 8);
}

function flushDirectory(path: string): void {
  const below: string[] = [];
  withRightsIn(path, () => {
    for (const entry of nodeFsModule().readdirSync(path, { withFileTypes: true })) {
      const child = fileIn(path, entry.name);
      if (entry.isDirectory()) below.push(child);
      else if (entry.isFile()) flushFile(child);
    }
    if (isPosix) flushAt(path, OPEN.directory);
  });
  for (const child of below) flushDirectory(child);
}

function flushFile(path: string): void {
  // Windows flushes only what was opened for writing.
  const flags = (isPosix ? OPEN.read : OPEN.write) | OPEN.noFollow;
  try {
    flushAt(path, flags);
  } catch (error) {
    if (errnoOf(error) !== "EACCES") throw error;
    const { mode } = calls().stat(path);
    nodeFsModule().chmodSync(path, 0o600); // its mode forbids it to its owner, too
    try {
      flushAt(path, flags);
    } finally {
      nodeFsModule().chmodSync(path, mode);
    }
  }
}

function flushAt(path: string, flags: number): void {
  const fd = calls().open(path, flags);
  try {
    flush(fd);
  } finally {
    calls().close(fd);
  }
}
