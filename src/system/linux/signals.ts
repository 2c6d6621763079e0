/** Signals that reach this process, for a program that it stands for. @module */
import { constants } from "node:os";
import process from "../process/process.ts";
import { isDeno } from "../process/runtime.ts";
import { FfiUnavailable } from "../ffi/ffi.ts";
import { openLibc } from "../ffi/libc.ts";
import { POLLERR, SIG_DFL, SIG_IGN, SIGPWR, SIGRTMAX, SIGSTKFLT } from "./abi.ts";

/** Those that nobody can catch, that tell of our own children, or that a fault of our own code raises. */
const NOT_OURS: readonly string[] = [
  ...["SIGKILL", "SIGSTOP", "SIGCHLD"],
  ...["SIGILL", "SIGTRAP", "SIGABRT", "SIGBUS", "SIGFPE", "SIGSEGV", "SIGSYS", "SIGXFSZ"],
];

/**
 * Calls `listener` for every signal that can be passed on, instead of what it does by default. Those for which the
 * runtime has no listeners (real-time signals, SIGPWR) are ignored: they would end this process and leave its program
 * without a supervisor.
 *
 * @returns How to stop that.
 */
export function onSignals(listener: (name: string) => void): () => void {
  // Some numbers have two names: the first is the common one.
  const byNumber = new Map(Object.entries(constants.signals).toReversed().map(([name, number]) => [number, name]));
  const names = [...byNumber.values()].filter((name) => !NOT_OURS.includes(name)) as NodeJS.Signals[];
  const handlers = names.flatMap((name): [NodeJS.Signals, () => void][] => {
    const handler = () => {
      if (name !== "SIGPIPE" || !isBroken(2)) listener(name);
    };
    try {
      process.on(name, handler);
      return [[name, handler]];
    } catch {
      return []; // the runtime keeps it to itself
    }
  });
  ignoreUncaught();
  return () => {
    for (const [name, handler] of handlers) process.off(name, handler);
  };
}

/** Stops this process, as the keyboard's ^Z does, until it is told to go on. */
export function stopSelf(): void {
  process.kill(process.pid, "SIGSTOP");
}

/** Deno takes listeners for these, and ends all the same. Bun has a use of its own for SIGPWR. */
const CAUGHT_IN_VAIN: readonly number[] = [SIGSTKFLT, SIGPWR];

/**
 * Ignores every signal that has no handler now. A child does not inherit this: the runtimes give it every signal as it
 * is by default.
 */
function ignoreUncaught(): void {
  withLibc(() => {
    const { call } = openLibc("sigaction");
    const spared = NOT_OURS.map((name) => constants.signals[name as NodeJS.Signals]);
    // In every layout of struct sigaction the handler comes first.
    const ignore = new Uint8Array(256);
    ignore[0] = SIG_IGN;
    const current = new BigUint64Array(32);
    for (let signal = 1; signal <= SIGRTMAX; signal++) {
      if (spared.includes(signal) || call.sigaction(signal, null, current) !== 0) continue;
      const isUncaught = current[0] === SIG_DFL || (isDeno && CAUGHT_IN_VAIN.includes(signal));
      if (isUncaught) call.sigaction(signal, ignore, null);
    }
  });
}

/** True when nobody reads from a descriptor any more: a SIGPIPE is of our own writing then. */
function isBroken(fd: number): boolean {
  return withLibc(() => {
    const slot = new Int32Array([fd, 0]);
    return openLibc("poll").call.poll(slot, 1n, 0) === 1 && ((slot[1] ?? 0) >> 16 & POLLERR) !== 0;
  }) ?? false;
}

function withLibc<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch (error) {
    if (error instanceof FfiUnavailable) return undefined;
    throw error;
  }
}
