/** The types of foreign functions, and the interface that is implemented for each runtime. @module */

/**
 * The type of a parameter or a result, by Bun's names.
 *
 * - `i32`, `u32`: number
 * - `i64`, `u64`: bigint; addresses and handles are `u64`
 * - `ptr`: the address of a typed array's first byte, `null` is NULL; only for parameters
 * - `void`: only for results
 */
export type Native = "i32" | "u32" | "i64" | "u64" | "ptr" | "void";

/** A foreign function: its parameters and its result. */
export type Signature = readonly [parameters: readonly Native[], result: Native];

/** A buffer that native code reads or writes. */
export type NativeBuffer = Uint8Array | Uint16Array | Uint32Array | Int32Array | BigUint64Array | BigInt64Array;

/** The TypeScript type of a {@link Native}. */
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

/** A TypeScript function that native code can call, until it is closed. */
export interface NativeCallback {
  /** The address of the function. */
  readonly address: bigint;
  /** Frees it. Native code must not call it after that. */
  close(): void;
}

/** Foreign functions of a runtime. */
export interface Ffi {
  open<const S extends Readonly<Record<string, Signature>>>(name: string, symbols: S): Library<S>;
  addressOf(buffer: NativeBuffer): bigint;
  readInt32(address: bigint): number;
  copyMemory(address: bigint, length: number): Uint8Array;
  callback(signature: Signature, listener: (...values: never[]) => unknown): NativeCallback;
}

/** Foreign functions cannot be called: no permission, no such library or symbol, or the runtime has none. */
export class FfiUnavailable extends Error {
  override readonly name = "FfiUnavailable";
}
