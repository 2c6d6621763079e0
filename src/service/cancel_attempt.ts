/** A boot that is not to count, wherever that is found out. @module */
import type { BootReports } from "../core/changes/reports.ts";
import { messageOf } from "../core/errors.ts";
import type { BootToken } from "../core/gate/boot_token.ts";
import type { Log } from "../core/ports.ts";

/** Takes the attempt back. Never throws: our own trouble is only told. */
export function cancelAttempt(
  { reports, log }: { readonly reports: Pick<BootReports, "stopped">; readonly log: Log },
  reason: string,
  token: BootToken | undefined,
): void {
  try {
    if (reports.stopped(reason, { token })) log("info", `This boot does not count: ${reason}`);
  } catch (error) {
    log("warn", `The attempt cannot be taken back: ${messageOf(error)}`);
  }
}
