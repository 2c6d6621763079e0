/** How the boots of a build on probation ended: what a rollback is explained with. @module */
import { plainText } from "../plain_text.ts";
import type { EndedBoot, Sentinel } from "../state/schemas.ts";

/** How many ends are kept. */
const MOST = 10;

/** The longest line of last words in a reason, in characters. */
const LONGEST_LINE = 200;

/** What to write for a boot that has ended. One boot ends once, however often it is reported. */
export function withEnd({ ends = [], boot = 0 }: Sentinel, how: string, words?: string): Pick<Sentinel, "ends"> {
  const others = ends.filter((end) => end.boot !== boot);
  const own: EndedBoot = { boot, how: plainText(how), ...(words === undefined ? {} : { words: plainText(words) }) };
  return { ends: [...others, own].slice(-MOST) };
}

/** How they ended, as text: `exit 1 ×3; last words: cannot migrate the database`. Empty when nothing is known. */
export function endsText({ ends = [] }: Pick<Sentinel, "ends">): string {
  const counts = new Map<string, number>();
  for (const { how } of ends) counts.set(how, (counts.get(how) ?? 0) + 1);
  const hows = [...counts].map(([how, count]) => count === 1 ? how : `${how} ×${count}`).join(", ");
  const line = ends.findLast(({ words }) => words !== undefined)?.words?.split("\\n").findLast((text) => text.trim());
  return line === undefined ? hows : `${hows}; last words: ${line.trim().slice(0, LONGEST_LINE)}`;
}
