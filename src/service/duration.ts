/** Durations as people write them. @module */

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds of `500ms`, `10s`, `5m`, `2h`, `1d` or `90` (seconds); `undefined` when it is none of them. */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)?$/.exec(text.trim());
  if (match === null) return undefined;
  const milliseconds = Number(match[1]) * (UNITS[match[2] ?? "s"] ?? 1000);
  return milliseconds <= 2 ** 31 - 1 ? Math.round(milliseconds) : undefined;
}

/** `90000` → `90s`: the largest unit that needs no fraction. */
export function showDuration(milliseconds: number): string {
  for (const unit of ["d", "h", "m", "s"]) {
    const size = UNITS[unit] ?? 1;
    if (milliseconds >= size && milliseconds % size === 0) return `${milliseconds / size}${unit}`;
  }
  return `${milliseconds}ms`;
}
