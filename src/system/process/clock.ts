/** The time, and the id of this boot of the machine. @module */
import type { Clock } from "../../core/ports.ts";
import { procText } from "../linux/proc.ts";

let boot: string | undefined;

/** The machine's clock. */
export function systemClock(): Clock {
  return {
    now: () => Date.now(),
    // `undefined` on Windows, and in containers where the file cannot be read.
    bootId: () => boot ??= procText("/proc/sys/kernel/random/boot_id")?.trim(),
  };
}

/** Blocks this thread for a time. */
export function sleep(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
