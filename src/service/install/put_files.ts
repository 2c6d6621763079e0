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

/** Puts back what was there before; returns what could not be put back, and why. */
export type Undo = () => string[];

/** Writes files. When one cannot be written, those before it are put back at once. */
export function putFiles(fs: Fs, files: readonly NewFile[]): Undo {
  const before = files.map(({ path, mode }) => ({
    path,
    mode,
    text: readText(fs, path),
    isNew: isNewFolder(fs, path),
  }));
  const undo = () =>
    before.toReversed().flatMap((file) => {
      try {
        putBack(fs, file);
        return [];
      } catch (error) {
        return [messageOf(error)];
      }
    });
  try {
    for (const { path, text, mode } of files) {
      fs.makeDirectory(directoryOf(path));
      replaceFile(fs, path, text, mode);
    }
    return undo;
  } catch (error) {
    throw new SentinelError("nothing", `${messageOf(error)}; ${undoneText(undo())}`, error);
  }
}

/** What an undo has achieved, as the end of a message. */
export function undoneText(failures: readonly string[]): string {
  return failures.length === 0 ? "everything is as it was" : `not everything was undone: ${failures.join("; ")}`;
}

function putBack(
  fs: Fs,
  { path, mode, text, isNew }: Omit<NewFile, "text"> & { readonly text: string | undefined; readonly isNew: boolean },
): void {
  const now = readText(fs, path);
  // What was not changed is not written: it may be the folder that cannot be written that all is undone for.
  if (text !== undefined && text !== now) replaceFile(fs, path, text, mode);
  if (text === undefined && now !== undefined) fs.remove(path);
  if (isNew) fs.removeDirectory(directoryOf(path));
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
