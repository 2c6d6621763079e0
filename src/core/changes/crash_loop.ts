/** A confirmed build that ends right after each start is counted, and never rolled back. @module */
import { confirmedVersionOf, ownCrashes, writeCrashes } from "../state/crashes.ts";
import { endedBoot, endsText } from "./ended.ts";
import type { State } from "../state/state.ts";

/** A start that ended by itself, right away. */
export interface Crash {
  /** How it ended, such as `exit 1`. */
  readonly how: string;
  /** The last lines that it wrote. */
  readonly words?: readonly string[] | undefined;
  /** The service manager's id for the start. */
  readonly invocation?: string | undefined;
  /** After how many of them in a row the build is in a crash loop. */
  readonly limit: number;
}

/**
 * Counts a crash of the confirmed build. True when it makes a loop: that is told once, and nothing is written any more
 * until the loop is over.
 */
export function countCrash(state: State, { how, words, invocation, limit }: Crash): boolean {
  const version = confirmedVersionOf(state);
  if (version === undefined) return false;
  const before = ownCrashes(state);
  const isCounted = invocation !== undefined && before?.invocation === invocation;
  if (isCounted || before?.looping === true) return false;
  const count = (before?.count ?? 0) + 1;
  const looping = count >= limit;
  const ends = [endedBoot(count, how, words)];
  writeCrashes(state, { count, since: before?.since ?? state.now(), how: endsText({ ends }), invocation, looping });
  if (!looping) return false;
  const { instance } = state.subject;
  const who = instance === undefined ? "" : `${instance}: `;
  const reason = `${who}it ended by itself right after its start, ${count} times in a row, and is not rolled back: ${
    endsText({ ends })
  }`;
  state.event({ event: "crash-looping", version, attempts: count, reason, ends });
  return true;
}

/**
 * A start of the confirmed build lasted, or was stopped on request: nothing is counted any more. False: there was
 * nothing.
 */
export function endCrashes(state: State, event: "healthy" | "stopped", reason: string): boolean {
  const before = ownCrashes(state);
  if (before === undefined) return false;
  writeCrashes(state, undefined);
  if (before.looping === true) state.event({ event, version: confirmedVersionOf(state), reason });
  return true;
}
