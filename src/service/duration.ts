/** Durations in options and messages, such as `10s`. @module */

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * Milliseconds of `500ms`, `10s`, `5m`, `2h`, `1d` or `90` (seconds). `undefined` for any other text, and for more than
 * the 24.8 days that a timer can wait.
 */
export function parseDuration(text: string): number | undefined {
  const milliseconds = parseSpan(text);
  return milliseconds !== undefined && milliseconds <= 2 ** 31 - 1 ? milliseconds : undefined;
}

/** The same for a span that no timer waits for. */
export function parseSpan(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)?$/.exec(text.trim());
  return match === null ? undefined : Math.round(Number(match[1]) * (UNITS[match[2] ?? "s"] ?? 1000));
}

/** `90000` → `90s`: in the largest unit that gives a whole number. */
export function showDuration(milliseconds: number): string {
  for (const unit of ["d", "h", "m", "s"]) {
    const size = UNITS[unit] ?? 1;
    if (milliseconds >= size && milliseconds % size === 0) return `${milliseconds / size}${unit}`;
  }
  return `${milliseconds}ms`;
}
