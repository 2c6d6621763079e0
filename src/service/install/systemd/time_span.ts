/** Time spans as `systemctl show` prints them. @module */

const UNITS: Readonly<Record<string, number>> = {
  us: 0.001,
  ms: 1,
  s: 1000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
  month: 2_629_800_000,
  y: 31_557_600_000,
};

/** Milliseconds of `1min 30s`; `Infinity` for `infinity`; `undefined` if the text is not a time span. */
export function parseTimeSpan(text: string | undefined): number | undefined {
  if (text === undefined || text.trim() === "") return undefined;
  if (text.trim() === "infinity") return Infinity;
  let total = 0;
  for (const part of text.trim().split(/\s+/)) {
    const match = /^(\d+(?:\.\d+)?)([a-z]*)$/.exec(part);
    const unit = match === null ? undefined : UNITS[match[2] || "us"];
    if (match === null || unit === undefined) return undefined;
    total += Number(match[1]) * unit;
  }
  return total;
}
