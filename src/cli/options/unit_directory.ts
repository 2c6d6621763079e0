/** The state directory that systemd names. @module */

/** The variable that it stands in. */
export const STATE_DIRECTORY = "STATE_DIRECTORY";

/** The first of several, which systemd separates by colons: the unit's own. Empty when there is none. */
export function unitDirectory(value: string | undefined): string {
  return value?.split(":")[0] ?? "";
}
