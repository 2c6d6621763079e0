/** What a unit has against being guarded, and the lines that mend it. Pure. @module */
import { parseTimeSpan } from "./time_span.ts";

/** The longest that the gate takes at a start: the pause before a hopeless one, the lock, a copy of the program. */
export const GATE_MAY_TAKE_MS = 75_000;

/** The longest that a snapshot of the data takes, with --data. */
export const SNAPSHOT_MAY_TAKE_MS = 75_000;

/** What has to hold of a unit. */
export interface Needs {
  readonly maxAttempts: number;
  readonly afterRollback: "run" | "exit";
  /** How long the gate may need at a start, milliseconds. */
  readonly gateMs: number;
}

/** Lines of a drop-in, and what they change, for people. */
export interface Mends {
  /** Lines of `[Unit]`. */
  readonly unit: readonly string[];
  /** Lines of `[Service]`. */
  readonly service: readonly string[];
  readonly told: readonly string[];
}

/** The number of starts from the first one of a bad update until the good build runs again. */
export function startsUntilRestored(maxAttempts: number, afterRollback: "run" | "exit"): number {
  // The gate restores in the start that runs the restored program. With --after-rollback exit that takes one more.
  return maxAttempts + (afterRollback === "exit" ? 2 : 1);
}

/** A limit with a reserve: for failed starts of the restored build, and for restarts by an operator. */
export function startLimit(maxAttempts: number, afterRollback: "run" | "exit"): { burst: number; intervalSec: number } {
  return { burst: 4 * startsUntilRestored(maxAttempts, afterRollback), intervalSec: 60 };
}

/** The lines that mend a unit. `facts`: its properties, as `systemctl show` prints them. */
export function mendsOf(facts: Readonly<Record<string, string>>, needs: Needs): Mends {
  const unit: string[] = [];
  const service: string[] = [];
  const told: string[] = [];
  const { burst, intervalSec } = startLimit(needs.maxAttempts, needs.afterRollback);
  const before = Number(facts["StartLimitBurst"] ?? 0);
  const interval = parseTimeSpan(facts["StartLimitIntervalUSec"]) ?? 0;
  if (before > 0 && interval > 0 && before < burst) {
    unit.push(`StartLimitIntervalSec=${intervalSec}`, `StartLimitBurst=${burst}`);
    told.push(
      `the start limit becomes ${burst} starts in ${intervalSec} s (it was ${before} in ${interval / 1000} s): a ` +
        `rollback takes ${startsUntilRestored(needs.maxAttempts, needs.afterRollback)} starts`,
    );
  }
  const restart = facts["Restart"] ?? "no";
  if (restart !== "always") {
    service.push("Restart=always");
    told.push(`Restart=always (it was ${restart}): a build that fails has to be started again, also after exit 0`);
  }
  const prevented = facts["RestartPreventExitStatus"] ?? "";
  if (prevented !== "") {
    service.push("RestartPreventExitStatus=");
    told.push(`RestartPreventExitStatus= is emptied (it was ${prevented}): a build that ends so would stay down`);
  }
  const timeout = parseTimeSpan(facts["TimeoutStartUSec"]) ?? Infinity;
  if (timeout < needs.gateMs) {
    service.push(`TimeoutStartSec=${Math.ceil(needs.gateMs / 1000)}`);
    told.push(
      `TimeoutStartSec=${Math.ceil(needs.gateMs / 1000)} (it was ${timeout / 1000}): the gate may need that long`,
    );
  }
  return { unit, service, told };
}
