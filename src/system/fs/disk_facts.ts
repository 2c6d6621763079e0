/** What is known of the file system that a folder is on. @module */
import { statfsSync } from "node:fs";
import { calls } from "./calls.ts";

/** The room that is left. */
export interface DiskRoom {
  readonly bytes: number;
  /** `undefined` on a file system that makes inodes as needed. */
  readonly inodes: number | undefined;
}

/** The room that is left; `undefined` when it cannot be found out. */
export function diskRoom(folder: string): DiskRoom | undefined {
  try {
    const { bavail, bsize, files, ffree } = statfsSync(folder);
    return { bytes: bavail * bsize, inodes: files > 0 ? ffree : undefined };
  } catch {
    return undefined;
  }
}

/** Owner, mode and times of a file or folder. */
export interface FileFacts {
  readonly uid: number;
  readonly isSticky: boolean;
  readonly size: number;
  /** Ctime and mtime, nanoseconds. */
  readonly times: readonly [changed: bigint, written: bigint];
}

/** Facts about a file or folder, links not followed; `undefined` when there is none, or it may not be seen. */
export function fileFacts(path: string): FileFacts | undefined {
  try {
    const stat = calls().lstat(path);
    return stat && {
      uid: stat.uid,
      isSticky: (stat.mode & 0o1000) !== 0,
      size: stat.size,
      times: [stat.ctimeNs, stat.mtimeNs],
    };
  } catch {
    return undefined;
  }
}
