/**
 * Retries file operations while another process has the file open: virus scanners and indexers open new files.
 *
 * @module
 */
import { sleep } from "../process/clock.ts";
import { errnoOf } from "../fs/fs_faults.ts";

const PAUSE_MS = 50;

/** Tries an operation again, until the timeout, while it fails with a sharing violation. */
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
