/** Copies the content of a file, and computes the sha256 of the copy meanwhile. @module */
import { onLinux, openLibc } from "../ffi/libc.ts";
import { SYNC_FILE_RANGE_WRITE } from "../linux/abi.ts";
import { calls } from "./calls.ts";
import { CHUNK, eachChunk, writeAll } from "./files.ts";
import { sha256 } from "./sha256.ts";

/** How much is copied before it is read again and its writing starts, in bytes. From 1 to 8 MiB take the same time. */
const BLOCK = 8 * CHUNK;

/**
 * Makes the empty file `target` share the source's blocks (Btrfs, XFS, …), which takes no space. Returns the sha256 of
 * what can be read from the target; `undefined`: the file system has no shared blocks, or the files are on two of them.
 */
export function cloneBytes(source: number, target: number): string | undefined {
  if (!shareBlocks(source, target)) return undefined;
  const hash = sha256();
  eachChunk(target, (chunk) => hash.update(chunk));
  return hash.digest("hex");
}

/** The same, and nothing is read. */
export function shareBlocks(source: number, target: number): boolean {
  const FICLONE = 0x40049409n;
  return onLinux(() => openLibc("ioctl").call.ioctl(target, FICLONE, source) === 0) ?? false;
}

/** Copies all of `source` to the empty file `target`, and reads nothing back. */
export function copyUnread(source: number, target: number): void {
  const kernel = onLinux(() => kernelCopy(source, target));
  let done = 0;
  for (let copied; (copied = kernel?.copy(BLOCK) ?? 0) > 0;) done += copied;
  const buffer = new Uint8Array(CHUNK);
  for (let read; (read = calls().read(source, buffer, done)) > 0; done += read) {
    writeAll(target, buffer.subarray(0, read), done);
  }
}

/**
 * Copies `source`, at most `size` bytes of it, to the empty file `target`. Returns the sha256 of what can be read from
 * the target.
 *
 * Linux copies without a detour through this process, and writes each block to the disk while the block is hashed and the
 * next ones are copied, so that a flush has little left to do.
 */
export function copyBytes(source: number, target: number, size = Infinity): string {
  const hash = sha256();
  const buffer = new Uint8Array(CHUNK);
  const kernel = onLinux(() => kernelCopy(source, target));
  let done = 0;

  function hashCopied(length: number): void {
    kernel?.startWriting(done, length);
    for (const end = done + length; done < end;) {
      const read = calls().read(target, buffer.subarray(0, end - done), done);
      if (read === 0) throw new Error("the copy was cut short by another process");
      hash.update(buffer.subarray(0, read));
      done += read;
    }
  }

  for (let copied; (copied = kernel?.copy(Math.min(BLOCK, size - done)) ?? 0) > 0;) hashCopied(copied);
  // What the kernel did not copy, and only the end of the file where it did.
  for (let read; (read = calls().read(source, buffer.subarray(0, size - done), done)) > 0;) {
    writeAll(target, buffer.subarray(0, read), done);
    hashCopied(read);
  }
  return hash.digest("hex");
}

/** Copies in the kernel, from one file's offset to the other's. */
interface KernelCopy {
  /** Copies at most so many bytes; returns how many. 0: the end of the source, or it cannot be copied this way. */
  copy(length: number): number;
  /** Starts writing a part of the target to the disk, and does not wait for it. */
  startWriting(from: number, length: number): void;
}

function kernelCopy(source: number, target: number): KernelCopy {
  const { call, errno } = openLibc("copy_file_range", "sync_file_range");
  return {
    copy(length) {
      for (;;) {
        const copied = Number(call.copy_file_range(source, null, target, null, BigInt(length), 0));
        if (copied >= 0) return copied;
        // Older kernels do not copy between file systems (EXDEV), some file systems not at all. A real fault, such as a
        // full disk, comes again when the rest is written, and is reported then.
        if (errno() !== "EINTR") return 0;
      }
    },
    // An error does not matter here: the flush reports it.
    startWriting: (from, length) =>
      void call.sync_file_range(target, BigInt(from), BigInt(length), SYNC_FILE_RANGE_WRITE),
  };
}
