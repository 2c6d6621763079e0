/** The unit files that `install` writes. @module */
import { SentinelError } from "../../../core/errors.ts";
import { shellWord } from "../../../core/shell_word.ts";
import { nameOf } from "../../../core/state/paths.ts";
import { readText } from "../put_files.ts";
import { foldersOf, type Machine } from "./scope.ts";
import { WRITTEN } from "./unit_text.ts";

/** The path of a unit's file, or of our drop-in for it. */
export function pathOf(machine: Machine, unit: string, isDropIn: boolean): string {
  const { units } = foldersOf(machine);
  return isDropIn ? `${units}/${unit}.d/50-boot-sentinel.conf` : `${units}/${unit}`;
}

/** Whether there is such a file, and boot-sentinel wrote it: it starts with {@link WRITTEN}. */
export function isOurs({ fs }: Pick<Machine, "fs">, path: string): boolean {
  return readText(fs, path)?.startsWith(`${WRITTEN} `) === true;
}

/** A file that boot-sentinel did not write is neither replaced nor removed. */
export function refuseForeign(machine: Pick<Machine, "fs">, path: string): void {
  if (readText(machine.fs, path) === undefined || isOurs(machine, path)) return;
  // The advice is never to move a unit away: it is the operator's own.
  const advice = path.endsWith(".service")
    ? `nothing of it is in there; to guard it: boot-sentinel service install --drop-in ${shellWord(nameOf(path))}`
    : "it may be changed only by whoever wrote it";
  const text = `Cannot change ${path}: boot-sentinel did not write it; nothing was changed; ${advice}`;
  throw new SentinelError("nothing", text);
}
