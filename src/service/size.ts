/** Sizes in options, such as `2G`. @module */

const UNITS: Readonly<Record<string, number>> = { "": 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 };

/** A size as an option has it: `1G`. */
export function sizeValue(bytes: number): string {
  const [unit = "", size = 1] = Object.entries(UNITS).findLast(([, size]) => bytes % size === 0 && bytes >= size) ?? [];
  return `${bytes / size}${unit}`;
}

/** Bytes of `500M`, `2G`, `2GiB` or `1048576`; `undefined` for any other text. */
export function parseSize(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*([KMGT]?)(?:i?B)?$/i.exec(text.trim());
  const unit = match && UNITS[(match[2] ?? "").toUpperCase()];
  return match === null || unit === undefined || unit === null ? undefined : Math.round(Number(match[1]) * unit);
}
