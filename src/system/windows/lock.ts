/** A lock between processes on Windows. @module */
import type { Lock, LockHandle, Sharing } from "../../core/ports.ts";
import { closeHandle, isInvalid, lastError, sleepSync, Struct, systemLibrary, widePath, WIN32 } from "./win32.ts";

const kernel = systemLibrary("kernel32.dll", {
  CreateFileW: [["ptr", "u32", "u32", "u64", "u32", "u32", "u64"], "u64"],
  LockFileEx: [["u64", "u32", "u32", "u32", "u32", "ptr"], "i32"],
});

const READ_WRITE = 0xc000_0000;
const SHARE_ALL = 7;
const OPEN_ALWAYS = 4;
const AT_ONCE = 1;
const EXCLUSIVE = 2;
const PAUSE_MS = 20;

/**
 * A {@link Lock} on the first byte of a file, by `LockFileEx`. Windows releases it when the holder ends, also when it
 * crashes. The handle is not inherited, so no child process keeps the lock. The file is empty and is never removed.
 */
export const windowsLock: Lock = {
  acquire(path: string, waitMs: number, how: Sharing = "exclusive"): LockHandle | "busy" | "unavailable" {
    const flags = how === "exclusive" ? EXCLUSIVE | AT_ONCE : AT_ONCE;
    const deadline = Date.now() + waitMs;
    while (true) {
      const result = tryLock(path, flags);
      if (result !== "busy" || Date.now() >= deadline) return result;
      sleepSync(Math.min(PAUSE_MS, Math.max(1, deadline - Date.now())));
    }
  },
};

function tryLock(path: string, flags: number): LockHandle | "busy" | "unavailable" {
  let handle: bigint;
  try {
    // With all sharing modes: a virus scanner or a backup that opens the file does not make this fail.
    handle = kernel().CreateFileW(widePath(path), READ_WRITE, SHARE_ALL, 0n, OPEN_ALWAYS, 0x80, 0n);
    if (isInvalid(handle)) return lockFailure(lastError());
    if (kernel().LockFileEx(handle, flags, 0, 1, 0, new Struct(32).bytes) === 0) {
      const failure = lockFailure(lastError());
      closeHandle(handle);
      return failure;
    }
  } catch {
    // Foreign functions are not permitted (Deno without --allow-ffi), or the path contains NUL.
    return "unavailable";
  }
  let released = false;
  return {
    release() {
      if (released) return;
      released = true;
      closeHandle(handle);
    },
  };
}

function lockFailure(code: number): "busy" | "unavailable" {
  return code === WIN32.SHARING_VIOLATION || code === WIN32.LOCK_VIOLATION ? "busy" : "unavailable";
}
