/** Quotes arguments in the commands that messages suggest. @module */

/** An argument for a shell: unchanged where that is safe, else in quotes. */
export function shellWord(word: string, os: "linux" | "windows" | "other" = "linux"): string {
  if (os === "windows") return /^[^\s&|<>^();,"]+$/.test(word) ? word : `"${word}"`;
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
