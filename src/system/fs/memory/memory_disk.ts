/**
 * The disk of {@link MemoryFs}: the current image, the durable image that it started from, and the log of all steps
 * between the two.
 *
 * @module
 */
import { sameBytes } from "../../ffi/bytes.ts";
import { apply, emptyImage } from "./memory_image.ts";
import type { FileNode, Image, LogEntry, NameChange, Node, Op } from "./memory_image.ts";

/** A disk in memory. */
export class Disk {
  /** The current image, which a reader sees. */
  image: Image;
  /** The durable image at the start of the log. */
  base: Image;
  /** All steps since then, in order. */
  log: LogEntry[] = [];
  /** The call to which the next steps belong, for the messages of failed tests. */
  call = "";
  #tick: number;
  #lastInode: number;

  constructor(image: Image = emptyImage()) {
    this.base = image;
    this.image = image;
    this.#lastInode = Math.max(...image.keys());
    this.#tick = Math.max(...[...image.values()].map((node) => node.ctime));
  }

  /** The logical clock. */
  get now(): number {
    return this.#tick;
  }

  /** The next tick of the logical clock. */
  tick(): number {
    return ++this.#tick;
  }

  /** Creates an inode without a name. */
  createInode(node: Node): number {
    const inode = ++this.#lastInode;
    this.#do({ kind: "createInode", inode, node });
    return inode;
  }

  /** Changes names in one atomic step. */
  names(...changes: NameChange[]): void {
    this.#do({ kind: "names", changes, tick: this.tick() });
  }

  /** Overwrites a file's content in two steps, so that a test can stop between them, as a kill can stop a write. */
  write(inode: number, bytes: Uint8Array): void {
    const before = this.image.get(inode) as FileNode;
    const middle = Math.floor(bytes.length / 2);
    for (const length of [middle, bytes.length]) {
      const piece = splice(bytes, before.bytes, length);
      if (!sameBytes(piece, before.bytes) && !sameBytes(piece, bytes)) this.#write(inode, piece);
    }
    this.#write(inode, bytes);
  }

  /** Changes mode or mtime of a file. Like its content, this is volatile until a flush. */
  attributes(inode: number, change: { readonly mode?: number; readonly mtime?: number }): void {
    const before = this.image.get(inode) as FileNode;
    this.#do({ kind: "write", inode, node: { ...before, ...change, ctime: this.tick() } });
  }

  /** Makes the content of a file durable. */
  flush(inode: number): void {
    this.#do({ kind: "flush", inode });
  }

  /** Makes the names in a directory durable. */
  sync(directory: number): void {
    this.#do({ kind: "sync", directory });
  }

  /** Makes all names durable. */
  barrier(): void {
    this.#do({ kind: "barrier" });
  }

  /** Makes the whole current image durable, and starts a new log. */
  makeDurable(): void {
    this.base = this.image;
    this.log = [];
  }

  #write(inode: number, bytes: Uint8Array): void {
    const tick = this.tick();
    const before = this.image.get(inode) as FileNode;
    this.#do({ kind: "write", inode, node: { ...before, bytes, mtime: tick, ctime: tick } });
  }

  #do(op: Op): void {
    // The durable image is copied only at the first change: most images of crashes are only read.
    if (this.image === this.base) this.image = new Map(this.base);
    apply(this.image, op);
    this.log.push({ ...op, call: this.call });
  }
}

/** The first `length` bytes of `after`, followed by the bytes of `before` from there on. */
export function splice(after: Uint8Array, before: Uint8Array, length: number): Uint8Array {
  const bytes = new Uint8Array(Math.max(length, before.length));
  bytes.set(before);
  bytes.set(after.subarray(0, length));
  return bytes;
}
