/** Writes the files of an installation, all or none. @module */
import { messageOf, SentinelError } from "../../core/errors.ts";
import { type Fs, FsError } from "../../core/fs_port.ts";
import { directoryOf } from "../../core/state/paths.ts";
import { replaceFile } from "../../core/state/replace_file.ts";

/** A file to write. */
export interface NewFile {
  readonly path: string;
  readonly text: string;
  readonly mode: number;
}

/** Writes files; returns a function that puts back what was there before. When a write fails, that is done at once. */
export function putFiles(fs: Fs, files: readonly NewFile[]): () => void {
  const before = files.map(({ path, mode }) => ({
    path,
    mode,
    text: readText(fs, path),
    isNew: isNewFolder(fs, path),
  }));
  const undo = () => {
    for (const { path, mode, text, isNew } of before.toReversed()) {
      if (text !== undefined) replaceFile(fs, path, text, mode);
      else {
        fs.remove(path);
        if (isNew) fs.removeDirectory(directoryOf(path));
      }
    }
  };
  try {
    for (const { path, text, mode } of files) {
      fs.makeDirectory(directoryOf(path));
      replaceFile(fs, path, text, mode);
    }
    return undo;
  } catch (error) {
    undo();
    throw new SentinelError("nothing", `${messageOf(error)}; everything is as it was`, error);
  }
}

/** The text of a file; `undefined` when it does not exist. */
export function readText(fs: Fs, path: string): string | undefined {
  try {
    return new TextDecoder().decode(fs.read(path, 1 << 20));
  } catch (error) {
    if (error instanceof FsError && error.code === "notFound") return undefined;
    throw error;
  }
}

function isNewFolder(fs: Fs, path: string): boolean {
  try {
    fs.info(directoryOf(path));
    return false;
  } catch {
    return true;
  }
}
