/** The time, and the name of this boot of the machine. @module */
import type { Clock } from "../../core/ports.ts";
import { procText } from "../linux/proc.ts";

/** The machine's own clock. */
export function systemClock(): Clock {
  return {
    now: () => Date.now(),
    // Windows and locked-down containers have none to read.
    bootId: () => procText("/proc/sys/kernel/random/boot_id")?.trim(),
  };
}

/** Does nothing for a while. Synchronous: the gate has nothing else to do. */
export function sleep(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
