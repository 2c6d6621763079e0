/**
 * Which file calls this runtime has. Under Bun on Linux they go straight to the C library: loading `node:fs` costs a
 * start more than all of them together. Everywhere else they are those of `node:fs`.
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

/** The calls of this runtime. */
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
