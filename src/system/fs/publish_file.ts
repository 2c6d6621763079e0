/** Files for other programs to read. @module */
import { chmodSync, renameSync } from "node:fs";
import { utf8 } from "../ffi/bytes.ts";
import { withNewFile, writeAll } from "./files.ts";
import { verb } from "./fs_faults.ts";

/**
 * Puts a text at `path`, whole and readable for everybody; a reader sees the old or the new one.
 *
 * @throws {FsError}
 */
export const publishFile: (path: string, text: string) => void = verb("write", (path: string, text: string) => {
  // A collector reads *.prom: the name on the way must not end so.
  const temp = `${path}.tmp`;
  withNewFile(temp, (fd) => writeAll(fd, utf8(text)));
  chmodSync(temp, 0o644);
  renameSync(temp, path);
});
