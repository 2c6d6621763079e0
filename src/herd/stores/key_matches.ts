/** Patterns of keys, as in NATS. @module */

/** Whether a key matches a pattern: tokens between dots, of which `*` is any, and a last `>` all that follow. */
export function keyMatches(pattern: string, key: string): boolean {
  const wanted = pattern.split(".");
  const tokens = key.split(".");
  if (wanted.at(-1) === ">") {
    wanted.pop();
    if (tokens.length <= wanted.length) return false;
  } else if (tokens.length !== wanted.length) return false;
  return wanted.every((token, i) => token === "*" || token === tokens[i]);
}
