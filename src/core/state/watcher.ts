/**
 * The watcher of a boot, for the status: a file says who it is, and a lock that dies with it says that it lives.
 *
 * @module
 */
import type { LockHandle, Ports } from "../ports.ts";
import { statePaths } from "./paths.ts";
import { type Watcher, watcherShape } from "./schemas.ts";
import { readState, writeState } from "./state_files.ts";

/** Whoever looks holds the lock for an instant. */
const LOCK_TIMEOUT_MS = 500;

/**
 * Makes this process known as the watcher of a boot, until it is released or the process ends. Never throws: without
 * it the service is watched all the same.
 *
 * @param deadlineMs How long the build has from now on to become healthy.
 */
export function announceWatcher(ports: Ports, dataDir: string, pid: number, deadlineMs: number): LockHandle {
  const paths = statePaths(dataDir);
  const now = ports.clock.now();
  let held: LockHandle | undefined;
  try {
    ports.fs.makeDirectory(dataDir);
    // Beside the watcher of the boot before, which leaves only when it has seen that its service is gone.
    const taken = ports.lock.acquire(paths.watcherLock, LOCK_TIMEOUT_MS, "shared");
    if (typeof taken === "string") return { release: () => {} };
    held = taken;
    writeState(ports.fs, paths.watcher, {
      pid,
      since: new Date(now).toISOString(),
      until: new Date(now + deadlineMs).toISOString(),
    });
  } catch { /* a disk that is full, a directory that is read-only */ }
  return {
    release() {
      try {
        const read = readState(ports.fs, paths.watcher, watcherShape);
        if (read.kind === "value" && read.value.pid === pid) ports.fs.remove(paths.watcher);
      } catch { /* without the lock nobody believes it */ }
      held?.release();
    },
  };
}

/** The watcher that lives now; `null` when there is none, or when locks cannot be asked. Never throws. */
export function readWatcher(ports: Ports, dataDir: string): Watcher | null {
  const paths = statePaths(dataDir);
  const read = readState(ports.fs, paths.watcher, watcherShape);
  if (read.kind !== "value") return null;
  const lock = ports.lock.acquire(paths.watcherLock, 0);
  if (lock === "busy") return read.value;
  if (lock !== "unavailable") lock.release();
  return null;
}
