/** A lock between processes on Linux. @module */
import { closeSync, constants, fchmodSync, fstatSync, openSync } from "node:fs";
import type { Held, Lock } from "../core/ports.ts";
import { giveToDirectoryOwner } from "./files.ts";
import { type Libc, openLibc } from "./libc.ts";

const symbols = {
  flock: [["i32", "i32"], "i32"],
  fcntl: [["i32", "i32", "i32"], "i32"],
} as const;

// From Linux's ABI, the same on x64 and arm64.
const LOCK_SH = 1;
const LOCK_EX = 2;
const LOCK_NB = 4;
const F_SETFD = 2;
const FD_CLOEXEC = 1;
const POLL_MS = 10;

/** A {@link Lock}, and the descriptors of what it holds now: a successor must not inherit them. */
export interface PosixLock extends Lock {
  /** For `ownFds` of `become`. */
  readonly fds: ReadonlySet<number>;
}

/**
 * A {@link Lock} by `flock`: the kernel drops it with its holder, also on `kill -9`. The file stays (0600, owned by the
 * directory's owner when root makes it): removing it would let two processes hold two files of one name.
 */
export function posixLock(): PosixLock {
  const fds = new Set<number>();
  return {
    fds,
    acquire(path: string, waitMs: number, how: "alone" | "together" = "alone"): Held | "busy" | "unavailable" {
      let libc: Libc<typeof symbols>;
      let fd: number;
      try {
        libc = openLibc(symbols);
        fd = openLockFile(path);
      } catch {
        return "unavailable";
      }
      // A program that is started meanwhile would keep the lock for as long as it lives.
      libc.call.fcntl(fd, F_SETFD, FD_CLOEXEC);
      const failure = waitForLock(libc, fd, how === "alone" ? LOCK_EX : LOCK_SH, waitMs);
      if (failure !== undefined) {
        closeSync(fd);
        return failure;
      }
      fds.add(fd);
      return {
        release() {
          if (fds.delete(fd)) closeSync(fd);
        },
      };
    },
  };
}

/** Polls: a blocking `flock` has no time limit, and a signal to end it would need a handler. */
function waitForLock(
  libc: Libc<typeof symbols>,
  fd: number,
  operation: number,
  waitMs: number,
): "busy" | "unavailable" | undefined {
  const deadline = performance.now() + waitMs;
  const sleeper = new Int32Array(new SharedArrayBuffer(4));
  while (libc.call.flock(fd, operation | LOCK_NB) !== 0) {
    // Anything but "another one has it": a file system without locks, such as some network ones.
    if (libc.errno() !== "EAGAIN") return "unavailable";
    const left = deadline - performance.now();
    if (left <= 0) return "busy";
    Atomics.wait(sleeper, 0, 0, Math.min(POLL_MS, left));
  }
  return undefined;
}

function openLockFile(path: string): number {
  // A link that somebody planted in a shared directory is not followed.
  const flags = constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW;
  const fd = openSync(path, flags, 0o600);
  giveToDirectoryOwner(fd, path);
  // An odd umask would lock out the next process of the same user.
  if ((fstatSync(fd).mode & 0o600) !== 0o600) fchmodSync(fd, 0o600);
  return fd;
}
