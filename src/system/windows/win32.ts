/**
 * Basic functions of Win32 for the files of this folder: kernel32, UTF-16 strings, structs, errors.
 *
 * A library is opened at its first use, so that importing these files takes no time on other systems.
 *
 * @module
 */
import type { FsFault } from "../../core/ports.ts";
import { type Library, openLibrary, pointerOf, type Signature } from "../ffi/ffi.ts";

/**
 * True for INVALID_HANDLE_VALUE. Not a constant of the module: the first BigInt takes time, at every start on Linux,
 * too.
 */
export function isInvalid(handle: bigint): boolean {
  return handle === 0xffff_ffff_ffff_ffffn;
}

/** The Win32 error codes that are used by name. */
export const WIN32 = {
  FILE_NOT_FOUND: 2,
  PATH_NOT_FOUND: 3,
  ACCESS_DENIED: 5,
  WRITE_PROTECT: 19,
  SHARING_VIOLATION: 32,
  LOCK_VIOLATION: 33,
  INVALID_PARAMETER: 87,
  INVALID_NAME: 123,
  BAD_EXE_FORMAT: 193,
  EXE_MACHINE_TYPE_MISMATCH: 216,
  SERVICE_NOT_ACTIVE: 1062,
  SERVICE_SPECIFIC_ERROR: 1066,
} as const;

/** Computes a value at the first call and returns it at each call. */
function once<T>(make: () => T): () => T {
  let cached: { readonly value: T } | undefined;
  return () => (cached ??= { value: make() }).value;
}

const base = once(() =>
  openLibrary("kernel32.dll", {
    GetLastError: [[], "u32"],
    FormatMessageW: [["u32", "u64", "u32", "u32", "ptr", "u32", "u64"], "u32"],
    CloseHandle: [["u64"], "i32"],
    WaitForSingleObject: [["u64", "u32"], "u32"],
    Sleep: [["u32"], "void"],
  })
);

/**
 * The functions of a system library, which is opened at the first call. `GetLastError` is bound before: binding it
 * after a failed call would change the error code of that call.
 */
export function systemLibrary<const S extends Readonly<Record<string, Signature>>>(
  name: string,
  symbols: S,
): () => Library<S> {
  return once(() => {
    base();
    return openLibrary(name, symbols);
  });
}

/** A string for Win32: UTF-16 with a final NUL. */
export function wide(text: string): Uint16Array {
  if (text.includes("\0")) throw new TypeError(`Cannot pass ${JSON.stringify(text)} to Windows: it contains a NUL`);
  return wideRaw(text + "\0");
}

/** A path for Win32, of any length. */
export function widePath(path: string): Uint16Array {
  return wide(process.getBuiltinModule("node:path").win32.toNamespacedPath(path));
}

/** UTF-16 without a final NUL, for lists whose items are separated by NULs. */
export function wideRaw(text: string): Uint16Array {
  return Uint16Array.from({ length: text.length }, (_, index) => text.charCodeAt(index));
}

/** The string in a buffer, up to its first NUL. */
export function fromWide(buffer: Uint16Array, start = 0): string {
  let text = "";
  for (let index = start; index < buffer.length && buffer[index] !== 0; index++) {
    text += String.fromCharCode(buffer[index] ?? 0);
  }
  return text;
}

/** The bytes of a struct, whose fields are accessed by offset. It keeps the buffers of its pointers alive. */
export class Struct {
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  readonly #references: unknown[] = [];

  constructor(size: number) {
    this.bytes = new Uint8Array(size);
    this.#view = new DataView(this.bytes.buffer);
  }

  setU32(offset: number, value: number): this {
    this.#view.setUint32(offset, value, true);
    return this;
  }

  setHandle(offset: number, value: bigint): this {
    this.#view.setBigUint64(offset, BigInt.asUintN(64, value), true);
    return this;
  }

  setPointer(offset: number, target: Uint8Array | Uint16Array | Uint32Array | BigUint64Array | null): this {
    // V8 stores small arrays in its heap, where they can move. Reading `buffer` makes it move the array to a fixed
    // address.
    this.#references.push(target, target?.buffer);
    return this.setHandle(offset, target === null ? 0n : pointerOf(target));
  }

  u32(offset: number): number {
    return this.#view.getUint32(offset, true);
  }

  handle(offset: number): bigint {
    return this.#view.getBigUint64(offset, true);
  }
}

/** The error code of the last failed call. Read it before any other call. */
export function lastError(): number {
  return base().GetLastError();
}

/** Closes a handle; does nothing for NULL and INVALID_HANDLE_VALUE. */
export function closeHandle(handle: bigint): void {
  if (handle !== 0n && !isInvalid(handle)) base().CloseHandle(handle);
}

/** True when an object is signalled (a process or thread has ended) now or within some milliseconds. */
export function isSignalled(handle: bigint, withinMs = 0): boolean {
  return base().WaitForSingleObject(handle, withinMs) === 0;
}

/** Blocks this thread, for retries in synchronous code. */
export function sleepSync(milliseconds: number): void {
  base().Sleep(milliseconds);
}

/** A failed Win32 call. */
export class Win32Error extends Error {
  override readonly name = "Win32Error";
  /** The code of `GetLastError`. */
  readonly code: number;

  /**
   * @param what What could not be done; it follows "Cannot" in the message.
   * @param code The Win32 error code.
   * @param advice The state that things are in now, and what to do.
   */
  constructor(what: string, code: number, advice?: string) {
    super(`Cannot ${what}: ${systemText(code)} (Windows error ${code})${advice === undefined ? "" : `; ${advice}`}`);
    this.code = code;
  }
}

/** Windows' message for an error code, without the final period. */
export function systemText(code: number): string {
  const buffer = new Uint16Array(512);
  // FROM_SYSTEM | IGNORE_INSERTS | no line breaks
  const length = base().FormatMessageW(0x1000 | 0x200 | 0xff, 0n, code, 0, buffer, buffer.length, 0n);
  const text = fromWide(buffer.subarray(0, length)).trim().replace(/\.$/, "");
  return text === "" ? "the system has no text for this" : text;
}

/** The {@link FsFault} for a Win32 error code. */
export function fsFaultOf(code: number): FsFault {
  return FAULTS[code] ?? "other";
}

const FAULTS: Readonly<Record<number, FsFault>> = {
  1: "unsupported", // INVALID_FUNCTION
  2: "notFound",
  3: "notFound",
  5: "denied",
  17: "crossDevice", // NOT_SAME_DEVICE
  19: "readOnly", // WRITE_PROTECT
  32: "busy", // SHARING_VIOLATION
  33: "busy", // LOCK_VIOLATION
  39: "noSpace", // HANDLE_DISK_FULL
  50: "unsupported", // NOT_SUPPORTED
  53: "notFound", // BAD_NETPATH
  67: "notFound", // BAD_NET_NAME
  80: "exists", // FILE_EXISTS
  112: "noSpace", // DISK_FULL
  123: "notFound", // INVALID_NAME
  183: "exists", // ALREADY_EXISTS
  206: "notFound", // FILENAME_EXCED_RANGE
  303: "busy", // DELETE_PENDING
  1175: "busy", // UNABLE_TO_REMOVE_REPLACED
  1295: "noSpace", // DISK_QUOTA_EXCEEDED
  1314: "denied", // PRIVILEGE_NOT_HELD
};
