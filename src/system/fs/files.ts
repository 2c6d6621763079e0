/** Steps that the file verbs share: open files are never left open, half-made ones never left behind. @module */
import process from "../process/process.ts";
import { directoryOf } from "../../core/state/paths.ts";
import { errnoOf } from "./fs_faults.ts";
import { O_NOFOLLOW } from "../linux/abi.ts";
import { calls } from "./calls.ts";
import { nodeFsModule } from "./node_calls.ts";

/** How much is read or written at a time. */
export const CHUNK = 1024 * 1024;

/** Whether files have owners, modes and names to flush; Windows has none of them. */
export const isPosix = process.platform !== "win32";

/** How a file is opened. */
export const OPEN: { readonly [how in "read" | "write" | "new" | "append" | "noFollow"]: number } = openFlags();

function openFlags(): typeof OPEN {
  // Linux's are known without loading node:fs.
  if (process.platform === "linux") return { read: 0, write: 2, new: 0o301, append: 0o2102, noFollow: O_NOFOLLOW };
  const { O_RDONLY, O_WRONLY, O_RDWR, O_CREAT, O_EXCL, O_APPEND, O_NOFOLLOW: noFollow = 0 } = nodeFsModule().constants;
  return {
    read: O_RDONLY,
    write: O_RDWR,
    new: O_WRONLY | O_CREAT | O_EXCL,
    append: O_RDWR | O_APPEND | O_CREAT,
    noFollow,
  };
}

/** Opens, uses and closes a file. */
export function withFile<T>(path: string, flags: number, use: (fd: number) => T): T {
  const fd = calls().open(path, flags, 0o600);
  try {
    return use(fd);
  } finally {
    calls().close(fd);
  }
}

/** Makes a new file (0600) where there may be an old one; removes it again when `fill` throws. */
export function withNewFile(path: string, fill: (fd: number) => void): void {
  const fd = openNew(path);
  try {
    fill(fd);
  } catch (error) {
    calls().close(fd);
    removeFile(path);
    throw error;
  }
  calls().close(fd);
}

function openNew(path: string): number {
  try {
    return calls().open(path, OPEN.new, 0o600);
  } catch (error) {
    if (errnoOf(error) !== "EEXIST") throw error;
  }
  removeFile(path);
  return calls().open(path, OPEN.new, 0o600);
}

/** Removes a name; a missing one is no error. */
export function removeFile(path: string): void {
  try {
    calls().unlink(path);
  } catch (error) {
    if (!["ENOENT", "ENOTDIR"].includes(errnoOf(error) ?? "")) throw error;
  }
}

/** Writes all bytes, however few of them one call takes. */
export function writeAll(fd: number, bytes: Uint8Array, position: number | null = null): void {
  for (let done = 0; done < bytes.length;) {
    done += calls().write(fd, bytes.subarray(done), position === null ? null : position + done);
  }
}

/**
 * Reads on from where the file stands, in chunks of at most `size` bytes; a chunk is good for one call of `use`.
 */
export function eachChunk(fd: number, use: (chunk: Uint8Array) => void, limit = Infinity, size = CHUNK): void {
  const buffer = new Uint8Array(Math.min(size, limit));
  for (let left = limit; left > 0;) {
    const length = calls().read(fd, buffer.subarray(0, left), null);
    if (length === 0) return;
    use(buffer.subarray(0, length));
    left -= length;
  }
}

/** Flushes a file or directory. A file system that has nothing to flush says so, and that is no failure. */
export function flush(fd: number): void {
  try {
    calls().fsync(fd);
  } catch (error) {
    if (!["EINVAL", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"].includes(errnoOf(error) ?? "")) throw error;
  }
}

/** What root writes into a service's directory must stay readable for the service's user. */
export function giveToDirectoryOwner(fd: number, path: string): void {
  if (!isPosix) return;
  // Only what root made (asked of the file: Deno wants a permission to tell the user): another user's file keeps its
  // owner. A second name could be one that the service's user planted for a file of root's.
  const made = calls().fstat(fd);
  if (made.uid !== 0 || made.nlink !== 1) return;
  const { uid, gid } = calls().stat(directoryOf(path));
  if (uid === 0) return;
  try {
    calls().fchown(fd, uid, gid);
  } catch {
    // Network file systems refuse even root; the bytes matter more than their owner.
  }
}
