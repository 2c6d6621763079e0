/**
 * The file system of a dry run. Changes are kept in memory, in a layer over the real file system, so that later steps
 * of the command see them.
 *
 * @module
 */
import { basename, dirname, resolve } from "node:path";
import {
  type Copied,
  type FileInfo,
  type Fingerprint,
  type Fs,
  FsError,
  type ReplaceFault,
  type Tree,
  type TreeEntry,
} from "../../core/ports.ts";
import { sha256 } from "./sha256.ts";

/** A path in the layer over the real file system. */
type Node =
  | { readonly kind: "removed" }
  | { readonly kind: "directory" }
  | { readonly kind: "link"; readonly target: string }
  | { readonly kind: "bytes"; readonly id: number; readonly bytes: Uint8Array; readonly mode: number }
  /** The real file at `path`; with an `id` a copy of it. */
  | { readonly kind: "real"; readonly path: string; readonly id?: number };

/** A {@link Fs} that reads another one and never changes it. */
export class DryFs implements Fs {
  readonly #real: Fs;
  readonly #over = new Map<string, Node>();
  #nextId = 1;

  constructor(real: Fs) {
    this.#real = real;
  }

  /** The changes that were not made, as texts, in the order of the last change of each file. */
  changes(): string[] {
    return [...this.#over].flatMap(([path, node]) => {
      const existed = exists(this.#real, path);
      switch (node.kind) {
        case "removed":
          return existed ? [`remove ${path}`] : [];
        case "directory":
          return existed ? [] : [`make the directory ${path}`];
        case "link":
          return [`make the link ${path} -> ${node.target}`];
        case "bytes":
          return [`write ${path} (${node.bytes.length} bytes)`];
        case "real":
          return node.path === path ? [] : [`put the ${this.#real.info(node.path).kind} of ${node.path} at ${path}`];
      }
    });
  }

  info(path: string): FileInfo {
    const node = this.#node(path);
    if (node.kind === "real") {
      const info = this.#real.info(node.path);
      return node.id === undefined
        ? info
        : { ...info, link: false, inode: `dry:${node.id}`, links: 1, ...stampsOf(node.id) };
    }
    if (node.kind === "link") return { ...this.info(resolve(dirname(path), node.target)), link: true };
    const directory = node.kind === "directory";
    const id = node.kind === "bytes" ? node.id : 0;
    const size = node.kind === "bytes" ? node.bytes.length : 0;
    const kind = directory ? "directory" : "file";
    return {
      link: false,
      kind,
      size,
      inode: `dry:${id}`,
      links: 1,
      mode: node.kind === "bytes" ? node.mode : 0o700,
      ...stampsOf(id),
      settled: true,
      trusted: true,
    };
  }

  resolve(path: string): string {
    return this.#over.has(path) ? path : this.#real.resolve(path);
  }

  read(path: string, limit: number): Uint8Array {
    const node = this.#node(path);
    if (node.kind === "real") return this.#real.read(node.path, limit);
    if (node.kind === "bytes") return node.bytes.slice(0, limit);
    throw new FsError("other", "read", path, new Error("it is a directory"));
  }

  digest(path: string): string {
    const node = this.#node(path);
    if (node.kind === "real") return this.#real.digest(node.path);
    const hash = sha256();
    hash.update(this.read(path, Infinity));
    return hash.digest("hex");
  }

  fingerprint(path: string): Fingerprint {
    return { digest: this.digest(path), info: this.info(path) };
  }

  sameOwner(one: string, other: string): boolean {
    return this.#real.sameOwner(one, other);
  }

  replaceFault(path: string, dataDir: string, isLink?: boolean): ReplaceFault | undefined {
    return this.#real.replaceFault(path, dataDir, isLink);
  }

  linkTarget(path: string): string | undefined {
    const node = this.#over.get(path);
    if (node === undefined) return this.#real.linkTarget(path);
    return node.kind === "link" ? node.target : undefined;
  }

