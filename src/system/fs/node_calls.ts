/** The file system calls, by `node:fs`. @module */
import type { BigIntStats } from "node:fs";
import process from "../process/process.ts";
import { cString } from "../ffi/bytes.ts";
import { FfiUnavailable } from "../ffi/ffi.ts";
import { openLibc } from "../ffi/libc.ts";
import { X_OK } from "../linux/abi.ts";
import { isPermitted } from "../process/permission.ts";
import { isDeno } from "../process/runtime.ts";
import type { FileCalls, Stat } from "./file_calls.ts";

/** `node:fs`, loaded at the first call: most starts under Bun do not need it. */
export function nodeFsModule(): typeof import("node:fs") {
  return process.getBuiltinModule("node:fs");
}

/** `node:fs` as {@link FileCalls}. */
export function nodeCalls(): FileCalls {
  const node = nodeFsModule();
  const stat = (path: string) => statOf(node.statSync(path, { bigint: true }));
  return {
    open: node.openSync,
    close: node.closeSync,
    read: (fd, buffer, position) => node.readSync(fd, buffer, 0, buffer.length, position),
    write: (fd, bytes, position) => node.writeSync(fd, bytes, 0, bytes.length, position),
    fsync: node.fsyncSync,
    ftruncate: node.ftruncateSync,
    fchmod: node.fchmodSync,
    fchown: node.fchownSync,
    fstat: (fd) => statOf(node.fstatSync(fd, { bigint: true })),
    stat,
    lstat(path) {
      try {
        const found = node.lstatSync(path, { bigint: true, throwIfNoEntry: false });
        return found && statOf(found);
      } catch (error) {
        if ((error as { code?: string }).code === "ENOTDIR") return undefined; // Deno throws it
        throw error;
      }
    },
    rename: node.renameSync,
    unlink: node.unlinkSync,
    mayExecute: (path) => isDeno ? mayExecuteUnderDeno(path, stat) : may(() => node.accessSync(path, X_OK)),
    readlink: (path) => node.readlinkSync(path),
    realpath: (path) => node.realpathSync.native(path),
  };
}

function may(access: () => void): boolean {
  try {
    access();
    return true;
  } catch (error) {
    if ((error as { code?: string }).code === "EACCES") return false;
    throw error;
  }
}

/** Deno's accessSync only compares the mode bits, and is wrong for root. So the C library's access() is used. */
function mayExecuteUnderDeno(path: string, stat: (path: string) => Stat): boolean {
  try {
    return openLibc("access").call.access(cString(path), X_OK) === 0;
  } catch (error) {
    if (!(error instanceof FfiUnavailable)) throw error;
    // Without --allow-ffi the mode bits are used. Root may execute the file if any execute bit is set; the same is
    // assumed if the user id cannot be read, for which --allow-sys is needed.
    const isOtherUser = isPermitted({ name: "sys", kind: "uid" }) && process.geteuid?.() !== 0;
    return isOtherUser ? may(() => nodeFsModule().accessSync(path, X_OK)) : (stat(path).mode & 0o111) !== 0;
  }
}

function statOf(stat: BigIntStats): Stat {
  const { dev, ino, mtimeNs, ctimeNs } = stat;
  return {
    kind: stat.isFile() ? "file" : stat.isDirectory() ? "directory" : stat.isSymbolicLink() ? "link" : "other",
    mode: Number(stat.mode) & 0o7777,
    uid: Number(stat.uid),
    gid: Number(stat.gid),
    nlink: Number(stat.nlink),
    size: Number(stat.size),
    ...{ dev, ino, mtimeNs, ctimeNs },
  };
}
