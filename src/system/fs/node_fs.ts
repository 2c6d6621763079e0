/** The real file system, for Linux and Windows. @module */
import { type FileInfo, type Fingerprint, type Fs, FsError, type TreeEntry } from "../../core/fs_port.ts";
import { concat, utf8 } from "../ffi/bytes.ts";
import { copyFile, copyOwnerAndMode } from "./copy_file.ts";
import { FfiUnavailable } from "../ffi/ffi.ts";
import {
  CHUNK,
  eachChunk,
  flush,
  isPosix,
  OPEN,
  removeFile,
  withFile,
  withNewFile,
  withRegularFile,
  writeAll,
} from "./files.ts";
import { errnoOf, verb } from "./fs_faults.ts";
import { nodeFsModule } from "./node_calls.ts";
import { cloneTree } from "../trees/clone_tree.ts";
import { exchange } from "../trees/exchange.ts";
import { fileDigest } from "../trees/file_digest.ts";
import { flushTree } from "../trees/flush_tree.ts";
import { readTree, stampTree } from "../trees/read_tree.ts";
import { removeTree } from "../trees/remove_tree.ts";
import { replaceFault } from "./replace_fault.ts";
import { resolvePath } from "./resolve_path.ts";
import { sha256 } from "./sha256.ts";
import { calls } from "./calls.ts";
import { stampOf } from "./file_calls.ts";
import { infoOf } from "./file_info.ts";
import { haveSameOwner, withRightsAt, withRightsAtBoth } from "../linux/owner_rights.ts";
import { moveWithRetry } from "../windows/move.ts";
import { withRetry } from "../windows/retry.ts";

/** On Windows a file may be locked while another process reads it: the operation is tried again for some seconds. */
function withBusyRetry<A extends readonly unknown[], T>(action: (...values: A) => T): (...values: A) => T {
  return isPosix ? action : (...values) => withRetry(() => action(...values));
}

const link = verb("link", (to: string, from: string) => {
  if (isPosix) withRegularFile(from, flush);
  withRightsAtBoth("link", from, to, () => nodeFsModule().linkSync(from, to));
});

/** The buffer size for reading whole files. These are state files or headers of programs, so a small one is enough. */
const SMALL = 16 * 1024;

/**
 * The real file system as {@link Fs}.
 *
 * @example A state file that survives a power cut
 * ```ts
 * import { nodeFs } from "@boot-sentinel/boot-sentinel";
 * import { mkdtempSync, rmSync } from "node:fs";
 * import { assertEquals } from "@std/assert";
 *
 * const fs = nodeFs();
 * const dir = mkdtempSync("/tmp/example-");
 * fs.create(`${dir}/state.tmp`, new TextEncoder().encode("1"));
 * fs.rename(`${dir}/state.tmp`, `${dir}/state`);
 * fs.syncDirectory(dir);
 * assertEquals(fs.list(dir), ["state"]);
 * rmSync(dir, { recursive: true });
 * ```
 */
export function nodeFs(): Fs {
  return {
    info: verb("inspect", info),
    resolve: verb("resolve", resolvePath),
    read: verb("read", withBusyRetry(read)),
    digest: digestOfFile,
    fingerprint: verb("read", withBusyRetry(fingerprint)),
    executable: verb("inspect", executable),
    sameOwner: haveSameOwner,
    replaceFault,
    list: verb("list", (path) => withRightsAt(path, () => nodeFsModule().readdirSync(path).sort())),
    create: verb("write", withBusyRetry(create)),
    overwrite: verb("overwrite", withBusyRetry(overwrite)),
    append: verb("append to", withBusyRetry(append)),
    copy: verb("copy", withBusyRetry((from: string, to: string, like = from) => copyFile(from, to, like))),
    link: (from, to) => link(to, from),
    rename: (from, to) => verb(`move ${from} to`, rename)(to, from),
    remove: verb("remove", removeFile),
    linkTarget: verb("read", linkTarget),
    symlink: (target, path) => verb("link", symlink)(path, target),
    entries: verb("list", entries),
    tree: (path, mostFiles) => readTree({ entries: verb("list", entries), digestOf }, path, mostFiles),
    treeStamp: (path) => stampTree(nodeFs(), path),
    syncTree: flushTree,
    copyTree: verb("copy", copyWhole),
    removeTree,
    exchange: (one, other) => verb(`exchange ${one} with`, exchange)(other, one),
    makeDirectory: verb("make directory", makeDirectory),
    removeDirectory: verb("remove directory", removeDirectory),
    syncDirectory: verb("flush", syncDirectory),
  };
}

function info(path: string): FileInfo {
  const itself = calls().lstat(path);
  if (itself === undefined) throw new FsError("notFound", "inspect", path);
  return itself.kind === "link" ? infoOf(calls().stat(path), path, true) : infoOf(itself, path);
}

function copyWhole(from: string, to: string): void {
  if (calls().lstat(to) !== undefined) throw new FsError("exists", "copy to", to);
  cloneTree(nodeFs(), from, to, {
    begin: (_, path) => withRightsAt(path, () => nodeFsModule().mkdirSync(path, 0o700)),
    end(like, path) {
      if (!isPosix) return;
      const model = calls().stat(like);
      withFile(path, OPEN.directory, (fd) => withRightsAt(path, () => copyOwnerAndMode(fd, model)));
    },
  });
}

function linkTarget(path: string): string | undefined {
  return calls().lstat(path)?.kind === "link" ? calls().readlink(path) : undefined;
}

