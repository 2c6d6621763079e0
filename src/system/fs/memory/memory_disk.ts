/**
 * The disk under {@link MemoryFs}: a live image, the durable one that it started from, and the log between the two.
 *
 * @module
 */
import { sameBytes } from "../../ffi/bytes.ts";
import { apply, emptyImage } from "./memory_image.ts";
import type { FileNode, Image, LogEntry, NameChange, Node, Op } from "./memory_image.ts";

/** A live image over a durable one. */
export class Disk {
  /** What a reader sees. */
  image: Image;
  /** All of it durable: where the log starts. */
  base: Image;
  /** Every step since, in order. */
  log: LogEntry[] = [];
  /** The call that the next steps belong to; for the messages of a failed test. */
  call = "";
  #tick: number;
  #lastInode: number;

  constructor(image: Image = emptyImage()) {
    this.base = image;
    this.image = image;
    this.#lastInode = Math.max(...image.keys());
    this.#tick = Math.max(...[...image.values()].map((node) => node.ctime));
  }

  /** The next moment of the logical clock. */
  tick(): number {
    return ++this.#tick;
  }

  /** Makes an inode, without a name yet. */
  birth(node: Node): number {
    const inode = ++this.#lastInode;
    this.#do({ kind: "birth", inode, node });
    return inode;
  }

  /** Changes names, all at once. */
  names(...changes: NameChange[]): void {
    this.#do({ kind: "names", changes, tick: this.tick() });
  }

  /** Writes over a file's bytes the way a kernel does, piece by piece, so that a kill can come in between. */
  write(inode: number, bytes: Uint8Array): void {
    const before = this.image.get(inode) as FileNode;
    const middle = Math.floor(bytes.length / 2);
    for (const length of [middle, bytes.length]) {
      const piece = splice(bytes, before.bytes, length);
      if (!sameBytes(piece, before.bytes) && !sameBytes(piece, bytes)) this.#write(inode, piece);
    }
    this.#write(inode, bytes);
  }

  /** Changes mode or mtime of a file; volatile like its bytes. */
  attributes(inode: number, change: { readonly mode?: number; readonly mtime?: number }): void {
    const before = this.image.get(inode) as FileNode;
    this.#do({ kind: "write", inode, node: { ...before, ...change, ctime: this.tick() } });
  }

  /** Makes what was written to a file durable. */
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

  /** Takes all that is live as durable, and starts the log anew. */
  settle(): void {
    this.base = this.image;
    this.log = [];
  }

  #write(inode: number, bytes: Uint8Array): void {
    const tick = this.tick();
    const before = this.image.get(inode) as FileNode;
    this.#do({ kind: "write", inode, node: { ...before, bytes, mtime: tick, ctime: tick } });
  }

  #do(op: Op): void {
    // The live image is split from the durable one at the first change: most crash states are only read.
    if (this.image === this.base) this.image = new Map(this.base);
    apply(this.image, op);
    this.log.push({ ...op, call: this.call });
  }
}

/** The first `length` bytes of `after`, then what `before` had beyond them. */
export function splice(after: Uint8Array, before: Uint8Array, length: number): Uint8Array {
  const bytes = new Uint8Array(Math.max(length, before.length));
  bytes.set(before);
  bytes.set(after.subarray(0, length));
  return bytes;
}
