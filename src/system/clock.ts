/** The time, and the name of this boot of the machine. @module */
import { readFileSync } from "node:fs";
import type { Clock } from "../core/ports.ts";

/** The machine's own clock. */
export function systemClock(): Clock {
  return {
    now: () => Date.now(),
    bootId() {
      try {
        return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
      } catch {
        return undefined; // Windows and locked-down containers have none to read
      }
    },
  };
}

/** Does nothing for a while. Synchronous: the gate has nothing else to do. */
export function sleep(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
