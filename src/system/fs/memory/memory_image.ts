/**
 * What a disk in memory holds, and the smallest steps that change it. A power cut is modelled over these steps, so each
 * is one that a real file system does wholly or not at all.
 *
 * @module
 */
import { createHash } from "node:crypto";

/** The inode of the root directory. */
export const ROOT = 1;

/** Bytes and attributes of a file. Never changed in place: a write puts another one in its stead. */
export interface FileNode {
  readonly kind: "file";
  readonly bytes: Uint8Array;
  readonly mode: number;
  /** Ticks of the disk's logical clock. */
  readonly mtime: number;
  readonly ctime: number;
}

/** A directory: names, and the inodes that they stand for. */
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

/** Anything that has an inode. */
export type Node = FileNode | DirectoryNode | SymlinkNode;

/** Inodes by number. Nodes are immutable, so that a copy of an image is a copy of one map. */
export type Image = Map<number, Node>;

/** One name set (`inode`) or taken away (no `inode`). */
export interface NameChange {
  readonly directory: number;
  readonly name: string;
  readonly inode?: number;
}

/** The file's content becomes `node`'s; volatile until a flush. */
export interface WriteOp {
  readonly kind: "write";
  readonly inode: number;
  readonly node: FileNode;
}

/** Names change, all of these or none; volatile until a sync of the directory. */
export interface NamesOp {
  readonly kind: "names";
  readonly changes: readonly NameChange[];
  readonly tick: number;
}

/** One step of the operation log. */
export type Op =
  /** An inode comes into being, without a name yet. */
  | { readonly kind: "birth"; readonly inode: number; readonly node: Node }
  | WriteOp
  /** What was written to the file is durable. */
  | { readonly kind: "flush"; readonly inode: number }
  | NamesOp
  /** The names in the directory are durable. */
  | { readonly kind: "sync"; readonly directory: number }
  /** The names everywhere are durable (a rename that is written through forces the journal out). */
  | { readonly kind: "barrier" };

/** A step, with the call that it is a part of. */
export type LogEntry = Op & { readonly call: string };

/** An empty disk. */
export function emptyImage(): Image {
  return new Map([[ROOT, { kind: "directory", names: new Map<string, number>(), mode: 0o755, ctime: 0 }]]);
}

/** Does one step. A name whose directory or file is not there is left out: its inode was lost with it. */
export function apply(image: Image, op: Op): void {
  if (op.kind === "birth") image.set(op.inode, op.node);
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
    // A link or rename is a change of the inode: its ctime must tell.
    if (node !== undefined && inode !== undefined) image.set(inode, { ...node, ctime: Math.max(node.ctime, tick) });
  }
}

/** Every name on the disk with its inode, by path, in the order of the directories. */
export function* walkNames(image: Image, directory = ROOT, path = ""): Generator<[path: string, inode: number]> {
  const node = image.get(directory);
  if (node?.kind !== "directory") return;
  for (const [name, inode] of node.names) {
    yield [`${path}/${name}`, inode];
    if (image.get(inode)?.kind === "directory") yield* walkNames(image, inode, `${path}/${name}`);
  }
}

const digests = new WeakMap<Uint8Array, string>();

/** Lower-case hex sha256; each array is hashed once, because nodes are never changed in place. */
export function digestOf(bytes: Uint8Array): string {
  let digest = digests.get(bytes);
  if (digest === undefined) {
    digest = createHash("sha256").update(bytes).digest("hex");
    digests.set(bytes, digest);
  }
  return digest;
}

/** Inode, size, mtime and ctime in one word. */
export function stampOf(inode: number, node: Node): string {
  if (node.kind !== "file") return `${inode}:0:${node.ctime}:${node.ctime}`;
  return `${inode}:${node.bytes.length}:${node.mtime}:${node.ctime}`;
}

/** One word for all that can be seen on the disk: two images with the same word are the same state. */
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
