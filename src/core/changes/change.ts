/**
 * The frame of every command that changes the state: under the lock, with an earlier promotion settled.
 *
 * @module
 */
import { recoverPromotion } from "../builds/last_good.ts";
import type { Ports } from "../ports.ts";
import { State } from "../state/state.ts";
import type { Subject } from "../subject.ts";

/** How long a command that is no update waits for its turn, milliseconds. */
export const LOCK_TIMEOUT_MS = 2000;

/**
 * Runs a change of the state.
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
