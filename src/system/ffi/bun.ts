/** Foreign functions through `bun:ffi`. @module */
import process from "../process/process.ts";
import type { Ffi, Signature } from "./native.ts";

/**
 * The native half of `bun:ffi`, at `Bun.FFI`. The module adds little to it, and takes longer to load than all that a boot
 * calls. Should it be gone one day, the module has the same functions.
 */
interface BunNative {
  dlopen(name: string, symbols: Record<string, BunFunction>): { symbols: Record<string, unknown> } | Error;
  ptr(view: ArrayBufferView): number;
  toArrayBuffer(address: bigint, offset: number, length: number): ArrayBuffer;
  readonly read: { i32(address: number, offset: number): number };
}

/** The module: its own types are unknown to Deno's checker. */
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
      const made = new (bunModule().JSCallback)(listener, { ...bunFunction(signature), threadsafe: true });
      return { address: BigInt(made.ptr ?? 0), close: () => made.close() };
    },
  };
}

function bunModule(): BunModule {
  // Not an import: that would load it at start, and Deno would refuse the name.
  return process.getBuiltinModule("bun:ffi" as "fs") as unknown as BunModule;
}

function bunFunction([args, returns]: Signature): BunFunction {
  return { args, returns };
}
