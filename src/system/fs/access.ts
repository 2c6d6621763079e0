/** Finds out which users can change a file. @module */
import { lstatSync } from "node:fs";
import { dirname } from "node:path";
import { shellWord } from "../../core/shell_word.ts";
import { isPosix } from "./files.ts";
import { PUBLIC_GROUP_NAMES, windowsWriters } from "../windows/access_list.ts";

/** Owner, group and permission bits of a file or directory; links are not followed. */
export interface Access {
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
  readonly link: boolean;
}

/** Reads them; `undefined` where nothing exists. */
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
 * The users who can change a file because of the permissions of `place`, which is the file itself or a folder above it:
 * `user 1000`, `group 100`, `everybody`, on Windows account names. Root (on Windows: administrators and the system) is
 * left out. `undefined` when the permissions cannot be read.
 *
 * @param depth 0: `place` is the file itself; 1: its folder; more: a folder further up.
 */
export type WritersAt = (place: string, depth: number) => ReadonlySet<string> | undefined;

/** {@link WritersAt} by owner, group and permission bits. */
export function posixWriters(readAccess: AccessOf): WritersAt {
  return (place, depth) => {
    const access = readAccess(place);
    if (access === undefined) return undefined;
    // In a sticky directory only a file's owner can rename or remove it.
    return depth > 0 && (access.mode & 0o1000) !== 0 ? new Set() : ownWriters(access);
  };
}

/** {@link WritersAt} of this machine. */
export const writersAt: WritersAt = isPosix ? posixWriters(accessOf) : windowsWriters;

/** The users, except root, who can change a file or replace it. `undefined` when its permissions cannot be read. */
export function writersOf(path: string, at: WritersAt): ReadonlySet<string> | undefined {
  if (at(path, 0) === undefined) return undefined;
  return new Set(grants(path, at).flatMap(([, writers]) => [...writers]));
}

/** The place, the file or a folder above it, whose permissions let a user change the file. */
export function writableBy(path: string, writer: string, at: WritersAt): string {
  return grants(path, at).find(([, writers]) => writers.has(writer))?.[0] ?? path;
}

/** The file and the folders above it, each with the users whom its permissions let change the file. */
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
  // The permission bits of a symbolic link have no effect.
  if (link) return writers;
  if ((mode & 0o020) !== 0 && gid !== 0) writers.add(`group ${gid}`);
  if ((mode & 0o002) !== 0) writers.add("everybody");
  return writers;
}

/** The command that removes the permission. `program`: the file whose owner should also own the place. */
export function accessAdvice(place: string, writer: string, program: string): string {
  if (!isPosix) {
    const accounts = writer === "everybody" ? PUBLIC_GROUP_NAMES : `"${writer}"`;
    return `icacls "${place}" /inheritance:d /remove:g ${accounts}   ` +
      `(and if one of them owns it: icacls "${place}" /setowner Administrators)`;
  }
  if (writer === "everybody") return `chmod o-w ${shellWord(place)}`;
  if (writer.startsWith("group")) return `chmod g-w ${shellWord(place)}`;
  return `chown --reference=${shellWord(program)} ${shellWord(place)}   ` +
    `(unless the service runs as ${writer}: then run doctor as that user, or with --unit)`;
}
