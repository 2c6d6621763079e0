/** How many starts a unit must be given, so that systemd does not give up before the rollback. Pure. @module */

/** Starts that a bad update needs until the good build runs again. */
export function startsUntilRestored(maxAttempts: number, afterRollback: "run" | "exit"): number {
  // The gate becomes the restored program in the start that restores; when it exits instead, that takes one more.
  return maxAttempts + (afterRollback === "exit" ? 2 : 1);
}

/** A limit with room for the restored build's own trouble, and for an operator's restarts in between. */
export function startLimit(maxAttempts: number, afterRollback: "run" | "exit"): { burst: number; intervalSec: number } {
  return { burst: 4 * startsUntilRestored(maxAttempts, afterRollback), intervalSec: 60 };
}
