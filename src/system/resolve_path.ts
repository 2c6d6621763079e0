/** Following links to the end, also to an end that is not there yet. @module */
import { lstatSync, readlinkSync, realpathSync } from "node:fs";
import { basename, dirname, isAbsolute, join, sep } from "node:path";
import { errnoOf } from "./fs_faults.ts";

/** The path with every link followed; a last part that is missing is kept. Its directory must exist. */
export function resolvePath(path: string): string {
  try {
    return realpathSync.native(path);
  } catch (error) {
    if (errnoOf(error) !== "ENOENT") throw error;
    const directory = realpathSync.native(dirname(path));
    const last = join(directory, basename(path));
    const target = danglingTarget(last);
    if (target === undefined) return last;
    // Not joined: that would shorten `no/../link` by the text, where the kernel finds `no` missing, and could loop.
    // A loop of links cannot lead here: the kernel reports it as ELOOP.
    return resolvePath(isAbsolute(target) ? target : directory + sep + target);
  }
}

function danglingTarget(path: string): string | undefined {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ? readlinkSync(path) : undefined;
}
