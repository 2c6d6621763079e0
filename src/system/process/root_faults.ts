/** Whether a name can be replaced at all, whatever the rights: attributes and mounts forbid it even to root. @module */
import { readFileSync } from "node:fs";
import { openLibc } from "../ffi/libc.ts";
import process from "./process.ts";
import { type FileMarks, fileMarks } from "../linux/file_marks.ts";

/**
 * Why even root cannot replace what is at a path: `chattr +i` or `+a` on it, something is mounted on this very name
 * (a rename is EBUSY), or its file system is mounted read-only. `unknown`: it cannot be found out here.
 */
export type RootFault = "immutable" | "appendOnly" | "mounted" | "readOnly" | "unknown";

/**
 * Why a file or a folder's entries cannot be changed; `undefined` if nothing is known to forbid it.
 *
 * @param path An absolute path without links.
 * @param pid The process whose mounts count: those of a service in a sandbox are its own.
 */
export function rootFault(path: string, pid: number | "self" = "self"): RootFault | undefined {
  if (process.platform !== "linux") return undefined;
  const mount = mountOf(path, pid);
  if (mount === undefined) return "unknown";
  if (mount.isReadOnly) return "readOnly";
  const { immutable, appendOnly } = marksOf(path);
  if (immutable === true) return "immutable";
  if (appendOnly === true) return "appendOnly";
  return mount.point === path ? "mounted" : undefined;
}

/** A mount, as `/proc/PID/mountinfo` tells of it. */
export interface Mount {
  readonly point: string;
  readonly isReadOnly: boolean;
}

function mountOf(path: string, pid: number | "self"): Mount | undefined {
  try {
    return mountAt(readFileSync(`/proc/${pid}/mountinfo`, "utf8"), path);
  } catch {
    return undefined;
  }
}

/** What is mounted below a directory, bind mounts of the same file system among them; none where it cannot be seen. */
export function mountsBelow(directory: string): string[] {
  if (process.platform !== "linux") return [];
  try {
    return pointsIn(readFileSync("/proc/self/mountinfo", "utf8")).filter((point) => point.startsWith(`${directory}/`));
  } catch {
    return [];
  }
}

function pointsIn(mountinfo: string): string[] {
  return mountinfo.split("\n").map((line) => unescaped(line.split(" ")[4] ?? ""));
}

function unescaped(point: string): string {
  return point.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8)));
}

/** The mount that a path lies on. Of several on one point the last hides the others. */
export function mountAt(mountinfo: string, path: string): Mount | undefined {
  let found: Mount | undefined;
  for (const line of mountinfo.split("\n")) {
    // ID PARENT MAJOR:MINOR ROOT POINT OPTIONS [FIELDS…] - TYPE SOURCE SUPER-OPTIONS
    const [own = "", behind = ""] = line.split(" - ");
    const [, , , , escaped, options = ""] = own.split(" ");
    if (escaped === undefined) continue;
    const point = unescaped(escaped);
    const isAbove = path === point || path.startsWith(point === "/" ? "/" : `${point}/`);
    if (!isAbove || (found !== undefined && found.point.length > point.length)) continue;
    const flags = [...options.split(","), ...(behind.split(" ")[2] ?? "").split(",")];
    found = { point, isReadOnly: flags.includes("ro") };
  }
  return found;
}

/** The marks of a file; none where the C library cannot be called. */
function marksOf(path: string): Partial<FileMarks> {
  try {
    return fileMarks(openLibc("statx"), path);
  } catch {
    return {};
  }
}
