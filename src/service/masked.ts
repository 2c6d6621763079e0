/**
 * Removes what looks like a secret from what a service wrote. When in doubt it removes more: the text is kept on disk,
 * and sent to hooks and the webhook.
 *
 * @module
 */

/** A word that names a secret, and what can follow it in one name: `password`, `api_key`, `AWS_SECRET_ACCESS_KEY`. */
const NAME = "(?:pass(?:word|wd|phrase)|pwd|secret|token|credential|" +
  "(?:api|access|private|encryption|signing|master|session|account)[_-]?key|_auth)[\\w.-]{0,64}";

/** In quotes, to the same quote; else to the next space, or to the end of the text in quotes that it is in. */
const VALUE = `(?:(\\\\*["'\`])(?:(?!\\N)(?:\\\\.|[^\\n]))*(?:\\N|(?=\\n|$))|(?:(?!["'][,}\\])\\s]|["']$)\\S)+)`;

/** Words of a sentence, which are no value of an option. */
const SENTENCE = "(?!(?:is|was|are|has|have|must|needs?|and|or|for|not|with|to|in|option|required|missing)\\b)";

const RULES: readonly (readonly [pattern: RegExp, shown: string])[] = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g, "***"],
  // Its beginning is not in the text.
  [/(?:^[A-Za-z0-9+/=]{1,80}\r?\n)*-----END [A-Z ]*PRIVATE KEY-----/gm, "***"],
  // Credentials in a URL; the password can contain what should be encoded.
  [/(\w:\/\/)[^\s/:@]*:(?!\d+[/?#])[^\s@]*@(?:[^\s/@]*@)*/g, "$1***@"],
  [/(\w:\/\/)[^\s/]*@/g, "$1***@"],
  [
    /(authorization\\*["']?[ \t]*[=:][ \t]*\\*["']?(?:(?:basic|bearer|digest|negotiate|token)[ \t]+)?)[^\s"'][^"'\n]*/gi,
    "$1***",
  ],
  [/((?:set-)?cookie\\*["']?[ \t]*:[ \t]*\\*["']?)[^\s"'][^"'\n]*/gi, "$1***"],
  [/(\bbearer[ \t]+)(?=\S*[\d._~+/=]|\S{20})[^\s"',;]{8,}/gi, "$1***"],
  // A line of YAML or of a configuration file: the value is the rest of it.
  [new RegExp(`^([ \\t]*(?:- )?[\\w.-]{0,64}?${NAME}:[ \\t]+)[^\\s"'{\\[][^\\n]*`, "gim"), "$1***"],
  [new RegExp(`(${NAME}\\\\*["']?[ \\t]*(?:=>|:=|[=:])[ \\t]*)${value(2)}`, "gi"), "$1***"],
  [new RegExp(`((?:^|[^a-z])pass[ \\t]*=[ \\t]*)${value(2)}`, "gi"), "$1***"],
  [new RegExp(`(--?[\\w-]{0,64}?${NAME}["']?(?:[ \\t]+|[ \\t]*,[ \\t]*))${SENTENCE}(?!-)${value(2)}`, "gi"), "$1***"],
  [/((?:^|\s)(?:-u|--user)[ =]["']?[^\s:]+:)\S+/g, "$1***"],
  // Keys and tokens that are known by their form.
  [/\b(?:AKIA|ASIA|AROA|AIDA)[A-Z0-9]{16}\b/g, "***"],
  [/\bgh[pousr]_\w{20,}|\bgithub_pat_\w{20,}|\bglpat-[\w-]{16,}|\bnpm_\w{30,}/g, "***"],
  [/\bxox[a-z]-[\w-]{10,}|\b[sr]k_(?:live|test)_\w{10,}|\bAIza[\w-]{30,}|\bsk-[\w-]{20,}/g, "***"],
  [/\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*/g, "***"],
];

/** The pattern of a value, whose quote is the group with this number. */
function value(group: number): string {
  return VALUE.replaceAll("\\N", `\\${group}`);
}

/** The text without what looks like a secret. */
export function masked(text: string): string {
  return RULES.reduce((left, [pattern, shown]) => left.replace(pattern, shown), text);
}
