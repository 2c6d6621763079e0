/** Who may write a file. @module */
import { lstatSync } from "node:fs";
import { dirname } from "node:path";
import { shellWord } from "../../core/shell_word.ts";
import { isPosix } from "./files.ts";
import { changersAt, CROWD_NAMES } from "../windows/access_list.ts";

/** Owner, group and permission bits of what stands at a path; links are not followed. */
export interface Access {
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
  readonly link: boolean;
}

/** Looks them up; undefined where there is nothing. */
export type AccessOf = (path: string) => Access | undefined;

const accessOf: AccessOf = (path) => {
  try {
    const stat = lstatSync(path);
    return { uid: stat.uid, gid: stat.gid, mode: stat.mode & 0o7777, link: stat.isSymbolicLink() };
  } catch {
    return undefined;
  }
};

/**
 * Those beside root, or the system, whom a place lets change what is at a path: `user 1000`, `group 100`, on Windows
 * accounts by name, `everybody`. Undefined when nothing is known of the place.
 *
 * @param depth 0: the place is the thing itself; 1: its folder; more: a folder above.
 */
export type WritersAt = (place: string, depth: number) => ReadonlySet<string> | undefined;

/** By owner, group and permission bits. */
export function posixWriters(look: AccessOf): WritersAt {
  return (place, depth) => {
    const access = look(place);
    if (access === undefined) return undefined;
    // In a sticky directory nobody moves away what is another's.
    return depth > 0 && (access.mode & 0o1000) !== 0 ? new Set() : ownWriters(access);
  };
}

/** The real {@link WritersAt}. */
export const writersAt: WritersAt = isPosix ? posixWriters(accessOf) : changersAt;

/** Everybody beside root who can change a file or put another one in its place. Undefined when nothing is known of it. */
export function writersOf(path: string, at: WritersAt): ReadonlySet<string> | undefined {
  if (at(path, 0) === undefined) return undefined;
  return new Set(grants(path, at).flatMap(([, writers]) => [...writers]));
}

/** Of the file and the folders above it, the one that lets somebody write it. */
export function writableBy(path: string, writer: string, at: WritersAt): string {
  return grants(path, at).find(([, writers]) => writers.has(writer))?.[0] ?? path;
}

/** The file and the folders above it, each with those whom it lets change what is below. */
function grants(path: string, at: WritersAt): [place: string, writers: ReadonlySet<string>][] {
  const found: [string, ReadonlySet<string>][] = [];
  for (let place = path, below = "", depth = 0; place !== below; below = place, place = dirname(place), depth++) {
    const writers = at(place, depth);
    if (writers !== undefined) found.push([place, writers]);
  }
  return found;
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

/** The command that takes the right away. `program`: whose owner is to own the place as well. */
export function accessAdvice(place: string, writer: string, program: string): string {
  if (!isPosix) {
    const whom = writer === "everybody" ? CROWD_NAMES : `"${writer}"`;
    return `icacls "${place}" /inheritance:d /remove:g ${whom}   (and if one of them owns it: icacls "${place}" /setowner Administrators)`;
  }
  if (writer === "everybody") return `chmod o-w ${shellWord(place)}`;
  if (writer.startsWith("group")) return `chmod g-w ${shellWord(place)}`;
  return `chown --reference=${shellWord(program)} ${shellWord(place)}   ` +
    `(unless the service runs as ${writer}: then run this as that user, or with --unit)`;
}
