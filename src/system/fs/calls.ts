/**
 * Selects the file system calls for this runtime. Under Bun on Linux they are the C library's: loading `node:fs` takes
 * longer than all calls of a boot. Everywhere else they are those of `node:fs`.
 *
 * @module
 */
import { FfiUnavailable } from "../ffi/ffi.ts";
import { libcCalls } from "../linux/libc_calls.ts";
import process from "../process/process.ts";
import { isBun } from "../process/runtime.ts";
import type { FileCalls } from "./file_calls.ts";
import { nodeCalls } from "./node_calls.ts";

let chosen: FileCalls | undefined;

/** The calls for this runtime. */
export function calls(): FileCalls {
  return chosen ??= choose();
}

function choose(): FileCalls {
  if (process.platform !== "linux" || !isBun) return nodeCalls();
  try {
    return libcCalls();
  } catch (error) {
    if (!(error instanceof FfiUnavailable)) throw error;
    return nodeCalls();
  }
}
