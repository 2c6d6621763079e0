/** The file calls through `node:fs`. @module */
import type { BigIntStats } from "node:fs";
import { fs } from "../process/builtin.ts";
import type { FsCalls, Stat } from "./fs_calls.ts";

/** @returns `node:fs` as {@link FsCalls}. */
export function nodeCalls(): FsCalls {
  const node = fs();
  const { openSync, closeSync, fsyncSync, ftruncateSync, fchmodSync, fchownSync, renameSync, unlinkSync, accessSync } =
    node;
  return {
    ...{ openSync, closeSync, fsyncSync, ftruncateSync, fchmodSync, fchownSync, renameSync, unlinkSync, accessSync },
    readSync: (fd, buffer, position) => node.readSync(fd, buffer, 0, buffer.length, position),
    writeSync: (fd, bytes, position) => node.writeSync(fd, bytes, 0, bytes.length, position),
    fstatSync: (fd) => statOf(node.fstatSync(fd, { bigint: true })),
    statSync: (path) => statOf(node.statSync(path, { bigint: true })),
    lstatSync(path) {
      const stat = node.lstatSync(path, { bigint: true, throwIfNoEntry: false });
      return stat && statOf(stat);
    },
    readlinkSync: (path) => node.readlinkSync(path),
    realpathSync: (path) => node.realpathSync.native(path),
  };
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
