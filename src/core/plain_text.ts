/** Texts that are shown to people: versions and reasons come from updaters and from files. @module */

/** A text of more characters is cut. */
const LONGEST = 1000;

// C0 and C1 controls, line and paragraph separators, and the marks that change the direction of writing.
// deno-lint-ignore no-control-regex
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/** The text in one line, with escapes such as `\x1b` in place of control characters: none reaches a terminal or a log. */
export function escaped(text: string): string {
  return text.replace(CONTROLS, escapeOf);
}

/** {@link escaped}, cut to 1,000 characters: what is written must fit into what is read. */
export function plainText(text: string): string {
  const short = text.length <= LONGEST ? text : `${text.slice(0, LONGEST).toWellFormed().slice(0, -1)}…`;
  return escaped(short);
}

/** {@link escaped}, with its line breaks left. */
export function escapedLines(text: string): string {
  return text.split("\n").map(escaped).join("\n");
}

function escapeOf(char: string): string {
  if (char === "\n") return "\\n";
  if (char === "\r") return "\\r";
  if (char === "\t") return " ";
  const code = char.charCodeAt(0);
  return code <= 0xff ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u${code.toString(16).padStart(4, "0")}`;
}
