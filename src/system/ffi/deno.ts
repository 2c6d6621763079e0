/** Foreign functions through `Deno.dlopen`. @module */
import { type Ffi, FfiUnavailable, type Signature } from "./native.ts";
import { isPermitted } from "../process/permission.ts";

/** The part of Deno's namespace that is used here. Declared here, since `tsc` does not know its types. */
interface DenoNamespace {
  dlopen(name: string, symbols: Record<string, DenoFunction>): { symbols: Record<string, unknown> };
  UnsafePointer: {
    of(view: ArrayBufferView): object | null;
    create(address: bigint): object | null;
    value(pointer: object | null): bigint;
  };
  UnsafePointerView: {
    new (pointer: object): { getInt32(): number };
    getArrayBuffer(pointer: object, length: number): ArrayBuffer;
  };
  UnsafeCallback: {
    threadSafe(
      definition: DenoFunction,
      listener: (...values: never[]) => unknown,
    ): { readonly pointer: object; close(): void };
  };
}

interface DenoFunction {
  readonly parameters: readonly string[];
  readonly result: string;
}

/** Deno's foreign functions as {@link Ffi}; `undefined` when the runtime is not Deno. */
export function denoFfi(): Ffi | undefined {
  const deno = (globalThis as { Deno?: DenoNamespace }).Deno;
  if (deno === undefined) return undefined;
  const pointerTo = (address: bigint) => {
    const pointer = deno.UnsafePointer.create(address);
    if (pointer === null) throw new TypeError("Cannot read foreign memory: the address is NULL");
    return pointer;
  };
  return {
    open: (name, symbols) => {
      if (!isPermitted({ name: "ffi", path: name })) {
        throw new FfiUnavailable(`Cannot open ${name}: run Deno with --allow-ffi`);
      }
      const functions = Object.entries<Signature>(symbols).map(([key, signature]) => [key, denoFunction(signature)]);
      return deno.dlopen(name, Object.fromEntries(functions)).symbols as never;
    },
    addressOf: (buffer) => deno.UnsafePointer.value(deno.UnsafePointer.of(buffer)),
    readInt32: (address) => new deno.UnsafePointerView(pointerTo(address)).getInt32(),
    copyMemory: (address, length) =>
      new Uint8Array(deno.UnsafePointerView.getArrayBuffer(pointerTo(address), length)).slice(),
    callback: (signature, listener) => {
      const callback = deno.UnsafeCallback.threadSafe(denoFunction(signature), listener);
      return { address: deno.UnsafePointer.value(callback.pointer), close: () => callback.close() };
    },
  };
}

function denoFunction([parameters, result]: Signature): DenoFunction {
  return { parameters: parameters.map((native) => native === "ptr" ? "buffer" : native), result };
}
