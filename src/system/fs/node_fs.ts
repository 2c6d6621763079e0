/** The file verbs over `node:fs`, which Bun and Deno both ship, for Linux and Windows. @module */
import { type FileInfo, type Fs, FsError } from "../../core/fs_port.ts";
import { joined, utf8 } from "../ffi/bytes.ts";
import { copyFile } from "./copy_file.ts";
import { FfiUnavailable } from "../ffi/ffi.ts";
import {
  eachChunk,
  flush,
  giveToDirectoryOwner,
  isPosix,
  OPEN,
  removeFile,
  withFile,
  withNewFile,
  writeAll,
} from "./files.ts";
import { errnoOf, verb } from "./fs_faults.ts";
import { nodeFsModule } from "./node_calls.ts";
import { resolvePath } from "./resolve_path.ts";
import { sha256 } from "./sha256.ts";
import { calls } from "./calls.ts";
import { stampOf } from "./file_calls.ts";
import { moveWithRetry } from "../windows/move.ts";
import { withRetry } from "../windows/retry.ts";

/** On Windows whoever reads a file may keep us out of it; names that are removed are not worth waiting for. */
function held<A extends readonly unknown[], T>(action: (...values: A) => T): (...values: A) => T {
  return isPosix ? action : (...values) => withRetry(() => action(...values));
}

const link = verb("link", (to: string, from: string) => nodeFsModule().linkSync(from, to));

/** What is read whole is a state file, or the head of a program. */
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
    read: verb("read", held(read)),
    digest: verb("read", held(digest)),
    executable: verb("inspect", executable),
    list: verb("list", (path) => nodeFsModule().readdirSync(path).sort()),
    create: verb("write", held(create)),
    overwrite: verb("overwrite", held(overwrite)),
    append: verb("append to", held(append)),
    copy: verb("copy", held((from: string, to: string, like = from) => copyFile(from, to, like))),
    link: (from, to) => link(to, from),
    rename: verb("rename", rename),
    remove: verb("remove", removeFile),
    makeDirectory: verb("make directory", makeDirectory),
    removeDirectory: verb("remove directory", removeDirectory),
    syncDirectory: verb("flush", syncDirectory),
  };
}

function info(path: string): FileInfo {
  const itself = calls().lstat(path);
  if (itself === undefined) throw new FsError("notFound", "inspect", path);
  const link = itself.kind === "link";
  const stat = link ? calls().stat(path) : itself;
  return {
    link,
    kind: stat.kind === "file" || stat.kind === "directory" ? stat.kind : "other",
    size: stat.size,
    inode: `${stat.dev}:${stat.ino}`,
    links: stat.nlink,
    // Windows has access lists instead, and its bits for group and others say nothing.
    mode: isPosix ? stat.mode : stat.mode & 0o700,
    stamp: stampOf(stat),
  };
}

function read(path: string, limit: number): Uint8Array {
  const pieces: Uint8Array[] = [];
  withFile(path, OPEN.read, (fd) => eachChunk(fd, (chunk) => pieces.push(chunk.slice()), limit, SMALL));
  return joined(pieces);
}

function digest(path: string): string {
  const hash = sha256();
  withFile(path, OPEN.read, (fd) => eachChunk(fd, (chunk) => hash.update(chunk)));
  return hash.digest("hex");
}

function executable(path: string): boolean {
  if (calls().stat(path).kind !== "file") return false;
  return !isPosix || calls().mayExecute(path);
}

function makeDirectory(path: string): void {
  // Mostly it is there: what makes it with all its parents need not be loaded then.
  if (!isDirectory(path)) nodeFsModule().mkdirSync(path, { recursive: true });
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
    nodeFsModule().rmdirSync(path);
  } catch (error) {
    if (!["ENOENT", "ENOTEMPTY", "EEXIST"].includes(errnoOf(error) ?? "")) throw error;
  }
}

function rename(from: string, to: string): void {
  if (!isPosix) {
    try {
      return moveWithRetry(from, to);
    } catch (error) {
      if (!(error instanceof FfiUnavailable)) throw error;
      // Deno without --allow-ffi: still atomic, but a power cut may undo it.
    }
  }
  calls().rename(from, to);
}

function syncDirectory(path: string): void {
  if (isPosix) withFile(path, OPEN.read, flush);
}

function create(path: string, bytes: Uint8Array, mode = 0o600): void {
  withNewFile(path, (fd) => {
    writeAll(fd, bytes);
    if (isPosix) calls().fchmod(fd, mode); // whatever the umask
    giveToDirectoryOwner(fd, path);
    flush(fd);
  });
}

function overwrite(path: string, bytes: Uint8Array): void {
  withFile(path, OPEN.write | OPEN.noFollow, (fd) => {
    const { size } = calls().fstat(fd);
    try {
      // What is beyond the old end first: only that needs room, and the old content is still whole when there is none.
      writeAll(fd, bytes.subarray(size), size);
    } catch (error) {
      calls().ftruncate(fd, size);
      throw error;
    }
    writeAll(fd, bytes.subarray(0, size), 0);
    // Cut last: a cut first would give up blocks that a full disk does not give back.
    calls().ftruncate(fd, bytes.length);
    flush(fd);
  });
}

function append(path: string, line: string): void {
  withFile(path, OPEN.append | OPEN.noFollow, (fd) => {
    const { size } = calls().fstat(fd);
    if (size === 0) {
      if (isPosix) calls().fchmod(fd, 0o600); // whatever the umask
      giveToDirectoryOwner(fd, path);
    }
    // One write, so that two processes cannot tear each other's lines.
    writeAll(fd, utf8(`${isTorn(fd, size) ? "\n" : ""}${line}\n`));
  });
}

function isTorn(fd: number, size: number): boolean {
  const last = new Uint8Array(1);
  return size > 0 && calls().read(fd, last, size - 1) === 1 && last[0] !== 0x0a;
}
