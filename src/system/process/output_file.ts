/** The log file that this process's output goes to, as its child processes' does, if it is a regular file. @module */
import { textOf } from "../ffi/bytes.ts";
import { calls } from "../fs/calls.ts";

/** Standard error first: that is where programs say why they end. */
const DESCRIPTORS = [2, 1];

/** The file's size in bytes; `undefined`: the output goes to a terminal, a pipe or a device. */
export function outputSize(): number | undefined {
  const fd = outputDescriptor();
  return fd === undefined ? undefined : calls().fstat(fd).size;
}

/**
 * What was written since the file had that size: its end, at most `most` bytes. `undefined`: there is no file, or it
 * may not be read.
 */
export function outputSince(size: number, most = 1 << 16): string | undefined {
  const fd = outputDescriptor();
  if (fd === undefined) return undefined;
  try {
    // This process's own descriptor may be for writing only.
    const file = calls().open(`/proc/self/fd/${fd}`, 0);
    try {
      return textIn(file, size, most);
    } finally {
      calls().close(file);
    }
  } catch {
    return undefined;
  }
}

function textIn(file: number, size: number, most: number): string {
  const end = calls().fstat(file).size;
  // A file that is smaller than before was emptied by who rotates logs.
  const from = Math.max(end < size ? 0 : size, end - most);
  const bytes = new Uint8Array(end - from);
  let length = 0;
  while (length < bytes.length) {
    const count = calls().read(file, bytes.subarray(length), from + length);
    if (count === 0) break;
    length += count;
  }
  return textOf(bytes.subarray(0, length));
}

function outputDescriptor(): number | undefined {
  return DESCRIPTORS.find((fd) => {
    try {
      return calls().fstat(fd).kind === "file";
    } catch {
      return false; // it is closed
    }
  });
}
