/**
 * The base class of {@link MemoryFs}: the rules of a volume (space, devices, running programs), and the operations for
 * tests.
 *
 * @module
 */
import { type Fs, FsError } from "../../../core/ports.ts";
import { Disk } from "./memory_disk.ts";
import type { MemoryFiles, MemoryFsOptions } from "./memory_files.ts";
import { type FileNode, type Image, type Node, walkNames } from "./memory_image.ts";
import { isWithin, locate, normalPath, type Spot } from "./memory_path.ts";

/** A resolved path that exists. */
export type Found<N extends Node = Node> = Spot & { readonly inode: number; readonly node: N };

/** A volume: a disk with the rules of a file system. */
export class MemoryVolume implements Omit<MemoryFiles, keyof Fs> {
  /** The disk. Tests replay its log. */
  readonly disk: Disk;
  options: MemoryFsOptions;
  /** The inodes of running programs. */
  readonly running: Set<number>;

  constructor(options: MemoryFsOptions = {}, image?: Image, running: Iterable<number> = []) {
    this.options = options;
    this.disk = new Disk(image);
    this.running = new Set(running);
  }

  free(): number {
    if (this.options.capacity === undefined) return Infinity;
    const files = new Set([...walkNames(this.disk.image)].map(([, inode]) => this.disk.image.get(inode)));
    let used = 0;
    for (const node of files) if (node?.kind === "file") used += node.bytes.length;
    return (this.options.capacity ?? Infinity) - used;
  }

  put(path: string, content: Uint8Array | string, mode = 0o644): void {
    this.disk.call = `put ${path}`;
    const parts = normalPath(path).split("/").slice(1, -1);
    parts.forEach((_, at) => {
      const folder = this.locate(`/${parts.slice(0, at + 1).join("/")}`, true, "make");
      if (folder.inode === undefined) this.makeFolder(folder.path);
    });
    const inode = this.makeNode(this.locate(path, false, "write"), emptyFile(mode));
    this.disk.write(inode, bytesOf(content));
  }

  symlink(target: string, path: string): void {
    this.disk.call = `symlink ${path}`;
    const spot = this.locate(path, false, "link");
    if (spot.inode !== undefined) throw new FsError("exists", "link", path);
    this.makeNode(spot, { kind: "symlink", target, ctime: 0 });
  }

  linkTarget(path: string): string | undefined {
    try {
      const { node } = this.locate(path, false, "read");
      return node?.kind === "symlink" ? node.target : undefined;
    } catch (error) {
      if (error instanceof FsError && error.code === "notFound") return undefined; // a folder of the path is missing
      throw error;
    }
  }

  exchange(one: string, other: string): void {
    this.disk.call = `exchange ${one} -> ${other}`;
    if (this.options.exchange === false || this.options.windows === true) {
      throw new FsError("unsupported", "exchange", other);
    }
    const [first, second] = [this.changeableName(one, "exchange"), this.changeableName(other, "exchange")];
    const missing = [first, second].find(({ inode }) => inode === undefined);
    if (missing !== undefined) throw new FsError("notFound", "exchange", missing.path);
    if (this.device(first.path) !== this.device(second.path)) throw new FsError("crossDevice", "exchange", other);
    const swapped = ({ directory, name }: Spot, { inode = 0 }: Spot) => ({ directory, name, inode });
    this.disk.names(swapped(first, second), swapped(second, first));
  }

  writeInPlace(path: string, content: Uint8Array | string): void {
    this.disk.call = `outsider writes ${path}`;
    this.disk.write(this.file(path, "write").inode, bytesOf(content));
  }

  replace(path: string, content: Uint8Array | string, mode?: number): void {
    this.disk.call = `outsider replaces ${path}`;
    const spot = this.locate(path, false, "rename");
    this.refuseBusy(spot, path, "rename");
    const old = spot.node?.kind === "file" ? spot.node.mode : 0o644;
    const inode = this.disk.createInode({ ...emptyFile(mode ?? old), ctime: this.disk.tick() });
    this.disk.write(inode, bytesOf(content));
    this.disk.names({ directory: spot.directory, name: spot.name, inode });
  }

  chmod(path: string, mode: number): void {
    this.disk.call = `chmod ${path}`;
    this.disk.attributes(this.file(path, "change").inode, { mode });
  }

