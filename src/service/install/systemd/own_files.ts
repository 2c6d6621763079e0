/** The unit files that `install` writes. @module */
import { SentinelError } from "../../../core/errors.ts";
import { readText } from "../put_files.ts";
import { foldersOf, type Machine } from "./scope.ts";
import { MARK } from "./unit_text.ts";

/** The path of a unit's file, or of our drop-in for it. */
export function pathOf(machine: Machine, unit: string, isDropIn: boolean): string {
  const { units } = foldersOf(machine);
  return isDropIn ? `${units}/${unit}.d/50-boot-sentinel.conf` : `${units}/${unit}`;
}

/** A file that does not start with {@link MARK} was not written by `install`, and is neither replaced nor removed. */
export function refuseForeign({ fs }: Pick<Machine, "fs">, path: string): void {
  const present = readText(fs, path);
  if (present === undefined || present.startsWith(MARK)) return;
  const text = `Cannot change ${path}: boot-sentinel did not write it; nothing was changed; move it away first`;
  throw new SentinelError("nothing", text);
}
