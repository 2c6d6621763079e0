/** Words as systemd writes and reads them in a unit file. @module */

/** A word of a command line: its quotes, specifiers (%) and variables ($) stand for themselves. */
export function quoteWord(word: string): string {
  const escaped = word.replace(/[\\"]/g, "\\$&").replace(/\n/g, "\\n").replace(/\t/g, "\\t")
    .replaceAll("%", "%%").replaceAll("$", "$$$$");
  return /^[\w@%+=:,./\-$]+$/.test(escaped) && escaped !== ";" ? escaped : `"${escaped}"`;
}

/** A command line. */
export function quoteWords(words: readonly string[]): string {
  return words.map(quoteWord).join(" ");
}

/** A path in a setting that is no command line: only specifiers and blanks need care. */
export function quotePath(path: string): string {
  const escaped = path.replaceAll("%", "%%");
  return /\s|["\\]/.test(escaped) ? `"${escaped.replace(/[\\"]/g, "\\$&")}"` : escaped;
}
