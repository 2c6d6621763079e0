/** Listens to signals of this process, to pass them on to the program that it supervises. @module */
import { constants } from "node:os";
import process from "../process/process.ts";
import { isDeno } from "../process/runtime.ts";
import { bootLibc, onLinux } from "../ffi/libc.ts";
import { POLLERR, SIG_DFL, SIG_IGN, SIGPWR, SIGRTMAX, SIGSTKFLT } from "./abi.ts";

/** Signals that are not passed on: they cannot be caught, are about child processes, or are caused by an own error. */
const NOT_FORWARDED: readonly string[] = [
  ...["SIGKILL", "SIGSTOP", "SIGCHLD"],
  ...["SIGILL", "SIGTRAP", "SIGABRT", "SIGBUS", "SIGFPE", "SIGSEGV", "SIGSYS", "SIGXFSZ"],
];

/**
 * Calls `listener` for every signal that can be passed on, and disables its default action. Signals for which the
 * runtime has no listeners (real-time signals, SIGPWR) are ignored: they would end this process, and its program would
 * run without a supervisor.
 *
 * @returns A function that removes the listeners.
 */
export function onSignals(listener: (name: string) => void): () => void {
  // Some numbers have two names. The first one is the usual name, and wins in this reversed list.
  const byNumber = new Map(Object.entries(constants.signals).toReversed().map(([name, number]) => [number, name]));
  const names = [...byNumber.values()].filter((name) => !NOT_FORWARDED.includes(name)) as NodeJS.Signals[];
  const handlers = names.flatMap((name): [NodeJS.Signals, () => void][] => {
    const handler = () => {
      if (name !== "SIGPIPE" || !isBroken(2)) listener(name);
    };
    try {
      process.on(name, handler);
      return [[name, handler]];
    } catch {
      return []; // the runtime does not allow listeners for it
    }
  });
  ignoreUncaught();
  return () => {
    for (const [name, handler] of handlers) process.off(name, handler);
  };
}

/** Stops this process, as Ctrl+Z does, until it gets SIGCONT. */
export function stopSelf(): void {
  process.kill(process.pid, "SIGSTOP");
}

/**
 * Deno accepts listeners for these, but they end the process all the same. (Bun itself uses SIGPWR, with a handler.)
 */
const UNCATCHABLE_UNDER_DENO: readonly number[] = [SIGSTKFLT, SIGPWR];

/**
 * Ignores every signal that has no handler. Child processes do not inherit this: the runtimes reset all signals to the
 * default for them.
 */
function ignoreUncaught(): void {
  onLinux(() => {
    const { call } = bootLibc();
    const untouched = NOT_FORWARDED.map((name) => constants.signals[name as NodeJS.Signals]);
    // The handler is the first field of struct sigaction on every architecture.
    const ignore = new Uint8Array(256);
    ignore[0] = SIG_IGN;
    const current = new BigUint64Array(32);
    for (let signal = 1; signal <= SIGRTMAX; signal++) {
      if (untouched.includes(signal) || call.sigaction(signal, null, current) !== 0) continue;
      const isUncaught = current[0] === SIG_DFL || (isDeno && UNCATCHABLE_UNDER_DENO.includes(signal));
      if (isUncaught) call.sigaction(signal, ignore, null);
    }
  });
}

/** True when a pipe has no reader any more. Then this process itself has caused the SIGPIPE by writing to it. */
function isBroken(fd: number): boolean {
  return onLinux(() => {
    const slot = new Int32Array([fd, 0]);
    return bootLibc().call.poll(slot, 1n, 0) === 1 && ((slot[1] ?? 0) >> 16 & POLLERR) !== 0;
  }) ?? false;
}
