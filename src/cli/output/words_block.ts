/** The last words of a build as a block of lines, below a text that says how its boots ended. @module */
import { lastSpoken } from "../../core/changes/ended.ts";
import type { EndedBoot } from "../../core/state/ended_boot.ts";
import type { Status } from "../../core/status.ts";

/** The last words of the newest boot of which they are known. None when there is one line: the text above has it. */
export function lastLines(ends: readonly EndedBoot[] = []): readonly string[] {
  const words = lastSpoken(ends)?.words ?? [];
  return words.length < 2 ? [] : words;
}

/** The lines of the block. */
export function wordsBlock(ends: readonly EndedBoot[] | undefined): string[] {
  return lastLines(ends).map((line) => `| ${line}`);
}

/** How the boots of the build that was rolled back ended; `undefined`: nothing was, or it is no longer quarantined. */
export function endsOfRolledBack(
  { rolledBack, quarantined }: Pick<Status, "rolledBack" | "quarantined">,
): readonly EndedBoot[] | undefined {
  if (rolledBack === null) return undefined;
  return quarantined.findLast(({ version }) => version === rolledBack.from)?.ends;
}
