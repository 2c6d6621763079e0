/** Why a tree could not be made, in words. @module */
import { FsError, type FsFault } from "../../core/fs_port.ts";
import { escaped } from "../../core/plain_text.ts";
import { faultOf } from "../fs/fs_faults.ts";

/** What is wrong with an archive or a tree. `advice`: what to do about it. */
export class TreeFault extends Error {
  constructor(why: string, readonly advice: string) {
    super(why);
  }
}

/** A name as messages show it: in quotation marks, line breaks and the like escaped, and not endless. */
export function quoted(name: string): string {
  return escaped(JSON.stringify(name.length > 200 ? `${name.slice(0, 200)}…` : name));
}

/** An entry that must not be there. */
export function refused(name: string, why: string): TreeFault {
  return new TreeFault(`its entry ${quoted(name)} ${why}`, "make it again without this entry");
}

/** An archive that is cut or damaged. */
export function damaged(why: string): TreeFault {
  return new TreeFault(why, "get the archive again");
}

/** The error of the whole work. `left`: the half-made directory, if it could not be removed. */
export function treeError(verb: string, path: string, error: unknown, left?: string): FsError {
  const [code, why, advice] = reason(error);
  const state = left === undefined ? "nothing was put in place" : `nothing was put in place; remove ${left}`;
  return new FsError(code, verb, path, `${why}; ${state}; ${advice}`);
}

function reason(error: unknown): [FsFault, string, string] {
  const why = error instanceof Error ? error.message : String(error);
  if (error instanceof TreeFault) return ["other", why, error.advice];
  const code = error instanceof FsError ? error.code : faultOf(error);
  if (code === "noSpace") return [code, "no space left", "make room and try again"];
  return [code, why, "mend this and try again"];
}
