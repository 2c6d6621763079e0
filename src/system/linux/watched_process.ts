/** Watches and signals a process that is not a child, and never another process that has got the same id. @module */
import process from "../process/process.ts";
import { type Libc, openLibc } from "../ffi/libc.ts";
import { POLLIN } from "./abi.ts";
import { processFacts } from "./proc.ts";

/** A process that is watched. */
export interface WatchedProcess {
  /** The process id. */
  readonly pid: number;
  /** False once the process has ended. */
  alive(): boolean;
  /** Sends a signal; with `group` to its process group, if it is the leader. False when it has ended. */
  signal(signal: "SIGTERM" | "SIGKILL", options?: { group?: boolean }): boolean;
  /** Stops watching, and closes descriptors. */
  close(): void;
}

// System calls that Linux has added since 5.1 have the same number on every architecture.
const PIDFD_SEND_SIGNAL = 424n;
const PIDFD_OPEN = 434n;
const SIGNALS = { SIGTERM: 15n, SIGKILL: 9n };

/**
 * Finds the process with this id and this start time ({@link processFacts}); `undefined` when it has ended. It is
 * watched by a pidfd if the kernel has them, else by id and start time.
 */
export function watchProcess(pid: number, start: string): WatchedProcess | undefined {
  const pidfd = openPidfd(pid);
  const isSame = () => {
    const facts = processFacts(pid);
    // A process that hides from /proc (hidepid, ProtectProc=) is the one that was just started, as far as it is there.
    if (facts === undefined) return pidfd?.alive() === true;
    return facts.start === start && !facts.zombie;
  };
  // Checked after the pidfd was opened: a pidfd always stays with its process.
  if (!isSame()) {
    pidfd?.close();
    return undefined;
  }
  const alive = pidfd?.alive ?? isSame;
  return {
    pid,
    alive,
    signal(signal, options) {
      if (!alive()) return false;
      // The id of the group cannot be reused while its leader lives.
      const leads = options?.group === true && processFacts(pid)?.group === pid;
      if (leads) return send(-pid, signal);
      return pidfd?.signal(signal) ?? send(pid, signal);
    },
    close: () => pidfd?.close(),
  };
}

function openPidfd(pid: number) {
  let libc: Libc<"syscall" | "poll" | "close">;
  try {
    // `close` of the C library, since Deno's node:fs closes only descriptors that it has opened itself.
    libc = openLibc("syscall", "poll", "close");
  } catch {
    return undefined; // foreign functions are not permitted
  }
  const fd = Number(libc.call.syscall(PIDFD_OPEN, BigInt(pid), 0n, 0n, 0n));
  if (fd < 0) return undefined; // an old kernel, or a sandbox without this call
  const slot = new Int32Array([fd, POLLIN]);
  return {
    // A pidfd becomes readable when the process ends, even if it was not reaped yet.
    alive: () => libc.call.poll(slot, 1n, 0) === 0,
    signal: (signal: keyof typeof SIGNALS) =>
      libc.call.syscall(PIDFD_SEND_SIGNAL, BigInt(fd), SIGNALS[signal], 0n, 0n) === 0n,
    close: () => void libc.call.close(fd),
  };
}

function send(pid: number, signal: "SIGTERM" | "SIGKILL"): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}
