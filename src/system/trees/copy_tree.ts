/** Copies a directory to a new one. @module */
import { readdirSync, readlinkSync } from "node:fs";
import { relative } from "@std/path/relative.js";
import { directoryOf, fileIn, nameOf } from "../../core/state/paths.ts";
import { type Libc, onLinux, openLibc } from "../ffi/libc.ts";
import { calls } from "../fs/calls.ts";
import { stampOf, type Stat } from "../fs/file_calls.ts";
import { CHUNK, OPEN } from "../fs/files.ts";
import { resolvePath } from "../fs/resolve_path.ts";
import { entryPath } from "./entry_name.ts";
import { makeTree } from "./make_tree.ts";
import type { Facts, NewFile, NewTree, TreeLimits } from "./new_tree.ts";
import { withRightsIn } from "./rights.ts";
import { quoted, refused, treeError, TreeFault } from "./tree_fault.ts";

/**
 * Copies a directory to the new directory `into`, and flushes it. Modes, times and symbolic links are kept; blocks are
 * shared where the file system can. On an error nothing is left of the new directory.
 *
 * @throws {FsError} Something in it must not be there or was changed meanwhile; a limit; the disk is full.
 */
export async function copyTree(from: string, into: string, limits: TreeLimits): Promise<void> {
  const root = sourceOf(from, into);
  await makeTree("copy", from, into, limits, (tree) => copyDirectory({ root, tree, copy: kernelCopy() }, ""));
}

/** The directory to copy, links resolved. */
function sourceOf(from: string, into: string): string {
  try {
    const root = resolvePath(from);
    if (calls().lstat(root)?.kind !== "directory") throw new TreeFault("it is no directory", "name one, or an archive");
    const target = fileIn(resolvePath(directoryOf(into)), nameOf(into));
    if (/^\.\.([/\\]|$)/.test(relative(root, target))) return root;
    throw new TreeFault(`the copy would lie in it (${target})`, "name a directory outside of it");
  } catch (error) {
    throw treeError("copy", from, error);
  }
}

/** The copy that is made. */
interface Copying {
  readonly root: string;
  readonly tree: NewTree;
  /** Copies from one open file to another, in the kernel: at most so many bytes. 0: none, it has to be done here. */
  readonly copy: (source: number, target: number, length: number) => number;
}

function copyDirectory(copying: Copying, path: string): void {
  const { root, tree } = copying;
  const from = path === "" ? root : fileIn(root, path);
  const before = statOf(from, path);
  if (before.kind !== "directory") throw changed(path);
  tree.directory(path, factsOf(before));
  const entries = withRightsIn(from, () => readdirSync(from, { withFileTypes: true }));
  const below: string[] = [];
  for (const entry of entries.sort((one, other) => one.name < other.name ? -1 : 1)) {
    const child = entryPath(path === "" ? entry.name : `${path}/${entry.name}`);
    // What a name that is no UTF-8 is read as.
    if (entry.name.includes("\ufffd")) throw refused(child, "has a name that is not UTF-8");
    if (entry.isDirectory()) below.push(child);
    else if (entry.isFile()) copyFile(copying, from, entry.name, child);
    else if (entry.isSymbolicLink()) copyLink(copying, from, entry.name, child);
    else throw refused(child, "is a device, FIFO or socket");
  }
  for (const child of below) copyDirectory(copying, child);
  if (stampOf(statOf(from, path)) !== stampOf(before)) throw changed(path);
}

function copyFile({ tree, copy }: Copying, folder: string, name: string, path: string): void {
  const source = withRightsIn(folder, () => calls().open(fileIn(folder, name), OPEN.read | OPEN.noFollow));
  try {
    const before = calls().fstat(source);
    if (before.kind !== "file") throw changed(path);
    const file = tree.file(path, factsOf(before));
    copyContent(copy, source, before.size, file);
    // Also what was appended meanwhile, or cut off.
    if (stampOf(calls().fstat(source)) !== stampOf(before)) throw changed(path);
    file.finish();
  } finally {
    calls().close(source);
  }
}

function copyContent(copy: Copying["copy"], source: number, size: number, file: NewFile): void {
  let done = 0;
  while (done < size) {
    const copied = copy(source, file.fd, size - done);
    if (copied === 0) break;
    file.count(copied);
    done += copied;
  }
  const buffer = new Uint8Array(Math.min(CHUNK, size - done));
  while (done < size) {
    const read = calls().read(source, buffer, done);
    if (read === 0) return; // it was cut short: its stamp tells
    file.write(buffer.subarray(0, read));
    done += read;
  }
}

function copyLink({ tree }: Copying, folder: string, name: string, path: string): void {
  const from = fileIn(folder, name);
  const before = statOf(from, path);
  const target = withRightsIn(folder, () => readlinkSync(from));
  if (target.includes("\ufffd")) throw refused(path, `is a link to ${quoted(target)}, which is not UTF-8`);
  tree.link(path, target, factsOf(before));
}

function statOf(from: string, path: string): Stat {
  const stat = withRightsIn(directoryOf(from), () => calls().lstat(from));
  if (stat === undefined) throw changed(path);
  return stat;
}

function factsOf({ mode, mtimeNs }: Stat): Facts {
  return { mode, time: Number(mtimeNs) / 1e9 };
}

function changed(path: string): TreeFault {
  return new TreeFault(
    `${quoted(path === "" ? "." : path)} was changed meanwhile`,
    "try again when nobody writes there",
  );
}

/** How much is copied before the limit is looked at again. */
const BLOCK = 64 * CHUNK;

function kernelCopy(): Copying["copy"] {
  const libc: Libc<"copy_file_range"> | undefined = onLinux(() => openLibc("copy_file_range"));
  return (source, target, length) => {
    const block = BigInt(Math.min(length, BLOCK));
    // A fault, such as a full disk, comes again when the rest is written, and is reported then.
    return Math.max(0, Number(libc?.call.copy_file_range(source, null, target, null, block, 0) ?? 0));
  };
}
