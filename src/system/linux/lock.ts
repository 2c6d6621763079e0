/** A lock between processes on Linux. @module */
import type { Lock, LockHandle, Sharing } from "../../core/ports.ts";
import { sleep } from "../process/clock.ts";
import { giveToDirectoryOwner, OPEN } from "../fs/files.ts";
import { type TryLock, tryLockByTool } from "../tools/flock.ts";
import { bootLibc } from "../ffi/libc.ts";
import { calls } from "../fs/calls.ts";
import { F_SETFD, FD_CLOEXEC, LOCK_EX, LOCK_NB, LOCK_SH } from "./abi.ts";
import { isNode } from "../process/runtime.ts";

const POLL_MS = 10;

/**
 * A {@link Lock} by `flock`: the kernel drops it with its holder, also on `kill -9`. The file stays (0600, owned by the
 * directory's owner when root makes it): removing it would let two processes hold two files of one name.
 * On Node, which has no foreign functions, it needs the tool `flock` (util-linux, BusyBox).
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
    // A program that is started meanwhile would keep the lock for as long as it lives.
    call.fcntl(fd, F_SETFD, FD_CLOEXEC);
    if (call.flock(fd, (how === "shared" ? LOCK_SH : LOCK_EX) | LOCK_NB) === 0) return "held";
    // Anything but "another one has it": a file system without locks, such as some network ones.
    return errno() === "EAGAIN" ? "busy" : "unavailable";
  };
}

/** Polls: a blocking `flock` has no time limit, and a signal to end it would need a handler. */
function waitForLock(tryLock: () => ReturnType<TryLock>, waitMs: number): "busy" | "unavailable" | undefined {
  const deadline = performance.now() + waitMs;
  while (true) {
    const answer = tryLock();
    if (answer === "held") return undefined;
    const left = deadline - performance.now();
    if (answer === "unavailable" || left <= 0) return answer;
    sleep(Math.min(POLL_MS, left));
  }
}

function openLockFile(path: string): number {
  // A link that somebody planted in a shared directory is not followed.
  const fd = calls().open(path, OPEN.append | OPEN.noFollow, 0o600);
  giveToDirectoryOwner(fd, path);
  // An odd umask would lock out the next process of the same user.
  if ((calls().fstat(fd).mode & 0o600) !== 0o600) calls().fchmod(fd, 0o600);
  return fd;
}
