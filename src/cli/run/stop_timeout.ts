/** How long a stop may take. @module */
import type { Context } from "../command.ts";

/** Where nobody set it: two ways of asking and some time, and less than the service manager's tools wait. */
const ON_WINDOWS_MS = 15_000;

/** Milliseconds from asking the program to end to killing it. */
export function stopTimeoutOf({ settings, originOf, ports }: Context): number {
  const isDefault = ports.host.os === "windows" && originOf("stopTimeout").kind === "default";
  return isDefault ? ON_WINDOWS_MS : settings.stopTimeout;
}
