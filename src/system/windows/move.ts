/** Durable renames on Windows. @module */
import { win32 } from "node:path";
import { FsError } from "../../core/ports.ts";
import { fsFaultOf, lastError, systemLibrary, wide, Win32Error } from "./win32.ts";

const kernel = systemLibrary("kernel32.dll", { MoveFileExW: [["buffer", "buffer", "u32"], "i32"] });

const REPLACE_EXISTING = 1;
const WRITE_THROUGH = 8;

/**
 * Moves a file over another on the same volume, atomically, and returns only when the move is on the disk: Windows has
 * no flush for directories. A running program cannot be moved over, but can be moved itself.
 *
 * @throws {FsError} `busy` and `denied` also mean that a program runs from `to` or that somebody holds it open;
 * both files are then as they were.
 */
export function moveWriteThrough(from: string, to: string): void {
  const [source, target] = [from, to].map((path) => wide(win32.toNamespacedPath(path)));
  if (kernel().MoveFileExW(source ?? null, target ?? null, REPLACE_EXISTING | WRITE_THROUGH) !== 0) return;
  const code = lastError();
  throw new FsError(fsFaultOf(code), `move ${from} to`, to, new Win32Error(`move ${from} to ${to}`, code));
}
