/** Copies a directory to a new one. @module */
import { readdirSync, readlinkSync } from "node:fs";
import { relative } from "@std/path/relative.js";
import { directoryOf, fileIn, nameOf } from "../../core/state/paths.ts";
import { calls } from "../fs/calls.ts";
import { cloneBytes, copyBytes } from "../fs/copy_bytes.ts";
import { isUnchanged, type Stat } from "../fs/file_calls.ts";
import { OPEN } from "../fs/files.ts";
import { resolvePath } from "../fs/resolve_path.ts";
import { entryPath } from "./entry_name.ts";
import { makeTree } from "./make_tree.ts";
import type { Facts, NewFile, NewTree, TreeLimits } from "./new_tree.ts";
import { withRightsIn } from "../linux/owner_rights.ts";
import { quoted, refused, treeError, TreeFault } from "./tree_fault.ts";

/**
 * Copies a directory to the new directory `into`, and flushes it. Modes, times and symbolic links are kept; blocks are
 * shared where the file system can. On an error nothing is left of the new directory.
 *
 * @returns The manifest of the copy.
 * @throws {FsError} Something in it must not be there or was changed meanwhile; a limit; the disk is full.
 */
export async function copyTree(from: string, into: string, limits: TreeLimits): Promise<string> {
  const root = sourceOf(from, into);
  return await makeTree("copy", from, into, limits, (tree) => {
    copyDirectory({ root, tree, canShare: true, buffer: new Uint8Array(LARGE) }, "");
  });
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
  /** Whether the file system may have shared blocks: so far no file was refused. */
  canShare: boolean;
  readonly buffer: Uint8Array;
}

/** From this size on, in bytes, a file is copied in the kernel: for a smaller one that takes longer. */
const LARGE = 256 * 1024;

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
  if (!isUnchanged(statOf(from, path), before)) throw changed(path);
}

function copyFile(copying: Copying, folder: string, name: string, path: string): void {
  const source = withRightsIn(folder, () => calls().open(fileIn(folder, name), OPEN.read | OPEN.noFollow));
  try {
    const before = calls().fstat(source);
    if (before.kind !== "file") throw changed(path);
    const file = copying.tree.file(path, factsOf(before));
    copyContent(copying, source, before.size, file);
    // Also what was appended meanwhile, or cut off.
    if (!isUnchanged(calls().fstat(source), before)) throw changed(path);
    file.finish();
  } finally {
    calls().close(source);
  }
}

function copyContent(copying: Copying, source: number, size: number, file: NewFile): void {
  if (size > 0 && copying.canShare) {
    const digest = cloneBytes(source, file.fd);
    if (digest !== undefined) return file.copied(size, () => digest);
    copying.canShare = false;
  }
  if (size >= LARGE) return file.copied(size, () => copyBytes(source, file.fd, size));
  const { buffer } = copying;
  for (let left = size; left > 0;) {
    const read = calls().read(source, buffer, null);
    if (read === 0) return; // it was cut short: its stamp tells
    file.write(buffer.subarray(0, read));
    left -= read;
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
