/**
 * Decides whether and when a program that has ended is started again. Pure.
 *
 * @module
 */

/** When a program is started again. */
export type RestartPolicy = "on-failure" | "always" | "never";

/** How the last run of the program ended. */
export interface RunEnd {
  /** The program's exit code. */
  readonly exitCode: number;
  /** It was stopped on request: by the service manager or Ctrl+C. */
  readonly requested: boolean;
  /** How long it ran, in milliseconds. */
  readonly ranMs: number;
  /** The number of restarts before, since the last long run or the last change of the program. */
  readonly restarts: number;
}

/** The pauses between starts. */
export interface RestartDelays {
  /** The first pause, in milliseconds; each further one is twice as long. @default {1000} */
  readonly firstMs?: number;
  /** The longest pause, in milliseconds. @default {60000} */
  readonly longestMs?: number;
  /** After a run of this length, in milliseconds, the next pause is the first one again. @default {60000} */
  readonly steadyMs?: number;
}

/** What to do after the end of a program. Pass `restarts` in again at the next end. */
export type RestartDecision =
  | { readonly kind: "end" }
  | { readonly kind: "restart"; readonly delayMs: number; readonly restarts: number };

/**
 * Decides after each end of the program.
 *
 * After a requested stop the program is never started again. The pauses double, so that a program that cannot run uses
 * little of the machine. The number of restarts has no limit: only the gate decides that a build is bad.
 */
export function decideRestart(policy: RestartPolicy, end: RunEnd, delays: RestartDelays = {}): RestartDecision {
  if (end.requested || policy === "never") return { kind: "end" };
  if (policy === "on-failure" && end.exitCode === 0) return { kind: "end" };
  const { firstMs = 1000, longestMs = 60_000, steadyMs = 60_000 } = delays;
  const before = end.ranMs >= steadyMs ? 0 : end.restarts;
  // The exponent is bounded: 2 ** 1024 is Infinity, and Infinity times a first pause of 0 is NaN.
  const delayMs = Math.min(longestMs, firstMs * 2 ** Math.min(before, 30));
  return { kind: "restart", delayMs, restarts: before + 1 };
}
