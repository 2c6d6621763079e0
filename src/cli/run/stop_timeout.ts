/** The stop timeout. @module */
import type { Context } from "../command.ts";

/** The default on Windows: enough for two stop requests and a reserve, but less than Windows' service tools wait. */
const ON_WINDOWS_MS = 15_000;

/** Milliseconds from the first stop request until the program is killed. */
export function stopTimeoutOf({ settings, originOf, ports }: Context): number {
  const isDefault = ports.host.os === "windows" && originOf("stopTimeout").kind === "default";
  return isDefault ? ON_WINDOWS_MS : settings.stopTimeout;
}
