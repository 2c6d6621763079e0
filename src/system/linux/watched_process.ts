/** A process that is not ours, watched and signalled without ever meeting another one of the same id. @module */
import process from "../process/process.ts";
import { type Libc, openLibc } from "../ffi/libc.ts";
import { POLLIN } from "./abi.ts";
import { processFacts } from "./proc.ts";

/** One process, for ever the same one. */
export interface WatchedProcess {
  /** Its id. */
  readonly pid: number;
  /** False once it has ended. */
  alive(): boolean;
  /** Sends a signal to it; with `group` to its whole group, if it leads one. False when it has ended. */
  signal(signal: "SIGTERM" | "SIGKILL", options?: { group?: boolean }): boolean;
  /** Lets go of it. */
  close(): void;
}

// The same numbers on every architecture: both calls are younger than the common table.
const PIDFD_SEND_SIGNAL = 424n;
const PIDFD_OPEN = 434n;
const SIGNALS = { SIGTERM: 15n, SIGKILL: 9n };

/**
 * Finds the process that had this id when the clock stood at `start` ({@link processFacts}); `undefined` when it has
 * ended. By a descriptor of the process where the kernel has them, else by id and start.
 */
export function watchProcess(pid: number, start: string): WatchedProcess | undefined {
  const byDescriptor = openDescriptor(pid);
  const isSame = () => {
    const facts = processFacts(pid);
    return facts !== undefined && facts.start === start && !facts.zombie;
  };
  // Looked at after the descriptor was opened: from then on it cannot come to mean another process.
  if (!isSame()) {
    byDescriptor?.close();
    return undefined;
  }
  const alive = byDescriptor?.alive ?? isSame;
  return {
    pid,
    alive,
    signal(signal, options) {
      if (!alive()) return false;
      // The group keeps its id for as long as its leader lives.
      const leads = options?.group === true && processFacts(pid)?.group === pid;
      if (leads) return send(-pid, signal);
      return byDescriptor?.signal(signal) ?? send(pid, signal);
    },
    close: () => byDescriptor?.close(),
  };
}

function openDescriptor(pid: number) {
  let libc: Libc<"syscall" | "poll" | "close">;
  try {
    // `close` of the C library: Deno's node:fs closes only what it has opened itself.
    libc = openLibc("syscall", "poll", "close");
  } catch {
    return undefined; // foreign functions are not permitted
  }
  const fd = Number(libc.call.syscall(PIDFD_OPEN, BigInt(pid), 0n, 0n, 0n));
  if (fd < 0) return undefined; // an old kernel, or a sandbox without this call
  const slot = new Int32Array([fd, POLLIN]);
  return {
    // It becomes readable when the process ends, also before anybody has reaped it.
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
