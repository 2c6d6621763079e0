/** Helpers of the file operations, which always close files and remove incomplete ones. @module */
import process from "../process/process.ts";
import { errnoOf } from "./fs_faults.ts";
import { O_NOFOLLOW, O_NONBLOCK } from "../linux/abi.ts";
import { withRightsAt } from "../linux/owner_rights.ts";
import { calls } from "./calls.ts";
import type { Stat } from "./file_calls.ts";
import { nodeFsModule } from "./node_calls.ts";

/** The size of the buffer for reading, in bytes. */
export const CHUNK = 1024 * 1024;

/** True where files have owners and modes, and directories can be flushed: not on Windows. */
export const isPosix = process.platform !== "win32";

/** The flags for opening a file. */
export const OPEN: { readonly [how in "read" | "write" | "new" | "append" | "noFollow" | "directory"]: number } =
  openFlags();

function openFlags(): typeof OPEN {
  // O_NONBLOCK: to open a pipe that somebody has put there would wait for its other end, without end.
  // Linux's constants, so that node:fs need not be loaded.
  if (process.platform === "linux") {
    return {
      read: O_NONBLOCK,
      write: 2 | O_NONBLOCK,
      new: 0o302,
      append: 0o2102 | O_NONBLOCK,
      noFollow: O_NOFOLLOW,
      directory: 0,
    };
  }
  const { O_RDONLY, O_RDWR, O_CREAT, O_EXCL, O_APPEND, O_NOFOLLOW: noFollow = 0, O_NONBLOCK: wait = 0 } =
    nodeFsModule().constants;
  return {
    read: O_RDONLY | wait,
    write: O_RDWR | wait,
    new: O_RDWR | O_CREAT | O_EXCL,
    append: O_RDWR | O_APPEND | O_CREAT | wait,
    noFollow,
    directory: O_RDONLY,
  };
}

/** Opens, uses and closes a file. */
export function withFile<T>(path: string, flags: number, use: (fd: number) => T): T {
  const fd = withRightsAt(path, () => calls().open(path, flags, 0o600));
  try {
    return use(fd);
  } finally {
    calls().close(fd);
  }
}

/** Opens a regular file for reading; anything else (a pipe, a device) could block or have no end. */
export function withRegularFile<T>(path: string, use: (fd: number, stat: Stat) => T, flags = OPEN.read): T {
  return withFile(path, flags, (fd) => {
    const stat = calls().fstat(fd);
    if (stat.kind !== "file") {
      throw new Error(stat.kind === "directory" ? "it is a directory" : "it is no regular file");
    }
    return use(fd, stat);
  });
}

/** Creates a new file (mode 0600), replacing an old one; removes it when `fill` throws. */
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
  const open = () => withRightsAt(path, () => calls().open(path, OPEN.new, 0o600));
  try {
    return open();
  } catch (error) {
    if (errnoOf(error) !== "EEXIST") throw error;
  }
  removeFile(path);
  return open();
}

/** Removes a file. A missing file is not an error. */
export function removeFile(path: string): void {
  try {
    withRightsAt(path, () => calls().unlink(path));
  } catch (error) {
    if (!["ENOENT", "ENOTDIR"].includes(errnoOf(error) ?? "")) throw error;
  }
}

/** Writes all bytes, with as many calls as needed. */
export function writeAll(fd: number, bytes: Uint8Array, position: number | null = null): void {
  for (let done = 0; done < bytes.length;) {
    const written = calls().write(fd, bytes.subarray(done), position === null ? null : position + done);
    if (written === 0) throw new Error("the file system takes no more bytes");
    done += written;
  }
}

/**
 * Reads from the file's start, in chunks of at most `size` bytes. The buffer is reused, so a chunk is valid only during
 * the call of `use`.
 */
export function eachChunk(fd: number, use: (chunk: Uint8Array) => void, limit = Infinity, size = CHUNK): void {
  const buffer = new Uint8Array(Math.min(size, limit));
  for (let done = 0; done < limit;) {
    const length = calls().read(fd, buffer.subarray(0, limit - done), done);
    if (length === 0) return;
    use(buffer.subarray(0, length));
    done += length;
  }
}

/** Flushes a file or directory. An error that says that the file system does not support this is ignored. */
export function flush(fd: number): void {
  try {
    calls().fsync(fd);
  } catch (error) {
    if (!["EINVAL", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"].includes(errnoOf(error) ?? "")) throw error;
  }
}
