/**
 * Paths that need no library: absolute, as short as they can be, with `/`. Nearly all of a boot's are such, and what
 * takes any path apart costs more to load than most of its steps.
 *
 * @module
 */

/** True of such a path. */
export function isPlainPath(path: string): boolean {
  if (!path.startsWith("/") || path.includes("\0")) return false;
  for (const segment of path.slice(1).split("/")) {
    if (segment === "" || segment === ".." || segment === "../..") return false;
  }
  return true;
}

/** The directory that holds a plain path. */
export function plainDirectory(path: string): string {
  return path.slice(0, path.lastIndexOf("/")) || "/";
}

/** The last part of a plain path. */
export function plainName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
