/** When something is over, as an option says it. @module */
import { parseSpan } from "./duration.ts";

/** The end of year 9999: what is later cannot be written as a date of four digits. */
const LATEST = Date.UTC(9999, 11, 31);

/**
 * Milliseconds since the epoch of `2026-12-31`, `2026-12-31T18:00` (UTC, unless a zone is given), or of a time from
 * `now` such as `3d`. `undefined` for any other text.
 */
export function endTime(text: string, now: number): number | undefined {
  const date = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(Z|[+-]\d\d:\d\d)?)?$/.exec(text.trim());
  if (date !== null) {
    const [, day = "", clock = "00:00", zone = "Z"] = date;
    if (!isDay(day)) return undefined;
    return valid(Date.parse(`${day}T${clock}${zone}`));
  }
  // A number alone could be meant as a year.
  const span = /[a-z]$/.test(text.trim()) ? parseSpan(text) : undefined;
  return span === undefined ? undefined : valid(now + span);
}

/** Runtimes take the 30th of February for a day in March. */
function isDay(day: string): boolean {
  const time = Date.parse(`${day}T00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(day);
}

function valid(time: number): number | undefined {
  return time <= LATEST ? time : undefined; // not so for NaN
}
