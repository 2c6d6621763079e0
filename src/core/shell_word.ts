/** Quotes arguments in the commands that messages suggest. @module */
import type { Host } from "./ports.ts";

/** An argument for a shell: unchanged where that is safe, else in quotes. */
export function shellWord(word: string, os: Host["os"] = "linux"): string {
  if (os === "windows") return /^[^\s&|<>^();,"]+$/.test(word) ? word : `"${word}"`;
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
