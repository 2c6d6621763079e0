/** Durable renames on Windows. @module */
import { FsError } from "../../core/ports.ts";
import {
  closeHandle,
  fsFaultOf,
  isInvalid,
  lastError,
  sleepSync,
  systemLibrary,
  widePath,
  WIN32,
  Win32Error,
} from "./win32.ts";

const kernel = systemLibrary("kernel32.dll", {
  MoveFileExW: [["ptr", "ptr", "u32"], "i32"],
  CreateFileW: [["ptr", "u32", "u32", "u64", "u32", "u32", "u64"], "u64"],
});

const REPLACE_EXISTING = 1;
const WRITE_THROUGH = 8;
const DELETE_ACCESS = 0x1_0000;
const SHARE_ALL = 7;
const OPEN_EXISTING = 3;

/** How long a file may be held by somebody else, such as a virus scanner, and how often it is looked at. */
export interface MoveOptions {
  /** @default {10000} */
  readonly timeoutMs?: number;
  /** @default {50} */
  readonly pauseMs?: number;
}

/**
 * Moves a file over another on the same volume, atomically, and returns only when the move is on the disk: Windows has
 * no flush for directories. A running program cannot be moved over, but can be moved itself.
 *
 * @throws {FsError} `busy` and `denied` also mean that a program runs from `to` or that somebody holds it open;
 * both files are then as they were.
 */
export function moveWriteThrough(from: string, to: string): void {
  const [source, target] = [from, to].map((path) => widePath(path));
  if (kernel().MoveFileExW(source ?? null, target ?? null, REPLACE_EXISTING | WRITE_THROUGH) !== 0) return;
  const code = lastError();
  throw new FsError(fsFaultOf(code), `move ${from} to`, to, new Win32Error(`move ${from} to ${to}`, code));
}

/**
 * {@link moveWriteThrough}, tried again for a bounded time while somebody holds one of the two files in a way that
 * keeps it where it is. A program that runs is no such holder: it can be moved aside, so that is said at once.
 *
 * @throws {FsError} Both files are as they were.
 */
export function moveWithRetry(from: string, to: string, options: MoveOptions = {}): void {
  const { timeoutMs = 10_000, pauseMs = 50 } = options;
  const deadline = Date.now() + timeoutMs;
  while (true) {
    try {
      return moveWriteThrough(from, to);
    } catch (error) {
      const passing = error instanceof FsError && (error.code === "busy" || error.code === "denied") &&
        (isHeld(from) || isHeld(to));
      if (!passing || Date.now() >= deadline) throw error;
      sleepSync(pauseMs);
    }
  }
}

/** True while a file can be neither moved nor replaced, because of somebody who has it open and will close it. */
export function isHeld(path: string): boolean {
  const name = widePath(path);
  const handle = kernel().CreateFileW(name, DELETE_ACCESS, SHARE_ALL, 0n, OPEN_EXISTING, 0, 0n);
  if (isInvalid(handle)) {
    const code = lastError();
    return code === WIN32.SHARING_VIOLATION || code === WIN32.LOCK_VIOLATION;
  }
  closeHandle(handle);
  return false;
}
