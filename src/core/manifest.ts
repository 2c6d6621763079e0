/**
 * The manifest of a release: everything in a directory, one text. The release's digest is the sha256 of this text.
 *
 * It begins with `# boot-sentinel release 1`. Then each path follows, relative and with `/`, sorted by its bytes:
 *
 * ```
 * # directory 755 lib
 * # link lib/current -> 2
 * # file 644 1234
 * 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08  lib/main.js
 * ```
 *
 * The lines without `#` are those of `sha256sum`, so `sha256sum -c` in the directory checks the files. As there, a
 * name with a line break or a backslash is escaped, and its line begins with a backslash.
 *
 * @module
 */
import type { TreeEntry } from "./fs_port.ts";

/** What the manifest says of a path. */
export interface ManifestEntry extends Pick<TreeEntry, "kind" | "mode" | "size" | "target"> {
  /** Relative to the release, with `/`. */
  readonly path: string;
  /** Of a file: its sha256. */
  readonly digest?: string | undefined;
}

/** How many files a release may have. */
export const MOST_FILES = 500_000;

/** The first line. */
export const MANIFEST_HEAD = "# boot-sentinel release 1\n";

/** The lines of one path. */
export function manifestLines({ path, kind, mode, size, target = "", digest = "" }: ManifestEntry): string {
  const name = escaped(path);
  const octal = (mode & 0o7777).toString(8);
  switch (kind) {
    case "directory":
      return `# directory ${octal} ${name}\n`;
    case "link":
      return `# link ${name} -> ${escaped(target)}\n`;
    default:
      return `# file ${octal} ${size}\n${name === path ? "" : "\\"}${digest}  ${name}\n`;
  }
}

function escaped(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll("\r", "\\r");
}
