/** How a start of a confirmed build ended: it is counted when it was short, and never rolled back. @module */
import type { Crash } from "../core/changes/crash_loop.ts";
import type { BootReports } from "../core/changes/reports.ts";
import { messageOf } from "../core/errors.ts";
import type { Log } from "../core/ports.ts";

/** When a confirmed build is in a crash loop. */
export interface CrashLoopOptions {
  /** After this many starts in a row that ended by themselves; 0: never. */
  readonly limit: number;
  /** A start that runs for this long has lasted. */
  readonly withinMs: number;
}

/** The end of a start. */
export interface EndOfStart extends Omit<Crash, "limit"> {
  readonly ranMs: number;
  /** Why the end is no failure; `undefined` if it is one. */
  readonly reason: string | undefined;
}

/** Records how a start of a confirmed build ended. Never throws: an error is only logged. */
export function recordEndOfConfirmed(
  { reports, log, crashLoop: { limit, withinMs } }: {
    readonly reports: Pick<BootReports, "crashed" | "lasted">;
    readonly log: Log;
    readonly crashLoop: CrashLoopOptions;
  },
  { ranMs, reason, ...crash }: EndOfStart,
): void {
  if (limit === 0) return;
  try {
    if (reason !== undefined) reports.lasted("stopped", reason);
    else if (ranMs >= withinMs) reports.lasted("healthy", "it ran again");
    else if (reports.crashed({ ...crash, limit })) {
      log(
        "error",
        `The confirmed build is crash-looping: ${limit} starts in a row ended by themselves, the last with ` +
          `${crash.how}; it is not rolled back; see: boot-sentinel status`,
      );
    }
  } catch (error) {
    log("warn", `The end of this start cannot be recorded: ${messageOf(error)}; it is not counted as a crash`);
  }
}
