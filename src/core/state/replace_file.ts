/** The one way in which a file is written over. @module */
import { type Fs, FsError } from "../fs_port.ts";
import { directoryOf, sibling } from "./paths.ts";

/**
 * Puts bytes at a path so that a reader, a kill or a power cut only ever meets the old or the new content: complete
 * beside it, flushed, then moved over it.
 *
 * @param mode Permission bits. @default 0o600
 * @throws {FsError} The old content is still there.
 */
export function replaceFile(fs: Fs, path: string, content: Uint8Array | string, mode?: number): void {
  const temp = sibling(path, "tmp");
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
