/** Foreign functions through `bun:ffi`. @module */
import process from "../process/process.ts";
import type { Ffi, Signature } from "./native.ts";

/**
 * The native functions of `bun:ffi`, which Bun also has at `Bun.FFI`. Loading the module `bun:ffi` takes longer than
 * all calls of a boot, so it is loaded only for callbacks, or if a later Bun has no `Bun.FFI`.
 */
interface BunNative {
  dlopen(name: string, symbols: Record<string, BunFunction>): { symbols: Record<string, unknown> } | Error;
  ptr(view: ArrayBufferView): number;
  toArrayBuffer(address: bigint, offset: number, length: number): ArrayBuffer;
  readonly read: { i32(address: number, offset: number): number };
}

/** The module `bun:ffi`. Declared here, since Deno's type checker does not know its types. */
interface BunModule extends BunNative {
  JSCallback: new (
    listener: (...values: never[]) => unknown,
    definition: BunFunction,
  ) => { readonly ptr: number | bigint | null; close(): void };
}

interface BunFunction {
  readonly args: readonly string[];
  readonly returns: string;
  readonly threadsafe?: boolean;
}

/** `bun:ffi` as {@link Ffi}; `undefined` when the runtime is not Bun. */
export function bunFfi(): Ffi | undefined {
  const bun = (globalThis as { Bun?: { FFI?: BunNative } }).Bun;
  if (bun === undefined) return undefined;
  const native = bun.FFI ?? bunModule();
  return {
    open: (name, symbols) => {
      const functions: Record<string, BunFunction> = {};
      for (const key in symbols) functions[key] = bunFunction(symbols[key] as Signature);
      const library = native.dlopen(name, functions);
      if (library instanceof Error) throw library;
      return library.symbols as never;
    },
    addressOf: (buffer) => BigInt(native.ptr(buffer)),
    readInt32: (address) => native.read.i32(Number(address), 0),
    copyMemory: (address, length) => new Uint8Array(native.toArrayBuffer(address, 0, length)).slice(),
    callback: (signature, listener) => {
      const callback = new (bunModule().JSCallback)(listener, { ...bunFunction(signature), threadsafe: true });
      return { address: BigInt(callback.ptr ?? 0), close: () => callback.close() };
    },
  };
}

function bunModule(): BunModule {
  // Not an import: that would load it at the start, and Deno has no such module.
  return process.getBuiltinModule("bun:ffi" as "fs") as unknown as BunModule;
}

function bunFunction([args, returns]: Signature): BunFunction {
  return { args, returns };
}
