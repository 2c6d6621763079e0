/**
 * How every command changes the state: it takes the lock, sets corrupt files aside, and recovers from a promotion that
 * was killed. What takes long is prepared before the lock is taken, which is held for milliseconds.
 *
 * @module
 */
import { Stale } from "../builds/identity.ts";
import { recoverRecord } from "../builds/last_good.ts";
import { refuseDirectory } from "../builds/live.ts";
import { settleOrRefuse } from "../builds/members/intent.ts";
import { removeTemporaries } from "../builds/snapshot.ts";
import { SentinelError } from "../errors.ts";
import type { LockHandle, Ports } from "../ports.ts";
import { statePaths } from "../state/paths.ts";
import { releaseAfter, State } from "../state/state.ts";
import type { Subject } from "../subject.ts";

/** How long a command that is not an update waits for the lock, milliseconds. */
export const LOCK_TIMEOUT_MS = 2000;

/** How often a command starts again when the program is replaced while it works. */
const TRIES = 3;

/** A command that copies programs. */
export interface Work<P, T> {
  /** Whether a replaced program may be worked on in place of the one that was there when the command began. */
  readonly again: boolean;
  /** Copies, reads and asks; changes nothing but temporary files. */
  prepare(state: State): P;
  /** Changes the state and the program, with the state that is on disk then. Throws {@link Stale} to start again. */
  act(state: State, prepared: P, sweep: boolean): T;
  /** Removes what was prepared and not used. Called in any case. */
  discard(state: State, prepared: P): void;
  /** What takes long and can wait until all is done: called without the state's lock, while no other command is at work. */
  afterwards?(state: State): void;
}

/**
 * Runs `act` under the lock, with the state that is on disk then.
 *
 * @throws {SentinelError} `busy` when another process holds the lock for longer than `waitMs`.
 */
export function change<T>(ports: Ports, subject: Subject, waitMs: number, act: (state: State) => T): T {
  return changeWith(ports, subject, waitMs, undefined, act);
}

/**
 * Prepares a change, then carries it out under the lock. Only one command at a time prepares.
 *
 * @throws {SentinelError} `busy`: another command is at work, or the program is replaced again and again.
 */
export function changeInSteps<P, T>(ports: Ports, subject: Subject, waitMs: number, work: Work<P, T>): T {
  const working = acquire(ports, subject, statePaths(subject.dataDir).workLock, waitMs);
  return releaseAfter(working, () => {
    const digests = new Map<string, string>();
    for (let left = work.again ? TRIES : 1;; left--) {
      try {
        return prepareAndAct(ports, subject, digests, work, working !== undefined);
      } catch (error) {
        if (!(error instanceof Stale)) throw error;
        if (left <= 1) {
          throw new SentinelError(
            "busy",
            `${subject.exe} was replaced or changed while this command was at work (${error.message}): ` +
              "nothing was changed; see what replaces it, then try again",
          );
        }
      }
    }
  });
}

function prepareAndAct<P, T>(
  ports: Ports,
  subject: Subject,
  digests: Map<string, string>,
  work: Work<P, T>,
  sweep: boolean,
): T {
  const before = new State(ports, subject, digests);
  recoverRecord(before);
  // No other command is at work, so what lies there was left by one that was killed.
  if (sweep) removeTemporaries(before, ["swap", "last-good"]);
  refuseDirectory(before);
  const prepared = work.prepare(before);
  try {
    // The wait: only boots and short commands hold this lock.
    const result = changeWith(ports, subject, LOCK_TIMEOUT_MS, digests, (state) => work.act(state, prepared, sweep));
    if (sweep) work.afterwards?.(new State(ports, subject, digests));
    return result;
  } finally {
    work.discard(before, prepared);
  }
}

function changeWith<T>(
  ports: Ports,
  subject: Subject,
  waitMs: number,
  digests: Map<string, string> | undefined,
  act: (state: State) => T,
): T {
  const lock = acquire(ports, subject, statePaths(subject.dataDir).lock, waitMs);
  return releaseAfter(lock, () => {
    const state = new State(ports, subject, digests);
    state.setCorruptAside();
    recoverRecord(state);
    settleOrRefuse(state);
    return act(state);
  });
}

/** `undefined`: locks do not work here. */
function acquire(ports: Ports, subject: Subject, path: string, waitMs: number): LockHandle | undefined {
  const lock = ports.lock.acquire(path, waitMs);
  if (lock === "busy") {
    throw new SentinelError(
      "busy",
      `Another boot-sentinel command is busy with ${subject.exe}: nothing was changed; try again when it is done`,
    );
  }
  return lock === "unavailable" ? undefined : lock;
}
