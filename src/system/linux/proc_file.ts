/** Files of `/proc` and their like: small, and of no size that anybody could tell beforehand. @module */
import { wholeFile } from "./bare_libc.ts";
import { fs } from "../process/builtin.ts";
import { textOf } from "../ffi/bytes.ts";
import { FfiUnavailable } from "../ffi/ffi.ts";

/** All bytes of the file; undefined when it is missing, or another user's. */
export function procFile(path: string): Uint8Array | undefined {
  try {
    return wholeFile(path);
  } catch (error) {
    if (!(error instanceof FfiUnavailable)) throw error;
  }
  try {
    return fs().readFileSync(path);
  } catch {
    return undefined;
  }
}

/** The same as text. */
export function procText(path: string): string | undefined {
  const bytes = procFile(path);
  return bytes && textOf(bytes);
}
