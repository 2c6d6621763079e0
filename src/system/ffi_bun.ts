/** Foreign functions through `bun:ffi`. @module */
import process from "./process.ts";
import type { Ffi, Native, Signature } from "./ffi.ts";

/** The part of `bun:ffi` that is used here: its own types are unknown to Deno's checker. */
interface BunModule {
  dlopen(name: string, symbols: Record<string, BunFunction>): { symbols: Record<string, unknown> };
  ptr(view: ArrayBufferView): number;
  toArrayBuffer(address: bigint, offset: number, length: number): ArrayBuffer;
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

// Pointers travel as u64: Bun's own `ptr` comes back as a number, or null, or a bigint when it is large.
const names: Record<Native, string> = {
  i32: "i32",
  u32: "u32",
  i64: "i64",
  u64: "u64",
  pointer: "u64",
  buffer: "ptr",
  void: "void",
};

/** `bun:ffi` as {@link Ffi}; `undefined` when the runtime is not Bun. */
export function bunFfi(): Ffi | undefined {
  // Not an import: that would load it at start, and Deno would refuse the name.
  const bun = process.getBuiltinModule?.("bun:ffi" as "fs") as unknown as BunModule | undefined;
  if (bun === undefined) return undefined;
  return {
    open: (name, symbols) => {
      const functions: Record<string, BunFunction> = {};
      for (const key in symbols) functions[key] = bunFunction(symbols[key] as Signature);
      return bun.dlopen(name, functions).symbols as never;
    },
    addressOf: (buffer) => BigInt(bun.ptr(buffer)),
    copyMemory: (address, length) => new Uint8Array(bun.toArrayBuffer(address, 0, length)).slice(),
    callback: (signature, listener) => {
      const made = new bun.JSCallback(listener, { ...bunFunction(signature), threadsafe: true });
      return { address: BigInt(made.ptr ?? 0), close: () => made.close() };
    },
  };
}

function bunFunction([parameters, result]: Signature): BunFunction {
  const args: string[] = [];
  for (const native of parameters) args.push(names[native]);
  return { args, returns: names[result] };
}