  symlink(target: string, path: string): void {
    if (exists(this, path)) throw new FsError("exists", "link", path);
    this.#put(path, { kind: "link", target });
  }

  entries(path: string): TreeEntry[] {
    return this.#real.entries(this.#realOf(path));
  }

  tree(path: string, mostFiles: number): Tree {
    return this.#real.tree(this.#realOf(path), mostFiles);
  }

  treeStamp(path: string): string {
    return this.#real.treeStamp(path);
  }

  syncTree(): void {}

  copyTree(from: string, to: string): void {
    this.#put(to, { kind: "real", path: this.#realOf(from), id: this.#nextId++ });
  }

  removeTree(path: string): void {
    this.remove(path);
  }

  exchange(one: string, other: string): void {
    const [first, second] = [this.#node(one), this.#node(other)];
    this.#put(one, second);
    this.#put(other, first);
  }

  executable(path: string): boolean {
    const node = this.#node(path);
    return node.kind === "real" && this.#real.executable(node.path);
  }

  list(path: string): string[] {
    const names = new Set(this.#over.get(path)?.kind === "directory" ? [] : this.#real.list(path));
    for (const [over, node] of this.#over) {
      if (dirname(over) !== path) continue;
      if (node.kind === "removed") names.delete(basename(over));
      else names.add(basename(over));
    }
    return [...names].sort();
  }

  create(path: string, bytes: Uint8Array, mode = 0o600): void {
    if (!exists(this, dirname(path))) throw new FsError("notFound", "write", path);
    this.#put(path, { kind: "bytes", id: this.#nextId++, bytes: bytes.slice(), mode });
  }

  overwrite(path: string, bytes: Uint8Array): void {
    this.#node(path);
    this.create(path, bytes);
  }

  append(path: string, line: string): void {
    const before = exists(this, path) ? this.read(path, Infinity) : new Uint8Array();
    const added = new TextEncoder().encode(`${line}\n`);
    const bytes = new Uint8Array(before.length + added.length);
    bytes.set(before);
    bytes.set(added, before.length);
    this.create(path, bytes);
  }

  copy(from: string, to: string): Copied {
    const node = this.#node(from);
    if (node.kind !== "real" && node.kind !== "bytes") throw new FsError("other", "copy", from);
    this.#put(to, { ...node, id: this.#nextId++ });
    return { digest: this.digest(from), source: this.info(from), copy: this.info(to) };
  }

  link(from: string, to: string): void {
    if (exists(this, to)) throw new FsError("exists", "link", to);
    this.#put(to, this.#node(from));
  }

  rename(from: string, to: string): void {
    const node = this.#node(from);
    this.#put(from, { kind: "removed" });
    this.#put(to, node);
  }

  remove(path: string): void {
    this.#put(path, { kind: "removed" });
  }

  makeDirectory(path: string): void {
    if (exists(this, path)) return;
    this.makeDirectory(dirname(path));
    this.#put(path, { kind: "directory" });
  }

  removeDirectory(path: string): void {
    if (exists(this, path) && this.list(path).length === 0) this.remove(path);
  }

  syncDirectory(): void {}

  #realOf(path: string): string {
    const node = this.#node(path);
    return node.kind === "real" ? node.path : path;
  }

  #node(path: string): Exclude<Node, { kind: "removed" }> {
    const node = this.#over.get(path) ?? { kind: "real", path };
    if (node.kind === "removed") throw new FsError("notFound", "read", path);
    return node;
  }

  #put(path: string, node: Node): void {
    this.#over.delete(path);
    this.#over.set(path, node);
  }
}

function exists(fs: Fs, path: string): boolean {
  try {
    fs.info(path);
    return true;
  } catch {
    return false;
  }
}

/** A file of the layer has one content only. */
function stampsOf(id: number): Pick<FileInfo, "stamp" | "identity"> {
  return { stamp: `dry:${id}`, identity: `dry:${id}` };
}
