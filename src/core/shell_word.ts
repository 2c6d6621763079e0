/** Words of commands that people are told to paste. @module */
import type { Host } from "./ports.ts";

/** A word for a shell: as it is where that is safe, else in quotes. */
export function shellWord(word: string, os: Host["os"] = "linux"): string {
  if (os === "windows") return /^[^\s&|<>^();,"]+$/.test(word) ? word : `"${word}"`;
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
