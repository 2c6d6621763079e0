/** Files that somebody else holds for a moment: virus scanners and indexers open what is new. @module */
import { sleep } from "../process/clock.ts";
import { errnoOf } from "../fs/fs_faults.ts";

const PAUSE_MS = 50;

/** Tries again for a bounded time what fails because of somebody who has the file open (a sharing violation). */
export function withRetry<T>(action: () => T, timeoutMs = 10_000): T {
  const deadline = Date.now() + timeoutMs;
  while (true) {
    try {
      return action();
    } catch (error) {
      if (errnoOf(error) !== "EBUSY" || Date.now() >= deadline) throw error;
      sleep(PAUSE_MS);
    }
  }
}
