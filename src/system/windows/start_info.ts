/** Standard handles, environment and path of a program that is to be started. @module */
import { win32 } from "node:path";
import { fromWide, isInvalid, systemLibrary, wide, wideRaw } from "./win32.ts";

const kernel = systemLibrary("kernel32.dll", {
  GetStdHandle: [["u32"], "u64"],
  GetCurrentProcess: [[], "u64"],
  DuplicateHandle: [["u64", "u64", "u64", "ptr", "u32", "i32", "u32"], "i32"],
  SearchPathW: [["ptr", "ptr", "ptr", "u32", "ptr", "u64"], "u32"],
});

const SAME_ACCESS = 2;

/**
 * Inheritable copies of standard input, output and error, since the runtimes make the original handles not inheritable.
 * 0 for a handle that this process does not have. The caller has to close them.
 */
export function duplicateStandardHandles(): bigint[] {
  const self = kernel().GetCurrentProcess();
  return [-10, -11, -12].map((which) => {
    const handle = kernel().GetStdHandle(which >>> 0);
    if (handle === 0n || isInvalid(handle)) return 0n;
    const copy = new BigUint64Array(1);
    return kernel().DuplicateHandle(self, handle, self, copy, 0, 1, SAME_ACCESS) === 0 ? 0n : copy[0] ?? 0n;
  });
}

/** An environment block, sorted by upper-case names, as Windows requires. Pure. */
export function environmentBlock(env: Readonly<Record<string, string>>): Uint16Array {
  const key = (name: string) => name.toUpperCase();
  const entries = Object.entries(env)
    .filter(([name, value]) => name !== "" && !`${name}${value}`.includes("\0"))
    .sort(([a], [b]) => key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0);
  // An empty block is two NULs.
  return wideRaw(
    entries.map(([name, value]) => `${name}=${value}\0`).join("") + (entries.length === 0 ? "\0\0" : "\0"),
  );
}

/**
 * Finds a program by name, as Windows does: `.exe` may be omitted, and a name without a folder is searched in this
 * program's folder, the system's folders, the current folder and `PATH`.
 *
 * @returns Its path; `undefined` when it is not found.
 */
export function findProgram(name: string): string | undefined {
  const folder = /[\\/]/.test(name) ? win32.dirname(win32.resolve(name)) : undefined;
  const file = folder === undefined ? name : win32.basename(name);
  const buffer = new Uint16Array(32_768);
  const length = kernel().SearchPathW(
    folder === undefined ? null : wide(folder),
    wide(file),
    wide(".exe"),
    buffer.length,
    buffer,
    0n,
  );
  return length === 0 || length > buffer.length ? undefined : fromWide(buffer);
}
