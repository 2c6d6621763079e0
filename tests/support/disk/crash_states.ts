/**
 * Which disks a power cut or a kill can leave behind, told from the log of a {@link MemoryFs}.
 *
 * @module
 */
import { splice } from "../../../src/system/fs/memory/memory_disk.ts";
import {
  apply,
  type FileNode,
  type Image,
  imageKey,
  type LogEntry,
  type NamesOp,
  walkNames,
} from "../../../src/system/fs/memory/memory_image.ts";
import { MemoryFs } from "../../../src/system/fs/memory/memory_fs.ts";

/** A disk that was left behind. */
export interface LeftState {
  /** To boot from: all of it durable, its log empty. */
  readonly fs: MemoryFs;
  /** The call that was under way, or had just ended. */
  readonly call: string;
  /** Steps of the log that had been done. */
  readonly at: number;
  /** One line for the message of a failed test: the moment, and what was lost. */
  readonly note: string;
}

/** Which moments to look at. */
export interface StatesOptions {
  /**
   * Only moments from this place of the log on (see `mark()`): what a call has made durable holds in all of them.
   *
   * @default 0
   */
  readonly from?: number;
  /**
   * Changes of names that are tried in every combination while they are volatile; when there are more, at most two are
   * lost or at most two survive.
   *
   * @default 10
   */
  readonly maxVolatile?: number;
}

/**
 * Every state that a kill without a power cut can leave: all steps up to some moment, and none after it.
 *
 * @param fs The file system after the run, whose log began with `makeDurable()`
 */
export function* killStates(fs: MemoryFs, options: StatesOptions = {}): Generator<LeftState> {
  const image = new Map(fs.disk.base);
  const seen = new Set<string>();
  const { log } = fs.disk;
  for (let at = 0; at <= log.length; at++) {
    const entry = log[at - 1];
    if (entry !== undefined) apply(image, entry);
    if (at < (options.from ?? 0) || !isNew(image, seen)) continue;
    const call = entry?.call ?? "";
    // Running programs live on: only the writer was killed.
    yield { fs: new MemoryFs(fs.options, new Map(image), fs.running), call, at, note: `killed at step ${at}, ${call}` };
  }
}

/**
 * Every state that a power cut can leave. At each moment, what is durable stands; of the changed names that no
 * `syncDirectory` followed, any subset survives (one rename within a directory: wholly or not at all); the bytes of a
 * file that no flush followed are the old ones, the new ones, or torn: the front only, the back only, NUL throughout.
 * Equal states come once, at the earliest moment.
 *
 * @param fs The file system after the run, whose log began with `makeDurable()`
 */
export function* crashStates(fs: MemoryFs, options: StatesOptions = {}): Generator<LeftState> {
  const durable = new Durable(fs.disk.base);
  const seen = new Set<string>();
  const { log } = fs.disk;
  const from = Math.min(options.from ?? 0, log.length);
  for (let at = 0; at <= log.length; at++) {
    const entry = log[at - 1];
    if (entry !== undefined) durable.advance(entry);
    // Only a change brings states that were not possible before; a flush or a sync only takes some away.
    const isChange = entry?.kind === "names" || entry?.kind === "write";
    if (at < from || (at > from && !isChange)) continue;
    for (const { image, lost } of durable.images(at > from ? entry : undefined, options.maxVolatile ?? 10)) {
      if (!isNew(image, seen)) continue;
      const call = entry?.call ?? "";
      const note = `power cut at step ${at}, ${call}; lost: ${lost.join(", ") || "nothing"}`;
      yield { fs: new MemoryFs(fs.options, image), call, at, note };
    }
  }
}

interface Left {
  readonly image: Image;
  readonly lost: readonly string[];
}

/** A possible content of a file; no node: what is durable. */
interface Variant {
  readonly node?: FileNode;
  readonly lost?: string;
}

/** What is durable at some moment, and what is not yet. */
class Durable {
  readonly #image: Image;
  #names: (NamesOp & LogEntry)[] = [];
  readonly #writes = new Map<number, Variant[]>();
  /** Of each file, the variants that its last write brought. */
  readonly #latest = new Map<number, Variant[]>();

  constructor(base: Image) {
    this.#image = new Map(base);
  }

