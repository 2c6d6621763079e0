/** Following links to the end, also to an end that is not there yet. @module */
import { isAbsolute } from "@std/path/is_absolute.js";
import { join } from "@std/path/join.js";
import { directoryOf, nameOf } from "../../core/state/paths.ts";
import { errnoOf } from "./fs_faults.ts";
import { calls } from "./calls.ts";

/** The path with every link followed; a last part that is missing is kept. Its directory must exist. */
export function resolvePath(path: string): string {
  try {
    return calls().realpath(path);
  } catch (error) {
    if (errnoOf(error) !== "ENOENT") throw error;
    const directory = calls().realpath(directoryOf(path));
    const last = join(directory, nameOf(path));
    const target = danglingTarget(last);
    if (target === undefined) return last;
    // Not joined: that would shorten `no/../link` by the text, where the kernel finds `no` missing, and could loop.
    // A loop of links cannot lead here: the kernel reports it as ELOOP.
    return resolvePath(isAbsolute(target) ? target : `${directory}/${target}`);
  }
}

function danglingTarget(path: string): string | undefined {
  return calls().lstat(path)?.kind === "link" ? calls().readlink(path) : undefined;
}
