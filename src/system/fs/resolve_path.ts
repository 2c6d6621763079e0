/** Resolves symbolic links in a path whose last part need not exist. @module */
import { isAbsolute } from "@std/path/is_absolute.js";
import { join } from "@std/path/join.js";
import { FsError } from "../../core/fs_port.ts";
import { directoryOf, nameOf } from "../../core/state/paths.ts";
import { errnoOf } from "./fs_faults.ts";
import { haveSameOwner } from "../linux/owner_rights.ts";
import { calls } from "./calls.ts";

/**
 * The path with all symbolic links resolved. The last part need not exist, but its directory must.
 *
 * @throws {FsError} `denied`: this process is root, and another user's link leads out of that user's folders.
 */
export function resolvePath(path: string): string {
  const resolved = resolve(path);
  if (resolved !== path && !haveSameOwner(path, resolved)) {
    throw new FsError("denied", "follow", path, `a link of another user leads to ${resolved}`);
  }
  return resolved;
}

function resolve(path: string): string {
  try {
    return calls().realpath(path);
  } catch (error) {
    if (errnoOf(error) !== "ENOENT") throw error;
    const directory = calls().realpath(directoryOf(path));
    const last = join(directory, nameOf(path));
    const target = danglingTarget(last);
    if (target === undefined) return last;
    // Not by `join`, which would shorten `no/../link` to `link`, although the kernel reports that `no` is missing; this
    // could recurse without end. A loop of links is not possible here: realpath reports it as ELOOP.
    return resolve(isAbsolute(target) ? target : `${directory}/${target}`);
  }
}

function danglingTarget(path: string): string | undefined {
  return calls().lstat(path)?.kind === "link" ? calls().readlink(path) : undefined;
}