  advance(entry: LogEntry): void {
    if (entry.kind === "createInode") apply(this.#image, entry);
    if (entry.kind === "names") this.#names.push(entry);
    if (entry.kind === "barrier") this.#harden(() => true);
    if (entry.kind === "sync") this.#harden((op) => op.changes.some((change) => change.directory === entry.directory));
    if (entry.kind === "write") {
      const durable = this.#image.get(entry.inode) as FileNode;
      const latest = tornForms(durable, entry.node, entry.call);
      this.#latest.set(entry.inode, latest);
      this.#writes.set(entry.inode, [
        ...this.#writes.get(entry.inode) ?? [{ lost: `data of ${entry.call}` }],
        ...latest,
      ]);
    }
    if (entry.kind === "flush") {
      const node = this.#latest.get(entry.inode)?.[0]?.node;
      if (node !== undefined) apply(this.#image, { kind: "write", inode: entry.inode, node });
      this.#latest.delete(entry.inode);
      this.#writes.delete(entry.inode);
    }
  }

  /** All that can be left now; with `change`, only what was not possible before it. */
  *images(change: LogEntry | undefined, maxVolatile: number): Generator<Left> {
    const fixed = change?.kind === "names" ? 1 : 0;
    for (const survives of subsets(this.#names.length, fixed, maxVolatile)) {
      const image = new Map(this.#image);
      const lost: string[] = [];
      this.#names.forEach((op, at) => survives(at) ? apply(image, op) : lost.push(`names of ${op.call}`));
      const reached = new Set([...walkNames(image)].map(([, inode]) => inode));
      const written = [...this.#writes].filter(([inode]) => reached.has(inode));
      if (change?.kind === "write" && !reached.has(change.inode)) continue;
      const choices = written.map(([inode, variants]) => {
        const isChange = change?.kind === "write" && change.inode === inode;
        return { inode, variants: isChange ? this.#latest.get(inode) ?? [] : variants };
      });
      yield* combinations(image, lost, choices);
    }
  }

  #harden(isSynced: (op: NamesOp) => boolean): void {
    for (const op of this.#names.filter(isSynced)) apply(this.#image, op);
    this.#names = this.#names.filter((op) => !isSynced(op));
  }
}

/** The new content whole, and the ways in which its blocks can have reached the disk in part. */
function tornForms(durable: FileNode, node: FileNode, call: string): Variant[] {
  const middle = Math.floor(node.bytes.length / 2);
  // The size is kept with the inode and can be durable before the blocks are: they read as NUL then.
  const holes = splice(
    durable.bytes,
    new Uint8Array(node.bytes.length),
    Math.min(durable.bytes.length, node.bytes.length),
  );
  const back = node.bytes.slice();
  back.set(holes.subarray(0, middle));
  return [
    { node },
    { node: { ...node, bytes: holes }, lost: `blocks of ${call}` },
    { node: { ...node, bytes: back }, lost: `front of ${call}` },
  ];
}

function* combinations(image: Image, lost: readonly string[], choices: readonly Choice[], at = 0): Generator<Left> {
  const choice = choices[at];
  if (choice === undefined) {
    yield { image, lost };
    return;
  }
  for (const variant of choice.variants) {
    const other = new Map(image);
    if (variant.node !== undefined) apply(other, { kind: "write", inode: choice.inode, node: variant.node });
    yield* combinations(other, variant.lost === undefined ? lost : [...lost, variant.lost], choices, at + 1);
  }
}

interface Choice {
  readonly inode: number;
  readonly variants: readonly Variant[];
}

/** Subsets of `count` changes as tests of membership; the last `fixed` are in all of them. */
function* subsets(count: number, fixed: number, max: number): Generator<(at: number) => boolean> {
  const free = count - fixed;
  if (free <= max) {
    for (let bits = 2 ** free - 1; bits >= 0; bits--) yield (at) => at >= free || (bits >> at & 1) === 1;
    return;
  }
  for (let one = 0; one < free; one++) {
    for (let two = one; two < free; two++) {
      yield (at) => at !== one && at !== two;
      yield (at) => at >= free || at === one || at === two;
    }
  }
  yield () => true;
  yield (at) => at >= free;
}

function isNew(image: Image, seen: Set<string>): boolean {
  const key = imageKey(image);
  if (seen.has(key)) return false;
  seen.add(key);
  return true;
}
