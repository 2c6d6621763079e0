/** The pause before the start of a build that fails and cannot be replaced: a restart loop must cost little. @module */
import type { BootOutcome } from "../core/gate/outcome.ts";
import type { Log } from "../core/ports.ts";

/** The longest pause. */
const LONGEST_MS = 60_000;

/**
 * How long to wait before the start that `outcome` asks for, in milliseconds; 0 for any build but one that fails and
 * cannot be replaced. Doubles with each attempt. Says that it waits; the caller does.
 */
export function startPause(outcome: BootOutcome, maxAttempts: number, log: Log): number {
  if (outcome.kind !== "proceed") return 0;
  if (outcome.state !== "degraded" && outcome.state !== "environment") return 0;
  const over = Math.max(0, outcome.attempts - maxAttempts - 1);
  const ms = Math.min(LONGEST_MS, 1000 * 2 ** Math.min(over, 16));
  log("warn", `Waiting ${ms / 1000} s before this start, since the build keeps failing`);
  return ms;
}
