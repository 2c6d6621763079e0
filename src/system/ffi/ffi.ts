/**
 * Foreign functions for both runtimes: one interface over `bun:ffi` and `Deno.dlopen`.
 *
 * Nothing is loaded before the first call. Binding a symbol takes time, so bind only the functions that are needed, in
 * one call. Every address and handle is a `bigint` (`0n` is NULL): addresses read from memory, addresses of callbacks
 * and results of functions can be used alike.
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
 * @param name A file name that the system searches (`kernel32.dll`, `libc.so.6`), or a path.
 * @param symbols The functions to bind.
 * @throws {FfiUnavailable} It cannot be opened or lacks a symbol. Deno does not prompt for a permission.
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

/** The address of a buffer's first byte. It is valid while the caller keeps a reference to the buffer. */
export function pointerOf(buffer: NativeBuffer): bigint {
  return runtimeFfi().addressOf(buffer);
}

/** The 32-bit number at an address. The address must be valid. */
export function readInt32(address: bigint): number {
  return runtimeFfi().readInt32(address);
}

/** A copy of foreign memory. The `length` bytes from `address` on must be readable. */
export function copyMemory(address: bigint, length: number): Uint8Array {
  return runtimeFfi().copyMemory(address, length);
}

/**
 * Makes a function that native code can call from any thread. It runs on the JavaScript thread, from the event loop.
 *
 * Under Deno the calling thread waits for the result; under Bun it does not wait and gets none. So the result is
 * `void`, and the order of calls must not matter. An open callback keeps Deno's process alive.
 */
export function nativeCallback<const P extends readonly Native[]>(
  parameters: P,
  listener: (...values: Values<P>) => void,
): NativeCallback {
  return runtimeFfi().callback([parameters, "void"], listener);
}

let cached: Ffi | undefined;

function runtimeFfi(): Ffi {
  cached ??= isBun ? bunFfi() : denoFfi();
  if (cached === undefined) {
    throw new FfiUnavailable("Cannot call foreign functions: the runtime is neither Bun nor Deno");
  }
  return cached;
}
