/**
 * A file system in memory that behaves as {@link Fs} documents, and records what a power cut could lose.
 *
 * @module
 */
import {
  type Copied,
  type FileInfo,
  type Fingerprint,
  type Fs,
  FsError,
  type ReplaceFault,
  type Tree,
  type TreeEntry,
} from "../../../core/ports.ts";
import { directoryOf, fileIn } from "../../../core/state/paths.ts";
import { cloneTree } from "../../trees/clone_tree.ts";
import { readTree, stampTree } from "../../trees/read_tree.ts";
import { digestOf, type FileNode, identityOf, namesOf, stampOf } from "./memory_image.ts";
import { normalPath, type Spot } from "./memory_path.ts";
import { emptyFile, MemoryVolume } from "./memory_volume.ts";

/** A POSIX-like file system in memory. The steps of every change are logged, for `crashStates` and `killStates`. */
export class MemoryFs extends MemoryVolume implements Fs {
  info(path: string): FileInfo {
    const { inode, node } = this.existing(path, "read");
    const { clockStep: step = 1 } = this.options;
    return {
      link: this.existing(path, "read", false).node.kind === "symlink",
      kind: node.kind === "symlink" ? "other" : node.kind,
      size: node.kind === "file" ? node.bytes.length : 0,
      inode: String(inode),
      links: node.kind === "directory" ? 1 : namesOf(this.disk.image, inode),
      mode: node.kind === "symlink" ? 0o777 : node.mode,
      stamp: stampOf(inode, node, step),
      identity: identityOf(inode, node, step),
      settled: this.disk.now - Math.floor(node.ctime / step) * step >= step || step === 1,
      trusted: !this.isForeign(path),
    };
  }

  resolve(path: string): string {
    return this.locate(path, true, "resolve").path;
  }

  read(path: string, limit: number): Uint8Array {
    return this.file(path, "read").node.bytes.slice(0, limit);
  }

  digest(path: string): string {
    return digestOf(this.file(path, "read").node.bytes);
  }

  fingerprint(path: string): Fingerprint {
    return { digest: this.digest(path), info: this.info(path) };
  }

  sameOwner(one: string, other: string): boolean {
    return this.isForeign(one) === this.isForeign(other);
  }

  replaceFault(path: string, _dataDir?: string, isLink = false): ReplaceFault | undefined {
    try {
      const spot = this.changeableName(this.locate(path, !isLink, "replace").path, "replace");
      this.refuseReadOnly({ ...spot, path: directoryOf(spot.path) }, path, "replace");
      return undefined;
    } catch (error) {
      if (!(error instanceof FsError) || error.code === "notFound") return undefined;
      const isMount = error.code === "busy";
      return {
        why: isMount ? `${path} is a mount point` : `${path} is on a read-only file system`,
        advice: isMount ? "mount the folder instead" : "mount it read-write",
      };
    }
  }

  executable(path: string): boolean {
    const { node } = this.existing(path, "read");
    return node.kind === "file" && (this.options.windows === true || (node.mode & 0o111) !== 0);
  }

  list(path: string): string[] {
    const { node } = this.existing(path, "list");
    if (node.kind !== "directory") throw new FsError("other", "list", path, new Error("it is not a directory"));
    return [...node.names.keys()].sort();
  }

  create(path: string, bytes: Uint8Array, mode = 0o600): void {
    this.#begin("create", path);
    const inode = this.#newFile(path, "create", mode);
    this.#fill(inode, new Uint8Array(bytes), "create", path);
    this.#flush(inode);
  }

  overwrite(path: string, bytes: Uint8Array): void {
    this.#begin("overwrite", path);
    const { inode, node } = this.writableFile(path, "overwrite");
    if (bytes.length > node.bytes.length + this.free()) throw new FsError("noSpace", "overwrite", path);
    this.#fill(inode, new Uint8Array(bytes), "overwrite", path);
    this.#flush(inode);
  }

