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
  if (look(path) === undefined) return undefined;
  return new Set([...grants(path, look)].flatMap(([, writers]) => [...writers]));
}

/** Of the file and the folders above it, the one that lets somebody write it. */
export function writableBy(path: string, writer: string, look: AccessOf): string {
  return [...grants(path, look)].find(([, writers]) => writers.has(writer))?.[0] ?? path;
}

/** The file and the folders above it, each with those whom it lets change what is below. */
function* grants(path: string, look: AccessOf): Generator<[place: string, writers: ReadonlySet<string>]> {
  for (let place = path, below = ""; place !== below; below = place, place = dirname(place)) {
    const access = look(place);
    // In a sticky directory nobody moves away what is another's.
    if (access === undefined || (place !== path && (access.mode & 0o1000) !== 0)) continue;
    yield [place, ownWriters(access)];
  }
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
