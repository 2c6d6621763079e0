/**
 * The content of a disk in memory, and the atomic steps that change it. A simulated power cut can lose steps, so each
 * is one that a real file system does completely or not at all.
 *
 * @module
 */
import { createHash } from "node:crypto";

/** The inode of the root directory. */
export const ROOT = 1;

/** The content and attributes of a file. Immutable: a write replaces the node. */
export interface FileNode {
  readonly kind: "file";
  readonly bytes: Uint8Array;
  readonly mode: number;
  /** Ticks of the disk's logical clock. */
  readonly mtime: number;
  readonly ctime: number;
}

/** A directory: names and their inodes. */
export interface DirectoryNode {
  readonly kind: "directory";
  readonly names: ReadonlyMap<string, number>;
  readonly mode: number;
  readonly ctime: number;
}

/** A symbolic link. */
export interface SymlinkNode {
  readonly kind: "symlink";
  readonly target: string;
  readonly ctime: number;
}

/** A file, directory or symbolic link. */
export type Node = FileNode | DirectoryNode | SymlinkNode;

/** The nodes by inode number. Nodes are immutable, so an image is copied by copying the map. */
export type Image = Map<number, Node>;

/** Sets a name (with `inode`) or removes it (without). */
export interface NameChange {
  readonly directory: number;
  readonly name: string;
  readonly inode?: number;
}

/** Replaces a file's content and attributes; volatile until a flush. */
export interface WriteOp {
  readonly kind: "write";
  readonly inode: number;
  readonly node: FileNode;
}

/** Changes names atomically; volatile until a sync of the directory. */
export interface NamesOp {
  readonly kind: "names";
  readonly changes: readonly NameChange[];
  readonly tick: number;
}

/** A step of the log. */
export type Op =
  /** Creates an inode without a name. */
  | { readonly kind: "createInode"; readonly inode: number; readonly node: Node }
  | WriteOp
  /** Makes the file's content durable. */
  | { readonly kind: "flush"; readonly inode: number }
  | NamesOp
  /** Makes the names in the directory durable. */
  | { readonly kind: "sync"; readonly directory: number }
  /** Makes all names durable: a write-through rename on Windows flushes the journal. */
  | { readonly kind: "barrier" };

/** A step, and the call that it is part of. */
export type LogEntry = Op & { readonly call: string };

/** An empty disk. */
export function emptyImage(): Image {
  return new Map([[ROOT, { kind: "directory", names: new Map<string, number>(), mode: 0o755, ctime: 0 }]]);
}

/** Carries out a step. A change of a name in a missing directory is ignored: a simulated power cut has lost it. */
export function apply(image: Image, op: Op): void {
  if (op.kind === "createInode") image.set(op.inode, op.node);
  if (op.kind === "write") {
    const before = image.get(op.inode);
    image.set(op.inode, { ...op.node, ctime: Math.max(op.node.ctime, before?.ctime ?? 0) });
  }
  if (op.kind === "names") { for (const change of op.changes) applyName(image, change, op.tick); }
}

function applyName(image: Image, change: NameChange, tick: number): void {
  const directory = image.get(change.directory);
  if (directory?.kind !== "directory") return;
  const names = new Map(directory.names);
  const before = names.get(change.name);
  if (change.inode === undefined) names.delete(change.name);
  else names.set(change.name, change.inode);
  image.set(change.directory, { ...directory, names, ctime: Math.max(directory.ctime, tick) });
  for (const inode of [before, change.inode]) {
    const node = inode === undefined ? undefined : image.get(inode);
    // Making or removing a hard link and renaming change the inode's ctime.
    if (node !== undefined && inode !== undefined) image.set(inode, { ...node, ctime: Math.max(node.ctime, tick) });
  }
}

/** All paths on the disk with their inodes, in the order of the directories. */
export function* walkNames(image: Image, directory = ROOT, path = ""): Generator<[path: string, inode: number]> {
  const node = image.get(directory);
  if (node?.kind !== "directory") return;
  for (const [name, inode] of node.names) {
    yield [`${path}/${name}`, inode];
    if (image.get(inode)?.kind === "directory") yield* walkNames(image, inode, `${path}/${name}`);
  }
}

const digests = new WeakMap<Uint8Array, string>();

/** Sha256 in lower-case hex. Computed once for each array, since nodes are immutable. */
export function digestOf(bytes: Uint8Array): string {
  let digest = digests.get(bytes);
  if (digest === undefined) {
    digest = createHash("sha256").update(bytes).digest("hex");
    digests.set(bytes, digest);
  }
  return digest;
}

/** Inode, size, mtime and ctime as one string. `step`: the ticks between two times that the file system tells apart. */
export function stampOf(inode: number, node: Node, step = 1): string {
  return `${identityOf(inode, node, step)}:${rounded(node.ctime, step)}`;
}

/** The same without the ctime. */
export function identityOf(inode: number, node: Node, step = 1): string {
  const [size, mtime] = node.kind === "file" ? [node.bytes.length, node.mtime] : [0, node.ctime];
  return `${inode}:${size}:${rounded(mtime, step)}`;
}

function rounded(tick: number, step: number): number {
  return Math.floor(tick / step) * step;
}

/** A string with all that is visible on the disk: images with the same string are equal. */
export function imageKey(image: Image): string {
  const lines: string[] = [];
  for (const [path, inode] of walkNames(image)) {
    const node = image.get(inode);
    if (node?.kind === "file") lines.push(`${path}|${node.mode}|${stampOf(inode, node)}|${digestOf(node.bytes)}`);
    else if (node?.kind === "symlink") lines.push(`${path}|->${node.target}`);
    else if (node?.kind === "directory") lines.push(`${path}|${inode}/${node.mode}`);
  }
  return lines.sort().join("\n");
}

/** How many names a file has. */
export function namesOf(image: Image, inode: number): number {
  let count = 0;
  for (const node of image.values()) {
    if (node.kind !== "directory") continue;
    for (const other of node.names.values()) if (other === inode) count++;
  }
  return count;
}