  lockRunning(path: string): void {
    this.running.add(this.file(path, "read").inode);
  }

  unlockRunning(path: string): void {
    this.running.delete(this.file(path, "read").inode);
  }

  /** Makes the whole current content durable, and starts a new log: `crashStates` starts here. */
  makeDurable(): void {
    this.disk.makeDurable();
  }

  /** The current position in the log, for the option `from` of `crashStates`. */
  mark(): number {
    return this.disk.log.length;
  }

  texts(): Record<string, string> {
    const texts: Record<string, string> = {};
    const decoder = new TextDecoder();
    for (const [path, inode] of walkNames(this.disk.image)) {
      const node = this.disk.image.get(inode);
      if (node?.kind === "file") texts[path] = decoder.decode(node.bytes);
      if (node?.kind === "symlink") texts[path] = `-> ${node.target}`;
    }
    return texts;
  }

  protected locate(path: string, follow: boolean, verb: string): Spot {
    return locate(this.disk.image, path, follow, verb);
  }

  /** The node at the path. Throws `notFound`. */
  protected existing(path: string, verb: string, follow = true): Found {
    const spot = this.locate(path, follow, verb);
    const { inode, node } = spot;
    if (inode === undefined || node === undefined) throw new FsError("notFound", verb, path);
    return { ...spot, inode, node };
  }

  /** The file at the path. */
  protected file(path: string, verb: string): Found<FileNode> {
    const found = this.existing(path, verb);
    const { node } = found;
    if (node.kind !== "file") throw new FsError("other", verb, path, new Error("it is a directory"));
    return { ...found, node };
  }

  /** A file whose content may be changed: not read-only, and not a running program (ETXTBSY on Linux). */
  protected writableFile(path: string, verb: string): Found<FileNode> {
    const found = this.file(path, verb);
    this.refuseReadOnly(found, path, verb);
    if (this.running.has(found.inode)) throw new FsError("busy", verb, path);
    return found;
  }

  /** A name that may be created, renamed or removed: not read-only, and not a mount point. */
  protected changeableName(path: string, verb: string): Spot {
    const spot = this.locate(path, false, verb);
    this.refuseReadOnly(spot, path, verb);
    const isMount = spot.inode !== undefined && this.#mounts().includes(spot.path);
    if (isMount || spot.name === "") throw new FsError("busy", verb, path);
    return spot;
  }

  /** Windows cannot remove or replace a running program, by any of its hard links. */
  protected refuseBusy(spot: Spot, path: string, verb: string): void {
    const runs = spot.inode !== undefined && this.running.has(spot.inode);
    if (runs && this.options.windows === true) throw new FsError("busy", verb, path);
  }

  /** The device of a path. */
  protected device(path: string): string {
    const mounts = this.#mounts().filter((mount) => isWithin(path, mount));
    return mounts.sort((one, other) => other.length - one.length)[0] ?? "/";
  }

  /** Creates a node at the path, replacing an old one. */
  protected makeNode(spot: Spot, node: Node): number {
    const inode = this.disk.createInode({ ...node, ctime: this.disk.tick() });
    this.disk.names({ directory: spot.directory, name: spot.name, inode });
    return inode;
  }

  /** Creates a directory. */
  protected makeFolder(path: string, mode = 0o755): void {
    this.makeNode(this.locate(path, false, "make"), { kind: "directory", names: new Map(), mode, ctime: 0 });
  }

  protected refuseReadOnly(spot: Spot, path: string, verb: string): void {
    const readOnly = (this.options.readOnly ?? []).map(normalPath);
    if (readOnly.some((folder) => isWithin(spot.path, folder))) throw new FsError("readOnly", verb, path);
  }

  /** Whether a stranger owns what is at the path. */
  protected isForeign(path: string): boolean {
    const { path: real } = this.locate(path, true, "inspect");
    return (this.options.foreign ?? []).map(normalPath).some((folder) => isWithin(real, folder));
  }

  #mounts(): string[] {
    return (this.options.mounts ?? []).map(normalPath);
  }
}

/** A new, empty file. */
export function emptyFile(mode: number): FileNode {
  return { kind: "file", bytes: new Uint8Array(), mode, mtime: 0, ctime: 0 };
}

function bytesOf(content: Uint8Array | string): Uint8Array {
  return typeof content === "string" ? new TextEncoder().encode(content) : new Uint8Array(content);
}
