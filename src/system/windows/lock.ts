/** The lock of the gate on Windows. @module */
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
 * A lock on the first byte of a file, by `LockFileEx`. The system gives it back when the holder ends, however it ends.
 * The file's handle is not inherited: no child keeps the lock. The file stays; it is empty and means nothing.
 */
export const windowsLock: Lock = {
  acquire(path: string, waitMs: number, how: Sharing = "exclusive"): LockHandle | "busy" | "unavailable" {
    const flags = how === "exclusive" ? EXCLUSIVE | AT_ONCE : AT_ONCE;
    const deadline = Date.now() + waitMs;
    while (true) {
      const taken = attempt(path, flags);
      if (taken !== "busy" || Date.now() >= deadline) return taken;
      sleepSync(Math.min(PAUSE_MS, Math.max(1, deadline - Date.now())));
    }
  },
};

function attempt(path: string, flags: number): LockHandle | "busy" | "unavailable" {
  let handle: bigint;
  try {
    // Shared with all, so that a scanner or a backup that looks at the file is not taken for a holder of the lock.
    handle = kernel().CreateFileW(widePath(path), READ_WRITE, SHARE_ALL, 0n, OPEN_ALWAYS, 0x80, 0n);
    if (isInvalid(handle)) return verdict(lastError());
    if (kernel().LockFileEx(handle, flags, 0, 1, 0, new Struct(32).bytes) === 0) {
      const answer = verdict(lastError());
      closeHandle(handle);
      return answer;
    }
  } catch {
    // Foreign functions are not permitted (Deno without --allow-ffi), or the path holds a NUL.
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

function verdict(code: number): "busy" | "unavailable" {
  return code === WIN32.SHARING_VIOLATION || code === WIN32.LOCK_VIOLATION ? "busy" : "unavailable";
}
