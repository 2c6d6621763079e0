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
  const mountinfo = mountinfoOf(pid);
  return mountinfo === undefined ? undefined : mountAt(mountinfo, path);
}

/** What is mounted below a directory, bind mounts of the same file system among them; none where it cannot be seen. */
export function mountsBelow(directory: string): string[] {
  const mounts = mountsIn(mountinfoOf("self") ?? "");
  return mounts.map(({ point }) => point).filter((point) => point.startsWith(`${directory}/`));
}

/** `undefined`: it cannot be read, as on other systems. */
function mountinfoOf(pid: number | "self"): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/mountinfo`, "utf8");
  } catch {
    return undefined;
  }
}

/** The mount that a path lies on. Of several on one point the last hides the others. */
export function mountAt(mountinfo: string, path: string): Mount | undefined {
  let found: Mount | undefined;
  for (const mount of mountsIn(mountinfo)) {
    const { point } = mount;
    const isAbove = path === point || path.startsWith(point === "/" ? "/" : `${point}/`);
    if (isAbove && (found === undefined || found.point.length <= point.length)) found = mount;
  }
  return found;
}

/** All mounts, in the order in which they were made. */
function mountsIn(mountinfo: string): Mount[] {
  return mountinfo.split("\n").flatMap((line) => {
    // ID PARENT MAJOR:MINOR ROOT POINT OPTIONS [FIELDS…] - TYPE SOURCE SUPER-OPTIONS
    const [own = "", behind = ""] = line.split(" - ");
    const [, , , , escaped, options = ""] = own.split(" ");
    if (escaped === undefined) return [];
    const point = escaped.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8)));
    const flags = [...options.split(","), ...(behind.split(" ")[2] ?? "").split(",")];
    return [{ point, isReadOnly: flags.includes("ro") }];
  });
}

/** The marks of a file; none where the C library cannot be called. */
function marksOf(path: string): Partial<FileMarks> {
  try {
    return fileMarks(openLibc("statx"), path);
  } catch {
    return {};
  }
}
