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

/** How long, and how often, a move is tried again while another process has the file open, such as a virus scanner. */
export interface MoveOptions {
  /** @default {10000} */
  readonly timeoutMs?: number;
  /** @default {50} */
  readonly pauseMs?: number;
}

/**
 * Moves a file over another one on the same volume, atomically. It returns when the move is on disk (write-through),
 * since Windows cannot flush directories. A running program cannot be replaced, but can itself be moved.
 *
 * @throws {FsError} Both files are unchanged. `busy` and `denied` can also mean that the program at `to` is running, or
 * that another process has a file open.
 */
export function moveWriteThrough(from: string, to: string): void {
  const [source, target] = [from, to].map((path) => widePath(path));
  if (kernel().MoveFileExW(source ?? null, target ?? null, REPLACE_EXISTING | WRITE_THROUGH) !== 0) return;
  const code = lastError();
  throw new FsError(fsFaultOf(code), `move ${from} to`, to, new Win32Error(`move ${from} to ${to}`, code));
}

/**
 * {@link moveWriteThrough}, tried again for some time while another process has one of the two files open so that it
 * cannot be moved. For a running program at `to` it fails at once: the caller can move that program first.
 *
 * @throws {FsError} Both files are unchanged.
 */
export function moveWithRetry(from: string, to: string, options: MoveOptions = {}): void {
  const { timeoutMs = 10_000, pauseMs = 50 } = options;
  const deadline = Date.now() + timeoutMs;
  while (true) {
    try {
      return moveWriteThrough(from, to);
    } catch (error) {
      const isTemporary = error instanceof FsError && (error.code === "busy" || error.code === "denied") &&
        (isInUse(from) || isInUse(to));
      if (!isTemporary) throw error;
      if (Date.now() >= deadline) {
        const held = isInUse(from) ? from : to;
        throw new FsError(error.code, `move ${from} to`, to, `another program has ${held} open`);
      }
      sleepSync(pauseMs);
    }
  }
}

/** True while another process has a file open so that it cannot be moved or replaced. False for a running program. */
export function isInUse(path: string): boolean {
  const name = widePath(path);
  const handle = kernel().CreateFileW(name, DELETE_ACCESS, SHARE_ALL, 0n, OPEN_EXISTING, 0, 0n);
  if (isInvalid(handle)) {
    const code = lastError();
    return code === WIN32.SHARING_VIOLATION || code === WIN32.LOCK_VIOLATION;
  }
  closeHandle(handle);
  return false;
}
