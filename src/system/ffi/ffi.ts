/**
 * Foreign functions for both runtimes: `bun:ffi` or `Deno.dlopen` behind one small interface.
 *
 * Nothing is loaded before the first call, and each symbol costs time: bind few, and at once.
 * Every address and handle is a `bigint` (`0n` is NULL), so that an address read from memory, a callback's address and
 * a function's result mix freely.
 *
 * @module
 */
import { bunFfi } from "./bun.ts";
import { denoFfi } from "./deno.ts";
import {
  type Ffi,
  FfiUnavailable,
  type Library,
  type Native,
  type NativeBuffer,
  type NativeCallback,
  type Signature,
  type Values,
} from "./native.ts";
import { isBun } from "../process/runtime.ts";

export { FfiUnavailable };
export type { Library, NativeBuffer, NativeCallback, Signature };

/**
 * Opens a shared library. It stays open until the process ends.
 *
 * @param name A file name for the system's own search (`kernel32.dll`, `libc.so.6`) or a path.
 * @param symbols The functions to bind; each costs start time, so bind few.
 * @throws {FfiUnavailable} When it cannot be opened or lacks a symbol. Deno is never made to ask for permission.
 */
export function openLibrary<const S extends Readonly<Record<string, Signature>>>(name: string, symbols: S): Library<S> {
  try {
    return runtimeFfi().open(name, symbols);
  } catch (error) {
    if (error instanceof FfiUnavailable) throw error;
    throw new FfiUnavailable(`Cannot open ${name}: ${error instanceof Error ? error.message : error}`, {
      cause: error,
    });
  }
}

/** The address of a buffer's first byte. It is good for as long as the caller keeps the buffer referenced. */
export function pointerOf(buffer: NativeBuffer): bigint {
  return runtimeFfi().addressOf(buffer);
}

/** The 32-bit number at an address, which the caller answers for. */
export function readInt32(address: bigint): number {
  return runtimeFfi().readInt32(address);
}

/** A copy of foreign memory. The caller answers for `address` and `length` being readable. */
export function copyMemory(address: bigint, length: number): Uint8Array {
  return runtimeFfi().copyMemory(address, length);
}

/**
 * Makes a function that any thread may call; it runs on the JavaScript thread, from the event loop.
 *
 * Bun does not make the calling thread wait and gives it no result, Deno does both: declare the result `void` and do
 * not rely on the order. An open callback keeps Deno's process alive.
 */
export function nativeCallback<const P extends readonly Native[]>(
  parameters: P,
  listener: (...values: Values<P>) => void,
): NativeCallback {
  return runtimeFfi().callback([parameters, "void"], listener);
}

let known: Ffi | undefined;

function runtimeFfi(): Ffi {
  known ??= isBun ? bunFfi() : denoFfi();
  if (known === undefined) {
    throw new FfiUnavailable("Cannot call foreign functions: the runtime is neither Bun nor Deno");
  }
  return known;
}
