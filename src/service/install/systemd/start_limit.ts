/** The start limit that a unit needs: systemd must not stop restarting it before the rollback. Pure. @module */

/** The number of starts from the first one of a bad update until the good build runs again. */
export function startsUntilRestored(maxAttempts: number, afterRollback: "run" | "exit"): number {
  // The gate executes the restored program in the start that restores it. With --after-rollback exit that takes one
  // more.
  return maxAttempts + (afterRollback === "exit" ? 2 : 1);
}

/** A limit with a reserve: for failed starts of the restored build, and for restarts by an operator. */
export function startLimit(maxAttempts: number, afterRollback: "run" | "exit"): { burst: number; intervalSec: number } {
  return { burst: 4 * startsUntilRestored(maxAttempts, afterRollback), intervalSec: 60 };
}
