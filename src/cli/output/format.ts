/** Times, sizes and colours in the output for people. @module */

const UNITS = [["d", 86_400_000], ["h", 3_600_000], ["min", 60_000], ["s", 1000]] as const;

/** An ISO 8601 time as an age, such as `3 h ago`. */
export function ago(time: string, now: number): string {
  const ms = now - Date.parse(time);
  if (Number.isNaN(ms)) return "at an unknown time";
  if (ms < 0) return "in the future: the clock was set back";
  const [unit, size] = UNITS.find(([, size]) => ms >= size) ?? ["s", 1000];
  return `${Math.floor(ms / size)} ${unit} ago`;
}

/** `104857600` as `100 MiB`. */
export function bytes(count: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  const power = count < 1024 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(count) / 10));
  const value = count / 1024 ** power;
  return `${power === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[power]}`;
}

/** `2026-11-25T00:41:03.120Z` as `2026-11-25 00:41:03`. */
export function clockTime(time: string): string {
  return time.replace("T", " ").replace(/(\.\d+)?Z$/, "");
}

/** The meaning of a colour or font weight. */
export type Tone = "good" | "bad" | "warn" | "faint" | "strong";

/** Adds terminal colours to a text, if they are wanted. */
export type Paint = (tone: Tone, text: string) => string;

const CODES: Record<Tone, number> = { good: 32, bad: 31, warn: 33, faint: 2, strong: 1 };

/** A {@link Paint} with colours, or one that returns texts unchanged. */
export function painter(colours: boolean): Paint {
  return colours ? (tone, text) => `\x1b[${CODES[tone]}m${text}\x1b[0m` : (_tone, text) => text;
}