  append(path: string, line: string): void {
    this.#begin("append", path);
    let spot = this.locate(path, true, "append");
    if (spot.inode === undefined) {
      this.refuseReadOnly(spot, path, "append");
      this.makeNode(spot, emptyFile(0o600));
      spot = this.locate(path, true, "append");
    }
    const { inode, node } = this.writableFile(path, "append");
    const hasPartialLine = node.bytes.length > 0 && node.bytes.at(-1) !== 10;
    const added = new TextEncoder().encode(`${hasPartialLine ? "\n" : ""}${line}\n`);
    const bytes = new Uint8Array(node.bytes.length + added.length);
    bytes.set(node.bytes);
    bytes.set(added, node.bytes.length);
    this.#fill(inode, bytes, "append", path);
  }

  copy(from: string, to: string, like: string = from): Copied {
    this.#begin("copy", from, to);
    const source = this.file(from, "copy");
    const { mode } = this.file(like, "copy").node;
    const target = this.changeableName(to, "copy");
    // The target is removed first: a copy of a file to itself would delete it.
    if (target.path === source.path) throw new FsError("exists", "copy", to);
    if (source.node.bytes.length > this.free()) throw new FsError("noSpace", "copy", to);
    const inode = this.#newFile(to, "copy");
    this.disk.write(inode, source.node.bytes);
    this.disk.attributes(inode, { mode, mtime: source.node.mtime });
    this.#flush(inode);
    return { digest: this.digest(to), source: this.info(from), copy: this.info(to) };
  }

  link(from: string, to: string): void {
    this.#begin("link", from, to);
    const source = this.existing(from, "link", false);
    const target = this.changeableName(to, "link");
    if (target.inode !== undefined) throw new FsError("exists", "link", to);
    if (this.device(source.path) !== this.device(target.path)) throw new FsError("crossDevice", "link", to);
    if (this.options.hardLinks === false) throw new FsError("unsupported", "link", to);
    if (source.node.kind === "directory") throw new FsError("denied", "link", from);
    if (source.node.kind === "file") this.#flush(source.inode);
    this.disk.names({ directory: target.directory, name: target.name, inode: source.inode });
  }

  rename(from: string, to: string): void {
    this.#begin("rename", from, to);
    const { inode, node, ...source } = this.changeableName(from, "rename");
    if (inode === undefined || node === undefined) throw new FsError("notFound", "rename", from);
    const target = this.changeableName(to, "rename");
    if (this.device(source.path) !== this.device(target.path)) throw new FsError("crossDevice", "rename", to);
    if (target.path === source.path) return;
    // POSIX: if both names are hard links to one file, rename does nothing and succeeds. Callers often do not expect
    // it.
    if (target.inode === inode && this.options.windows !== true) return;
    if (target.inode !== inode) this.refuseBusy(target, to, "rename");
    refuseFileOverDirectory(node.kind, target, to);
    const oldName = { directory: source.directory, name: source.name };
    const newName = { directory: target.directory, name: target.name, inode };
    if (source.directory === target.directory) this.disk.names(oldName, newName);
    else {
      // Two directories are two blocks on disk. Not every file system writes both atomically.
      this.disk.names(newName);
      this.disk.names(oldName);
    }
    if (this.options.windows === true) this.disk.barrier();
  }

