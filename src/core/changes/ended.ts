/** How the boots of a build on probation ended: what a rollback is explained with. @module */
import { escaped, plainText } from "../plain_text.ts";
import type { EndedBoot } from "../state/ended_boot.ts";
import type { Sentinel } from "../state/schemas.ts";

/** How many ends are kept, and how many of them with last words; the history has the words of each. */
const MOST = 10;
const MOST_WITH_WORDS = 3;

/** What is kept of the last words of one boot: lines, and bytes of UTF-8 with a byte for each line's end. */
const MOST_LINES = 20;
const MOST_BYTES = 4096;

/** The longest line of last words in a reason, in characters. */
const LONGEST_LINE = 200;

/** What to write for a boot that has ended, and its own end. One boot ends once, however often it is reported. */
export function withEnd(
  { ends = [], boot = 0 }: Sentinel,
  how: string,
  lines?: readonly string[],
): { readonly ends: readonly EndedBoot[]; readonly own: EndedBoot } {
  const own = endedBoot(boot, how, lines);
  const all = [...ends.filter((end) => end.boot !== boot), own].slice(-MOST);
  const kept = all.map((end, i) => i < all.length - MOST_WITH_WORDS ? { boot: end.boot, how: end.how } : end);
  return { ends: kept, own };
}

/** The end of one boot. */
export function endedBoot(boot: number, how: string, lines: readonly string[] = []): EndedBoot {
  const words = boundedWords(lines);
  return { boot, how: plainText(how), ...(words.length === 0 ? {} : { words }) };
}

/** How they ended, as text: `exit 1 ×3; last words: cannot migrate the database`. Empty when nothing is known. */
export function endsText({ ends = [] }: Pick<Sentinel, "ends">): string {
  const counts = new Map<string, number>();
  for (const { how } of ends) counts.set(how, (counts.get(how) ?? 0) + 1);
  const hows = [...counts].map(([how, count]) => count === 1 ? how : `${how} ×${count}`).join(", ");
  const line = tellingLine(lastSpoken(ends)?.words ?? []);
  return line === undefined ? hows : `${hows}; last words: ${[...line].slice(0, LONGEST_LINE).join("")}`;
}

/** The line that says most: the last one that names an error, since a runtime often adds its version or a stack. */
function tellingLine(words: readonly string[]): string | undefined {
  return (words.findLast((line) => /error|exception|panic|fatal/i.test(line)) ?? words.at(-1))?.trim();
}

/** The newest boot of which the last words are known. */
export function lastSpoken(ends: readonly EndedBoot[]): EndedBoot & { readonly words: readonly string[] } | undefined {
  const found = ends.findLast(({ words = [] }) => words.length > 0);
  return found && { ...found, words: found.words ?? [] };
}

/** The newest lines that there is room for, without control characters. The last one is cut if it is too long alone. */
function boundedWords(lines: readonly string[]): string[] {
  const kept: string[] = [];
  let room = MOST_BYTES;
  for (const line of lines.filter((line) => line.trim() !== "").slice(-MOST_LINES).reverse()) {
    const whole = escaped(line.toWellFormed());
    const shown = kept.length > 0 || sizeOf(whole) < room ? whole : cut(line, room);
    room -= sizeOf(shown) + 1;
    if (room < 0) break;
    kept.unshift(shown);
  }
  return kept;
}

function cut(line: string, room: number): string {
  let text = "";
  let left = room - sizeOf("…") - 1;
  for (const char of line.toWellFormed()) {
    const shown = escaped(char);
    left -= sizeOf(shown);
    if (left < 0) break;
    text += shown;
  }
  return `${text}…`;
}

function sizeOf(text: string): number {
  return new TextEncoder().encode(text).length;
}
