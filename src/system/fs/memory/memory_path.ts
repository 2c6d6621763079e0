/**
 * Paths of a disk in memory.
 *
 * @module
 */
import { FsError } from "../../../core/ports.ts";
import { type Image, type Node, ROOT } from "./memory_image.ts";

/** Where a path leads: a name in a directory, and what stands there, if anything does. */
export interface Spot {
  /** Inode of the directory that holds the name. */
  readonly directory: number;
  /** The last name; empty for the root itself. */
  readonly name: string;
  /** Path with no symbolic link before the last part. */
  readonly path: string;
  /** What stands there. */
  readonly inode?: number;
  /** The node of `inode`. */
  readonly node?: Node;
}

/** As many links as Linux follows before it says ELOOP. */
const MAX_LINKS = 40;

/**
 * Walks a path as a kernel does: `..` after links, links in the middle always followed, the last one when `follow`.
 * Throws `notFound` when a directory on the way is missing or no directory; a missing last part is a spot without an
 * inode.
 */
export function locate(image: Image, path: string, follow: boolean, verb: string): Spot {
  const todo = partsOf(path).reverse();
  // Directories from the root down to where the walk is; the last is the current one.
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

/** The parts of a path. A backslash separates, too: the core joins with the path rules of the runtime that it is on. */
export function partsOf(path: string): string[] {
  return path.split(/[\\/]+/).filter((part) => part !== "" && part !== ".");
}

/** The path in the one spelling that options and messages use. */
export function normalPath(path: string): string {
  return `/${partsOf(path).join("/")}`;
}

/** True for the folder itself and all below it. */
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
