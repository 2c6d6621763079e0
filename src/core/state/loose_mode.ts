/** Who else may write a file. @module */
import type { FileInfo } from "../fs_port.ts";

/** The permission bits of a file that group or others can write; `undefined` of any other. */
export function looseMode({ mode }: Pick<FileInfo, "mode">): string | undefined {
  return (mode & 0o022) === 0 ? undefined : (mode & 0o777).toString(8);
}
