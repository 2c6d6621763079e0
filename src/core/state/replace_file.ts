/** The atomic replacement of a file's content. @module */
import { type FileInfo, type Fs, FsError } from "../fs_port.ts";
import { directoryOf, sibling } from "./paths.ts";

/**
 * Replaces a file so that readers see either the old or the new content, also after a kill or a power cut: the new
 * content is written to a temporary file and flushed, then renamed over the old one.
 *
 * @param mode Permission bits. @default 0o600
 * @throws {FsError} The write failed; the old content is unchanged.
 */
export function replaceFile(fs: Fs, path: string, content: Uint8Array | string, mode?: number): void {
  const temp = sibling(path, "tmp");
  refuseSpecial(fs, path);
  try {
    fs.create(temp, typeof content === "string" ? new TextEncoder().encode(content) : content, mode);
    fs.rename(temp, path);
  } catch (error) {
    try {
      fs.remove(temp);
    } catch { /* the next write removes it */ }
    throw error instanceof FsError ? new FsError(error.code, "write", path, error.cause) : error;
  }
  fs.syncDirectory(directoryOf(path));
}

/**
 * Throws when something else than a regular file is there: a rename would put a file in the place of `/dev/null`, or of
 * a link that leads elsewhere.
 */
export function refuseSpecial(fs: Fs, path: string): void {
  let found: FileInfo;
  try {
    found = fs.info(path);
  } catch {
    return; // nothing is there, or the write itself says what is wrong
  }
  const what = found.link ? "a symbolic link" : found.kind === "other" ? "a device, a pipe or a socket" : undefined;
  if (what === undefined) return;
  throw new FsError("other", "write", path, `it is ${what}, which is not replaced; name a regular file`);
}
