/**
 * Whether a program that has ended is started again, and when. Pure.
 *
 * @module
 */

/** When a program is started again. */
export type RestartPolicy = "on-failure" | "always" | "never";

/** How the last run of the program ended. */
export interface RunEnd {
  /** The program's exit code. */
  readonly exitCode: number;
  /** Somebody asked for the end: the service manager, Ctrl+C. */
  readonly requested: boolean;
  /** How long it ran, in milliseconds. */
  readonly ranMs: number;
  /** How often in a row it was started again before, without a long run or a change of program in between. */
  readonly restarts: number;
}

/** How long the pauses are. */
export interface RestartDelays {
  /** The first pause, in milliseconds; each further one is twice as long. @default {1000} */
  readonly firstMs?: number;
  /** The longest pause, in milliseconds. @default {60000} */
  readonly longestMs?: number;
  /** A run of this length starts the pauses anew, in milliseconds. @default {60000} */
  readonly steadyMs?: number;
}

/** What follows the end of a program. `restarts` is to be handed in again with the next end. */
export type RestartDecision =
  | { readonly kind: "end" }
  | { readonly kind: "restart"; readonly delayMs: number; readonly restarts: number };

/**
 * Decides after each end of the program.
 *
 * A requested end is final under every policy. The pauses grow, so that a program that cannot run takes the machine
 * less and less; their number has no limit, because only the gate may give a program up.
 */
export function decideRestart(policy: RestartPolicy, end: RunEnd, delays: RestartDelays = {}): RestartDecision {
  if (end.requested || policy === "never") return { kind: "end" };
  if (policy === "on-failure" && end.exitCode === 0) return { kind: "end" };
  const { firstMs = 1000, longestMs = 60_000, steadyMs = 60_000 } = delays;
  const before = end.ranMs >= steadyMs ? 0 : end.restarts;
  // The exponent is held down: 2 ** 1024 is Infinity, and Infinity times a first pause of 0 is not a number.
  const delayMs = Math.min(longestMs, firstMs * 2 ** Math.min(before, 30));
  return { kind: "restart", delayMs, restarts: before + 1 };
}
