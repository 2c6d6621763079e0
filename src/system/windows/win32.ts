/**
 * The parts of Win32 that every file in this folder needs: kernel32, wide strings, errors.
 *
 * A library is opened by its first caller, so that importing these files costs nothing on other systems.
 *
 * @module
 */
import type { FsFault } from "../../core/ports.ts";
import { type Library, openLibrary, pointerOf, type Signature } from "../ffi/ffi.ts";

/** `INVALID_HANDLE_VALUE` means that there is no handle. No constant: a first BigInt costs every start on Linux, too. */
export function isInvalid(handle: bigint): boolean {
  return handle === 0xffff_ffff_ffff_ffffn;
}

/** The Win32 codes that are told apart. */
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

/** Makes a value at the first call and keeps it. */
function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
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
 * Functions of a system library, which its first caller opens. `GetLastError` is bound before them: binding it after a
 * failed call would change what that call left behind.
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

/** A string as Win32 takes it: UTF-16 with a closing NUL. */
export function wide(text: string): Uint16Array {
  if (text.includes("\0")) throw new TypeError(`Cannot pass ${JSON.stringify(text)} to Windows: it holds a NUL`);
  return wideRaw(text + "\0");
}

/** A path as Win32 takes it, however long it is. */
export function widePath(path: string): Uint16Array {
  return wide(process.getBuiltinModule("node:path").win32.toNamespacedPath(path));
}

/** UTF-16 units as they are, for lists in which NULs separate the items. */
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

/** A struct to fill in: bytes with the places of its numbers, and pointers whose buffers stay referenced by it. */
export class Struct {
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  readonly #kept: unknown[] = [];

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
    // Looking at its buffer makes V8 move a small array out of its heap, where it would change its place.
    this.#kept.push(target, target?.buffer);
    return this.setHandle(offset, target === null ? 0n : pointerOf(target));
  }

  u32(offset: number): number {
    return this.#view.getUint32(offset, true);
  }

  handle(offset: number): bigint {
    return this.#view.getBigUint64(offset, true);
  }
}

/** The code that the last failed call left behind. To be read before anything else is done. */
export function lastError(): number {
  return base().GetLastError();
}

/** Closes a handle; NULL and the invalid one are left alone. */
export function closeHandle(handle: bigint): void {
  if (handle !== 0n && !isInvalid(handle)) base().CloseHandle(handle);
}

/** True when the object (an ended process or thread, a set event) is signalled now, or within so many milliseconds. */
export function isSignalled(handle: bigint, withinMs = 0): boolean {
  return base().WaitForSingleObject(handle, withinMs) === 0;
}

/** Holds this thread: for bounded retries in synchronous code. */
export function sleepSync(milliseconds: number): void {
  base().Sleep(milliseconds);
}

/** A failed Win32 call. */
export class Win32Error extends Error {
  override readonly name = "Win32Error";
  /** What `GetLastError` said. */
  readonly code: number;

  /**
   * @param what What could not be done, after "Cannot".
   * @param code The Win32 code.
   * @param advice The state that things are in now and what to do, when there is more to say than the system's text.
   */
  constructor(what: string, code: number, advice?: string) {
    super(`Cannot ${what}: ${systemText(code)} (Windows error ${code})${advice === undefined ? "" : `; ${advice}`}`);
    this.code = code;
  }
}

/** The system's words for a code, without the full stop. */
export function systemText(code: number): string {
  const buffer = new Uint16Array(512);
  // FROM_SYSTEM | IGNORE_INSERTS | no line breaks
  const length = base().FormatMessageW(0x1000 | 0x200 | 0xff, 0n, code, 0, buffer, buffer.length, 0n);
  const text = fromWide(buffer.subarray(0, length)).trim().replace(/\.$/, "");
  return text === "" ? "the system has no text for this" : text;
}

/** Win32's code as the closed set that the core knows. */
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
