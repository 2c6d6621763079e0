/** Copies a directory of data. @module */
import type { BigIntStats } from "node:fs";
import type { DataSize } from "../../../core/data/data_port.ts";
import { FsError } from "../../../core/fs_port.ts";
import { directoryOf, fileIn } from "../../../core/state/paths.ts";
import { onLinux, openLibc } from "../../ffi/libc.ts";
import { copyUnread, shareBlocks } from "../../fs/copy_bytes.ts";
import { copyTimes } from "../../fs/file_times.ts";
import { nodeFsModule } from "../../fs/node_calls.ts";
import { O_NOFOLLOW, O_NONBLOCK } from "../../linux/abi.ts";
import { copyXattrs } from "../../linux/xattrs.ts";
import { inodeOf, isSame, surveyData } from "./data_survey.ts";
import { entriesOf, type Folder, withFolder } from "../folder.ts";

/** The longest that a copy may take: the service waits for it. */
const LIMIT_MS = 60_000;

/** A copy must leave a tenth of the room that there is: the service needs some, too. */
const MOST_OF_ROOM = 0.9;

interface Job {
  readonly from: string;
  readonly budget: number;
  readonly end: number;
  /** Copied files that have several names, by inode. */
  readonly names: Map<string, string>;
  /** Bytes that were copied since their blocks could not be shared. */
  copied: number;
}

/** {@link DataTrees.copy}. */
export function copyData(from: string, to: string, budget: number, limitMs: number = LIMIT_MS): DataSize {
  const before = surveyData(from);
  if (!before.isShared) requireRoom(from, before, budget);
  const job: Job = { from, budget, end: performance.now() + limitMs, names: new Map(), copied: 0 };
  withFolder(from, (folder) => copyFolder(folder, to, job));
  flushDisk(to);
  if (!isSame(before, surveyData(from))) {
    throw new FsError("busy", "copy", from, "something in it was changed meanwhile, so it is in use");
  }
  const { bytes, files, leftOut } = before;
  return { bytes, files, leftOut, isShared: job.copied === 0 };
}

function requireRoom(from: string, { bytes }: DataSize, budget: number): void {
  const refuse = (why: string) => new FsError("noSpace", "copy", from, `it has ${bytes} bytes, and ${why}`);
  if (bytes > budget) throw refuse(`its file system shares no blocks; --data-budget is ${budget}`);
  const { bavail, bsize } = nodeFsModule().statfsSync(directoryOf(from));
  if (bytes > bavail * bsize * MOST_OF_ROOM) throw refuse(`only ${bavail * bsize} are free`);
}

function copyFolder(source: Folder, target: string, job: Job): void {
  const { lchownSync, linkSync, lutimesSync, mkdirSync, readlinkSync, symlinkSync } = nodeFsModule();
  mkdirSync(target, 0o700);
  for (const [name, stat] of entriesOf(source)) {
    if (performance.now() > job.end) {
      throw new FsError("other", "copy", job.from, new Error("it takes longer than the service can wait for it"));
    }
    const [path, copy] = [source.at(name), fileIn(target, name)];
    if (stat.isDirectory()) withFolder(path, (inner) => copyFolder(inner, copy, job));
    else if (stat.isSymbolicLink()) {
      symlinkSync(readlinkSync(path), copy);
      lchownSync(copy, Number(stat.uid), Number(stat.gid));
      lutimesSync(copy, Number(stat.atimeMs) / 1000, Number(stat.mtimeMs) / 1000);
    } else if (stat.isFile()) {
      const known = stat.nlink > 1n ? job.names.get(inodeOf(stat)) : undefined;
      if (known === undefined) copyOne(path, copy, job);
      else linkSync(known, copy);
      if (stat.nlink > 1n) job.names.set(inodeOf(stat), known ?? copy);
    }
  }
  // Last: a folder may be one that nobody may write, and what is made in it changes its times.
  withFolder(target, ({ fd }) => copyAttributes(source.fd, fd));
}

function copyOne(path: string, copy: string, job: Job): void {
  withOpen(path, O_NOFOLLOW | O_NONBLOCK, (source) => {
    const { isFile, size } = factsOf(source);
    if (!isFile) throw new FsError("busy", "copy", job.from, "something in it was replaced meanwhile");
    withOpen(copy, "wx", (target) => {
      if (size > 0 && !shareBlocks(source, target)) {
        job.copied += size;
        // Some files of a file system can share their blocks, and others not.
        if (job.copied > job.budget) throw new FsError("noSpace", "copy", job.from, "it is more than --data-budget");
        copyUnread(source, target);
      }
      copyAttributes(source, target);
    });
  });
}

function factsOf(fd: number): { readonly isFile: boolean; readonly size: number } {
  const stat: BigIntStats = nodeFsModule().fstatSync(fd, { bigint: true });
  return { isFile: stat.isFile(), size: Number(stat.size) };
}

function withOpen(path: string, flags: number | string, use: (fd: number) => void): void {
  const { closeSync, openSync } = nodeFsModule();
  const fd = openSync(path, flags, 0o600);
  try {
    use(fd);
  } finally {
    closeSync(fd);
  }
}

/** Owner, mode, extended attributes and times. Data with another owner would be no use to the service. */
function copyAttributes(source: number, target: number): void {
  const { fchmodSync, fchownSync, fstatSync } = nodeFsModule();
  const { uid, gid, mode } = fstatSync(source);
  const made = fstatSync(target);
  if (made.uid !== uid || made.gid !== gid) fchownSync(target, uid, gid);
  // After the owner, which clears setuid and setgid; and not by open(), where the umask applies.
  fchmodSync(target, mode & 0o7777);
  onLinux(() => copyXattrs({ bytes: source, rights: source }, target));
  copyTimes(source, target);
}

/** One call for the whole file system: flushing each of many small files takes far longer. */
function flushDisk(path: string): void {
  withFolder(path, ({ fd }) => {
    if (onLinux(() => openLibc("syncfs").call.syncfs(fd)) === 0) return;
    throw new FsError("unsupported", "flush", path);
  });
}
