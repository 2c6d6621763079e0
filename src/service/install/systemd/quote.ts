/** systemd's quoting in unit files. @module */

/** An argument of a command line. Quotes, specifiers (%) and variables ($) in it are escaped. */
export function quoteWord(word: string): string {
  const escaped = word.replace(/[\\"]/g, "\\$&").replace(/\n/g, "\\n").replace(/\t/g, "\\t")
    .replaceAll("%", "%%").replaceAll("$", "$$$$");
  return /^[\w@%+=:,./\-$]+$/.test(escaped) && escaped !== ";" ? escaped : `"${escaped}"`;
}

/** A command line. */
export function quoteWords(words: readonly string[]): string {
  return words.map(quoteWord).join(" ");
}

/** A path in a setting that is not a command line: only specifiers, blanks and quotes are escaped. */
export function quotePath(path: string): string {
  const escaped = path.replaceAll("%", "%%");
  return /\s|["\\]/.test(escaped) ? `"${escaped.replace(/[\\"]/g, "\\$&")}"` : escaped;
}
