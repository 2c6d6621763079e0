/** The C library of this process, and its errors by name. @module */
import process from "../process/process.ts";
import { errnoName } from "./errno.ts";
import { FfiUnavailable, type Library, openLibrary, pointerOf, readInt32, type Signature } from "./ffi.ts";

/** An open C library. */
export interface Libc<S extends Readonly<Record<string, Signature>>> {
  /** The functions that were asked for. */
  readonly call: Library<S>;
  /** The name of the error that the last call left (`ENOENT`): ask at once, the runtime's own calls change it. */
  errno(): string;
}

/**
 * Opens the C library that this process already runs on.
 *
 * @throws {FfiUnavailable} When it cannot be opened or foreign functions are not permitted.
 */
export function openLibc<const S extends Readonly<Record<string, Signature>>>(symbols: S): Libc<S> {
  const bound = { ...symbols, __errno_location: [[], "u64"] } as const;
  let failure: unknown;
  for (const name of libcNames()) {
    try {
      const call = openLibrary(name, bound) as unknown as Library<S> & { __errno_location(): bigint };
      return { call, errno: () => errnoName(readInt32(call.__errno_location())) };
    } catch (error) {
      if (!(error instanceof FfiUnavailable)) throw error;
      failure ??= error;
    }
  }
  throw failure;
}

/** The candidates, most likely first. musl answers to any `libc.*` with itself, glibc only to its own name. */
function libcNames(): string[] {
  const arch = process.arch === "arm64" ? "aarch64" : "x86_64";
  return ["libc.so.6", `libc.musl-${arch}.so.1`];
}

/** A NULL-terminated array of C strings, and the bytes that it points into: keep both for as long as it is in use. */
export function cStrings(list: readonly Uint8Array[]): { vector: BigUint64Array; bytes: Uint8Array } {
  let size = 1;
  for (const item of list) size += item.length + 1;
  const bytes = new Uint8Array(size);
  const vector = new BigUint64Array(list.length + 1);
  const start = pointerOf(bytes);
  let offset = 0;
  let index = 0;
  for (const item of list) {
    bytes.set(item, offset);
    vector[index++] = start + BigInt(offset);
    offset += item.length + 1;
  }
  return { vector, bytes };
}

/** Until here the values are in use: a collector that sees only their addresses would free them too early. */
export function keep(..._values: unknown[]): void {}