function symlink(path: string, target: string): void {
  // A junction needs no rights that a link needs on Windows; its target is absolute.
  withRightsAt(path, () => nodeFsModule().symlinkSync(target, path, isPosix ? undefined : "junction"));
}

function entries(path: string): TreeEntry[] {
  const prefix = path.endsWith("/") ? path : `${path}/`;
  return nodeFsModule().readdirSync(path).sort().map((name) => {
    // A name that is not UTF-8 was read with this in the place of what could not be.
    if (name.includes("\ufffd")) throw new FsError("other", "list", path, `a name in it is not UTF-8: ${name}`);
    const file = prefix + name;
    const stat = calls().lstat(file);
    if (stat === undefined) throw new FsError("busy", "list", path, `${name} was removed meanwhile`);
    const { kind, mode, size, nlink: links } = stat;
    return {
      ...{ name, kind, mode: isPosix ? mode : 0, size, links },
      target: kind === "link" ? calls().readlink(file) : undefined,
      // Texts that are not asked for of each of many files.
      get inode() {
        return `${stat.dev}:${stat.ino}`;
      },
      get stamp() {
        return stampOf(stat);
      },
    };
  });
}

function read(path: string, limit: number): Uint8Array {
  return withRegularFile(path, (fd) => readStart(fd, limit));
}

function readStart(fd: number, limit: number): Uint8Array {
  const pieces: Uint8Array[] = [];
  eachChunk(fd, (chunk) => pieces.push(chunk.slice()), limit, SMALL);
  return concat(pieces);
}

/** How often a file is read that changes meanwhile. */
const READS = 3;

function fingerprint(path: string): Fingerprint {
  return withRegularFile(path, (fd, opened) => {
    let before = opened;
    for (let left = READS; left > 0; left--) {
      const hash = sha256();
      eachChunk(fd, (chunk) => hash.update(chunk), Infinity, Math.min(before.size + 1, CHUNK));
      const after = calls().fstat(fd);
      if (stampOf(after) === stampOf(before)) return { digest: hash.digest("hex"), info: infoOf(after, path) };
      before = after;
    }
    throw new FsError("busy", "read", path, "it is being written");
  });
}

const digestOfFile = verb("read", withBusyRetry((path: string) => fingerprint(path).digest));

const digestIn = verb("read", fileDigest);

/** A file that is written meanwhile, or locked on Windows, is read like any other. */
function digestOf(directory: string, entry: TreeEntry): string {
  const path = `${directory}/${entry.name}`;
  return (isPosix ? digestIn(path, entry) : undefined) ?? digestOfFile(path);
}

function executable(path: string): boolean {
  if (calls().stat(path).kind !== "file") return false;
  return !isPosix || calls().mayExecute(path);
}

function makeDirectory(path: string): void {
  // It nearly always exists: then node:fs need not be loaded.
  if (!isDirectory(path)) withRightsAt(path, () => nodeFsModule().mkdirSync(path, { recursive: true }));
}

function isDirectory(path: string): boolean {
  try {
    return calls().stat(path).kind === "directory";
  } catch {
    return false;
  }
}

function removeDirectory(path: string): void {
  try {
    withRightsAt(path, () => nodeFsModule().rmdirSync(path));
  } catch (error) {
    if (!["ENOENT", "ENOTEMPTY", "EEXIST"].includes(errnoOf(error) ?? "")) throw error;
  }
}

function rename(to: string, from: string): void {
  if (!isPosix) {
    try {
      return moveWithRetry(from, to);
    } catch (error) {
      if (!(error instanceof FfiUnavailable)) throw error;
      // Deno without --allow-ffi: this rename is atomic, but not flushed, so a power cut can undo it.
    }
  }
  withRightsAtBoth("move", from, to, () => calls().rename(from, to));
}

function syncDirectory(path: string): void {
  if (isPosix) withFile(path, OPEN.directory, flush);
}

function create(path: string, bytes: Uint8Array, mode = 0o600): void {
  withNewFile(path, (fd) => {
    writeAll(fd, bytes);
    if (isPosix) calls().fchmod(fd, mode); // not by open(), where the umask applies
    flush(fd);
  });
}

function overwrite(path: string, bytes: Uint8Array): void {
  withRegularFile(path, (fd, { size }) => {
    try {
      // The part beyond the old end is written first. Only this needs space; if there is none, the old content is
      // intact.
      writeAll(fd, bytes.subarray(size), size);
    } catch (error) {
      calls().ftruncate(fd, size);
      throw error;
    }
    const before = readStart(fd, Math.min(size, bytes.length));
    try {
      writeAll(fd, bytes.subarray(0, size), 0);
    } catch (error) {
      // A limit on file sizes can cut the write short. What was written can be written again.
      writeAll(fd, before, 0);
      throw error;
    }
    // Truncated last. If it were truncated first, its blocks would be freed, and on a full disk others could take them.
    calls().ftruncate(fd, bytes.length);
    flush(fd);
  }, OPEN.write | OPEN.noFollow);
}

function append(path: string, line: string): void {
  withRegularFile(path, (fd, { size }) => {
    if (size === 0 && isPosix) calls().fchmod(fd, 0o600); // not by open(), where the umask applies
    // A single write, so that lines of two processes are not mixed.
    writeAll(fd, utf8(`${hasPartialLine(fd, size) ? "\n" : ""}${line}\n`));
  }, OPEN.append | OPEN.noFollow);
}

/** True when the last line is incomplete: it has no line break. */
function hasPartialLine(fd: number, size: number): boolean {
  const last = new Uint8Array(1);
  return size > 0 && calls().read(fd, last, size - 1) === 1 && last[0] !== 0x0a;
}
