/**
 * Foreign functions for both runtimes: `bun:ffi` or `Deno.dlopen` behind one small interface.
 *
 * Nothing is loaded before the first call, and each symbol costs time: bind few, and at once.
 * Every address and handle is a `bigint` (`0n` is NULL), so that an address read from memory, a callback's address and
 * a function's result mix freely.
 *
 * @module
 */
import { denoFfi } from "./deno.ts";
import { bunFfi } from "./bun.ts";
import { isBun } from "../process/runtime.ts";

/**
 * How a parameter or a result crosses the border, by Bun's names.
 *
 * - `i32`, `u32`: number
 * - `i64`, `u64`: bigint; addresses and handles are `u64`
 * - `ptr`: the address of a typed array's first byte, `null` is NULL; a parameter only
 * - `void`: a result only
 */
export type Native = "i32" | "u32" | "i64" | "u64" | "ptr" | "void";

/** A foreign function: its parameters and its result. */
export type Signature = readonly [parameters: readonly Native[], result: Native];

/** Bytes that foreign code may read or write. */
export type NativeBuffer = Uint8Array | Uint16Array | Uint32Array | Int32Array | BigUint64Array | BigInt64Array;

/** What a {@link Native} is in TypeScript. */
export type Value<N extends Native> = N extends "i32" | "u32" ? number
  : N extends "i64" | "u64" ? bigint
  : N extends "ptr" ? NativeBuffer | null
  : void;

/** The values of a list of {@link Native}s. */
export type Values<P extends readonly Native[]> = { -readonly [I in keyof P]: Value<P[I]> };

/** The functions of an open library. */
export type Library<S extends Readonly<Record<string, Signature>>> = {
  readonly [K in keyof S]: (...values: Values<S[K][0]>) => Value<S[K][1]>;
};

/** A TypeScript function that foreign code can call, until it is closed. */
export interface NativeCallback {
  /** Where foreign code finds it. */
  readonly address: bigint;
  /** Frees it: foreign code must not call it any more. */
  close(): void;
}

/** What each runtime must be able to do. */
export interface Ffi {
  open<const S extends Readonly<Record<string, Signature>>>(name: string, symbols: S): Library<S>;
  addressOf(buffer: NativeBuffer): bigint;
  readInt32(address: bigint): number;
  copyMemory(address: bigint, length: number): Uint8Array;
  callback(signature: Signature, listener: (...values: never[]) => unknown): NativeCallback;
}

/** Foreign functions cannot be called here: not permitted, no such library or symbol, or another runtime. */
export class FfiUnavailable extends Error {
  override readonly name = "FfiUnavailable";
}

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
