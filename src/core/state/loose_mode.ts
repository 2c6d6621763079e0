/** Detects files that other users can write. @module */
import type { FileInfo } from "../fs_port.ts";

/** The permission bits, in octal, of a file that its group or others can write; `undefined` for any other file. */
export function looseMode({ mode }: Pick<FileInfo, "mode">): string | undefined {
  return (mode & 0o022) === 0 ? undefined : (mode & 0o777).toString(8);
}