  remove(path: string): void {
    this.#begin("remove", path);
    if (this.#isMissing(path)) return;
    this.#unlink(path, "remove");
  }

  entries(path: string): TreeEntry[] {
    return this.list(path).map((name) => {
      const { inode, node } = this.existing(fileIn(path, name), "list", false);
      return {
        name,
        kind: node.kind === "symlink" ? "link" : node.kind,
        mode: node.kind === "symlink" ? 0o777 : node.mode,
        size: node.kind === "file" ? node.bytes.length : 0,
        inode: String(inode),
        links: node.kind === "file" ? namesOf(this.disk.image, inode) : 1,
        stamp: stampOf(inode, node, this.options.clockStep),
        target: node.kind === "symlink" ? node.target : undefined,
      };
    });
  }

  tree(path: string, mostFiles: number): Tree {
    const digestOf = (directory: string, { name }: TreeEntry) => this.digest(`${directory}/${name}`);
    return readTree({ entries: (path) => this.entries(path), digestOf }, path, mostFiles);
  }

  treeStamp(path: string): string {
    return stampTree(this, path);
  }

  syncTree(path: string): void {
    for (const { name, kind } of this.entries(path)) {
      const below = fileIn(path, name);
      if (kind === "directory") this.syncTree(below);
      else if (kind === "file") this.#flush(this.file(below, "sync").inode);
    }
    this.syncDirectory(path);
  }

  copyTree(from: string, to: string): void {
    if (this.locate(to, false, "copy").inode !== undefined) throw new FsError("exists", "copy", to);
    cloneTree(this, from, to, { begin: (like, path) => this.makeFolder(path, this.info(like).mode) });
  }

  removeTree(path: string): void {
    if (this.#isMissing(path)) return;
    if (this.locate(path, false, "remove").node?.kind !== "directory") return this.remove(path);
    for (const name of this.list(path)) this.removeTree(fileIn(path, name));
    this.removeDirectory(path);
  }

  makeDirectory(path: string): void {
    this.#begin("makeDirectory", path);
    const parts = normalPath(path).split("/").slice(1);
    for (let count = 1; count <= parts.length; count++) {
      const folder = `/${parts.slice(0, count).join("/")}`;
      if (this.locate(folder, true, "make").node?.kind === "directory") continue;
      const spot = this.changeableName(folder, "make");
      if (spot.inode !== undefined) throw new FsError("exists", "make", path);
      this.makeFolder(spot.path);
    }
  }

  removeDirectory(path: string): void {
    this.#begin("removeDirectory", path);
    if (this.#isMissing(path)) return;
    const spot = this.changeableName(path, "remove");
    if (spot.node?.kind !== "directory") throw new FsError("other", "remove", path, new Error("it is not a directory"));
    if (spot.node.names.size === 0) this.disk.names({ directory: spot.directory, name: spot.name });
  }

  syncDirectory(path: string): void {
    this.#begin("syncDirectory", path);
    const { inode, node } = this.existing(path, "sync");
    if (node.kind !== "directory") throw new FsError("other", "sync", path, new Error("it is not a directory"));
    if (this.options.windows !== true && this.options.forgetDirectorySync !== true) this.disk.sync(inode);
  }

  #begin(verb: string, ...paths: string[]): void {
    this.disk.call = `${verb} ${paths.join(" -> ")}`;
  }

  /** True also when a folder of the path is missing. */
  #isMissing(path: string): boolean {
    try {
      return this.locate(path, false, "remove").inode === undefined;
    } catch (error) {
      if (error instanceof FsError && error.code === "notFound") return true;
      throw error;
    }
  }

  /** Creates an empty file, replacing an old one. */
  #newFile(path: string, verb: string, mode = 0o600): number {
    this.#unlink(path, verb);
    return this.makeNode(this.locate(path, false, verb), emptyFile(mode));
  }

  #unlink(path: string, verb: string): void {
    const spot = this.changeableName(path, verb);
    if (spot.inode === undefined) return;
    if (spot.node?.kind === "directory") throw new FsError("other", verb, path, new Error("it is a directory"));
    this.refuseBusy(spot, path, verb);
    this.disk.names({ directory: spot.directory, name: spot.name });
  }

  /** Writes the bytes. On a full disk it writes as many as fit, as write(2) does, then it throws. */
  #fill(inode: number, bytes: Uint8Array, verb: string, path: string): void {
    const before = (this.disk.image.get(inode) as FileNode).bytes;
    const space = before.length + this.free();
    if (bytes.length <= space) return this.disk.write(inode, bytes);
    const fitting = new Uint8Array(Math.max(space, before.length));
    fitting.set(before);
    fitting.set(bytes.subarray(0, fitting.length));
    this.disk.write(inode, fitting);
    throw new FsError("noSpace", verb, path);
  }

  #flush(inode: number): void {
    if (this.options.forgetSync !== true) this.disk.flush(inode);
  }
}

function refuseFileOverDirectory(kind: string, target: Spot, path: string): void {
  if (target.node === undefined || (kind === "directory") === (target.node.kind === "directory")) return;
  throw new FsError("other", "rename", path, new Error("one is a directory, the other is not"));
}
