/** The list of exit codes in the option `--exit-ok`. @module */

/** `0,100` → `[0, 100]`. Throws an `Error` that says what is wrong. */
export function parseExitCodes(text: string): number[] {
  return text.split(",").map((word) => {
    const code = Number(word);
    if (!/^\s*\d{1,3}\s*$/.test(word) || code > 255) throw new Error(`${word} is not an exit code from 0 to 255`);
    return code;
  });
}
