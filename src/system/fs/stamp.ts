/** What tells one content of a path from the next. @module */
import { isDeno } from "../process/runtime.ts";

/** What a stamp is made of. */
export interface Stamped {
  readonly ino: bigint;
  readonly size: number;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
}

/** The stamp of a file as the runtime's own file module sees it. */
export function stampOf({ ino, size, mtimeNs, ctimeNs }: Stamped): string {
  return `${ino}:${size}:${mtimeNs}:${ctimeNs}`;
}

/**
 * The stamp of a file as the kernel sees it, made equal to the other. Deno's module rounds mtime to milliseconds and
 * ctime to seconds; the two together still move with every write that an updater makes.
 */
export function stampOfInode(inode: Stamped): string {
  if (!isDeno) return stampOf(inode);
  const { mtimeNs, ctimeNs } = inode;
  return stampOf({ ...inode, mtimeNs: mtimeNs - mtimeNs % 1_000_000n, ctimeNs: ctimeNs - ctimeNs % 1_000_000_000n });
}
