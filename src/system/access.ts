/** Who may write a file. @module */
import { lstatSync } from "node:fs";
import { dirname } from "node:path";
import { isPosix } from "./files.ts";

/** Owner, group and permission bits of what stands at a path; links are not followed. */
export interface Access {
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
  readonly link: boolean;
}

/** Looks them up; undefined where there is nothing, or no such thing as owners. */
export type AccessOf = (path: string) => Access | undefined;

/** The real {@link AccessOf}. */
export const accessOf: AccessOf = (path) => {
  if (!isPosix) return undefined;
  try {
    const stat = lstatSync(path);
    return { uid: stat.uid, gid: stat.gid, mode: stat.mode & 0o7777, link: stat.isSymbolicLink() };
  } catch {
    return undefined;
  }
};

/**
 * Everybody beside root who can change a file or put another one in its place: `user 1000`, `group 100`, `everybody`.
 * Undefined when nothing is known of it.
 */
export function writersOf(path: string, look: AccessOf): ReadonlySet<string> | undefined {
  const file = look(path);
  if (file === undefined) return undefined;
  const writers = ownWriters(file);
  for (let dir = dirname(path), below = ""; dir !== below; below = dir, dir = dirname(dir)) {
    const access = look(dir);
    // In a sticky directory nobody moves away what is another's.
    if (access === undefined || (access.mode & 0o1000) !== 0) continue;
    for (const writer of ownWriters(access)) writers.add(writer);
  }
  return writers;
}

function ownWriters({ uid, gid, mode, link }: Access): Set<string> {
  const writers = new Set<string>();
  if (uid !== 0) writers.add(`user ${uid}`);
  // The bits of a link mean nothing.
  if (link) return writers;
  if ((mode & 0o020) !== 0 && gid !== 0) writers.add(`group ${gid}`);
  if ((mode & 0o002) !== 0) writers.add("everybody");
  return writers;
}
