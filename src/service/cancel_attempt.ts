/** Cancels the attempt of a boot that must not count. @module */
import type { BootReports } from "../core/changes/reports.ts";
import { messageOf } from "../core/errors.ts";
import type { BootToken } from "../core/gate/boot_token.ts";
import type { Log } from "../core/ports.ts";

/** Cancels the attempt of the boot with that token. Never throws: an error is only logged. */
export function cancelAttempt(
  { reports, log }: { readonly reports: Pick<BootReports, "stopped">; readonly log: Log },
  reason: string,
  token: BootToken | undefined,
): void {
  try {
    if (reports.stopped(reason, { token })) log("info", `This boot does not count as an attempt: ${reason}`);
  } catch (error) {
    log("warn", `Cannot cancel the attempt: ${messageOf(error)}; this boot counts although ${reason}`);
  }
}
