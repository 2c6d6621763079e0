/** What tells one content of a path from the next. @module */

/** What a stamp is made of. */
export interface Stamped {
  readonly ino: bigint;
  readonly size: bigint;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
}

/**
 * The stamp of a file. Deno rounds mtime to milliseconds and ctime to seconds; the two together still move with every
 * write that an updater makes.
 */
export function stampOf({ ino, size, mtimeNs, ctimeNs }: Stamped): string {
  return `${ino}:${size}:${mtimeNs}:${ctimeNs}`;
}
