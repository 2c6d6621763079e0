/** A lock between processes on Linux. @module */
import type { Lock, LockHandle, Sharing } from "../../core/ports.ts";
import { sleep } from "../process/clock.ts";
import { OPEN } from "../fs/files.ts";
import { type TryLock, tryLockByTool } from "../tools/flock.ts";
import { bootLibc } from "../ffi/libc.ts";
import { calls } from "../fs/calls.ts";
import { F_SETFD, FD_CLOEXEC, LOCK_EX, LOCK_NB, LOCK_SH } from "./abi.ts";
import { withRightsAt } from "./owner_rights.ts";
import { isNode } from "../process/runtime.ts";

const POLL_MS = 10;

/**
 * A {@link Lock} by `flock`. The kernel releases it when the holder ends, also after `kill -9`. The lock file is never
 * removed (mode 0600; if root creates it, it gets the directory's owner): otherwise two processes could each lock a
 * different file of that name. On Node, which has no foreign functions, it needs the command `flock` (util-linux,
 * BusyBox).
 */
export const linuxLock: Lock = {
  acquire(path: string, waitMs: number, how: Sharing = "exclusive"): LockHandle | "busy" | "unavailable" {
    let tryLock: TryLock;
    let fd: number;
    try {
      tryLock = isNode ? tryLockByTool : tryLockByLibc();
      fd = openLockFile(path);
    } catch {
      return "unavailable";
    }
    const failure = waitForLock(() => tryLock(fd, how), waitMs);
    if (failure !== undefined) {
      calls().close(fd);
      return failure;
    }
    let held = true;
    return {
      release() {
        if (held) calls().close(fd);
        held = false;
      },
    };
  },
};

/** Throws where foreign functions cannot be called. */
function tryLockByLibc(): TryLock {
  const { call, errno } = bootLibc();
  return (fd, how) => {
    // Otherwise a program that is started now would inherit the descriptor, and hold the lock as long as it runs.
    call.fcntl(fd, F_SETFD, FD_CLOEXEC);
    if (call.flock(fd, (how === "shared" ? LOCK_SH : LOCK_EX) | LOCK_NB) === 0) return "held";
    // Any other error: the file system has no locks, as some network file systems.
    return errno() === "EAGAIN" ? "busy" : "unavailable";
  };
}

/** Polls, since a blocking `flock` has no timeout. */
function waitForLock(tryLock: () => ReturnType<TryLock>, waitMs: number): "busy" | "unavailable" | undefined {
  const deadline = performance.now() + waitMs;
  while (true) {
    const result = tryLock();
    if (result === "held") return undefined;
    const left = deadline - performance.now();
    if (result === "unavailable" || left <= 0) return result;
    sleep(Math.min(POLL_MS, left));
  }
}

function openLockFile(path: string): number {
  // Symbolic links are not followed: another user could place one in a shared directory.
  const fd = withRightsAt(path, () => calls().open(path, OPEN.append | OPEN.noFollow, 0o600));
  // With an unusual umask the next process of this user could not open the file.
  if ((calls().fstat(fd).mode & 0o600) !== 0o600) calls().fchmod(fd, 0o600);
  return fd;
}
