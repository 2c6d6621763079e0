/** What a directory of data holds. @module */
import type { BigIntStats } from "node:fs";
import type { DataSize } from "../../../core/data/data_port.ts";
import { FsError } from "../../../core/fs_port.ts";
import { directoryOf } from "../../../core/state/paths.ts";
import { shareBlocks } from "../../fs/copy_bytes.ts";
import { nodeFsModule } from "../../fs/node_calls.ts";
import { O_NOFOLLOW, O_NONBLOCK, O_RDWR, O_TMPFILE } from "../../linux/abi.ts";
import { entriesOf, type Folder, withFolder } from "../folder.ts";

/** A directory of data at one moment. */
export interface Survey extends DataSize {
  /** What is at each path, so that a change is seen. */
  readonly stamps: ReadonlyMap<string, string>;
  /** Device and inode number of everything in it. */
  readonly inodes: ReadonlySet<string>;
}

/** Looks at everything in a directory. Reads no file. */
export function surveyData(path: string): Survey {
  const stamps = new Map<string, string>();
  const inodes = new Set<string>();
  const size = { bytes: 0, files: 0, leftOut: 0 };
  let isShared: boolean | undefined;

  const look = (folder: Folder, below: string, device: bigint): void => {
    for (const [name, stat] of entriesOf(folder)) {
      const at = `${below}/${name}`;
      refuseMounted(at, stat, device);
      stamps.set(at, stampOf(stat));
      if (stat.isDirectory()) {
        withFolder(folder.at(name), (inner) => look(inner, at, device));
      } else if (stat.isFile()) {
        const isNew = !inodes.has(inodeOf(stat));
        if (isNew) size.bytes += Number(stat.size);
        size.files++;
        if (stat.size > 0n) isShared ??= canShare(folder.at(name), directoryOf(path));
      } else if (!stat.isSymbolicLink()) size.leftOut++;
      inodes.add(inodeOf(stat));
    }
  };
  withFolder(path, (folder) => {
    const stat = nodeFsModule().fstatSync(folder.fd, { bigint: true });
    stamps.set(path, stampOf(stat));
    inodes.add(inodeOf(stat));
    look(folder, path, stat.dev);
  });
  return { ...size, isShared: isShared ?? true, stamps, inodes };
}

/** The same in two lines of a directory's life: nothing was changed between them. */
export function isSame(a: Survey, b: Survey): boolean {
  return a.stamps.size === b.stamps.size && [...a.stamps].every(([path, stamp]) => b.stamps.get(path) === stamp);
}

/** Device and inode number. */
export function inodeOf({ dev, ino }: Pick<BigIntStats, "dev" | "ino">): string {
  return `${dev}:${ino}`;
}

function stampOf({ ino, mode, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [ino, mode, size, mtimeNs, ctimeNs].join(":");
}

/** A rename of the directory would take along what is mounted in it, and the copy is on another file system. */
function refuseMounted(path: string, { dev }: BigIntStats, device: bigint): void {
  if (dev !== device) throw new FsError("crossDevice", "copy", path, "it is on another file system (mounted there)");
}

/** Whether a file's blocks can be shared with one in that folder. The file that tells it has no name. */
function canShare(path: string, folder: string): boolean {
  const { openSync, closeSync } = nodeFsModule();
  const open: number[] = [];
  try {
    open.push(openSync(path, O_NOFOLLOW | O_NONBLOCK));
    open.push(openSync(folder, O_TMPFILE | O_RDWR, 0o600));
    const [source = -1, target = -1] = open;
    return shareBlocks(source, target);
  } catch {
    return false; // no such files there, or it may not be read: the copy says so
  } finally {
    open.forEach((fd) => closeSync(fd));
  }
}
