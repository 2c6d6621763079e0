/**
 * Resolves paths on a disk in memory.
 *
 * @module
 */
import { FsError } from "../../../core/ports.ts";
import { type Image, type Node, ROOT } from "./memory_image.ts";

/** A resolved path: a name in a directory, and its node, if it exists. */
export interface Spot {
  /** The inode of the directory that contains the name. */
  readonly directory: number;
  /** The last part of the path; empty for the root. */
  readonly name: string;
  /** The path without symbolic links before its last part. */
  readonly path: string;
  /** The inode at this path. */
  readonly inode?: number;
  /** The node of `inode`. */
  readonly node?: Node;
}

/** The number of symbolic links that Linux follows before it reports ELOOP. */
const MAX_LINKS = 40;

/**
 * Resolves a path as a kernel does: `..` is applied after links, links before the last part are always followed, the
 * last one only with `follow`. Throws `notFound` when a part before the last one is missing or not a directory. If the
 * last part is missing, the result has no inode.
 */
export function locate(image: Image, path: string, follow: boolean, verb: string): Spot {
  const todo = partsOf(path).reverse();
  // The directories from the root to the current one.
  let trail: { inode: number; name: string }[] = [{ inode: ROOT, name: "" }];
  let links = 0;
  while (true) {
    const here = trail.at(-1)!;
    const name = todo.pop();
    if (name === undefined) return directorySpot(image, trail);
    if (name === "..") {
      if (trail.length > 1) trail.pop();
      continue;
    }
    const directory = image.get(here.inode);
    if (directory?.kind !== "directory") throw new FsError("notFound", verb, path);
    const inode = directory.names.get(name);
    const node = inode === undefined ? undefined : image.get(inode);
    const last = todo.length === 0;
    if (node?.kind === "symlink" && (follow || !last)) {
      links += 1;
      if (links > MAX_LINKS) throw new FsError("other", verb, path, new Error("too many symbolic links"));
      todo.push(...partsOf(node.target).reverse());
      if (/^[\\/]/.test(node.target)) trail = [{ inode: ROOT, name: "" }];
      continue;
    }
    if (inode !== undefined && node?.kind === "directory") {
      trail.push({ inode, name });
      continue;
    }
    if (!last) throw new FsError("notFound", verb, path);
    const spot = { directory: here.inode, name, path: `${pathOf(trail)}/${name}` };
    return inode === undefined || node === undefined ? spot : { ...spot, inode, node };
  }
}

/** The parts of a path. A backslash also separates them: on Windows the core joins paths with backslashes. */
export function partsOf(path: string): string[] {
  return path.split(/[\\/]+/).filter((part) => part !== "" && part !== ".");
}

/** The normal form of a path, in which options are compared. */
export function normalPath(path: string): string {
  return `/${partsOf(path).join("/")}`;
}

/** True if `path` is the folder itself or is in it, at any depth. */
export function isWithin(path: string, folder: string): boolean {
  return folder === "/" || path === folder || path.startsWith(`${folder}/`);
}

function pathOf(trail: readonly { name: string }[]): string {
  return trail.map((part) => part.name).join("/");
}

function directorySpot(image: Image, trail: readonly { inode: number; name: string }[]): Spot {
  const here = trail.at(-1)!;
  const node = image.get(here.inode);
  const spot = {
    directory: trail.at(-2)?.inode ?? ROOT,
    name: here.name,
    path: pathOf(trail) || "/",
    inode: here.inode,
  };
  return node === undefined ? spot : { ...spot, node };
}
