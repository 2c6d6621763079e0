/**
 * What every command that changes the state does first: it takes the lock, sets corrupt files aside, and recovers from
 * a promotion that was killed.
 *
 * @module
 */
import { recoverPromotion } from "../builds/last_good.ts";
import type { Ports } from "../ports.ts";
import { State } from "../state/state.ts";
import type { Subject } from "../subject.ts";

/** How long a command that is not an update waits for the lock, milliseconds. */
export const LOCK_TIMEOUT_MS = 2000;

/**
 * Runs `act` under the lock, with the state that is on disk then.
 *
 * @throws {SentinelError} `busy` when another process holds the lock for longer than `waitMs`.
 */
export function change<T>(ports: Ports, subject: Subject, waitMs: number, act: (state: State) => T): T {
  return State.locked(ports, subject, waitMs, (state) => {
    state.setCorruptAside();
    recoverPromotion(state);
    return act(state);
  });
}
