/**
 * The process we run in and its files, for those who look before anything else is loaded.
 *
 * @module
 */
import process from "./process.ts";
import { executableFile, isMissing, regularFile } from "../linux/bare_libc.ts";
import { become } from "../linux/exec.ts";
import { textOf } from "../ffi/bytes.ts";
import { environmentText, lastWords } from "./raw_process.ts";
import { stampOfInode } from "../fs/stamp.ts";

/** What {@link bareIo} can tell and do. */
export interface BareIo {
  readonly os: string;
  /** The command line without the executable. */
  readonly arguments: readonly string[];
  readonly self: string;
  /** The environment: a NUL before and after each entry. */
  environment(): string;
  /** True when the system says that nothing stands at the path. */
  isMissing(path: string): boolean;
  /** The stamp of a regular file that may be executed. */
  stampOf(path: string): string | undefined;
  /** The mode and the text of a regular file; links are not followed. */
  read(path: string): { readonly mode: number; readonly text: string } | undefined;
  /** Replaces this process by the last `words` words of its command line; returns only when that failed. */
  become(words: number): void;
}

/** This process. Every function but `become` throws `FfiUnavailable` where foreign functions cannot be called. */
export const bareIo: BareIo = {
  os: process.platform,
  arguments: process.argv.slice(2),
  self: process.execPath,
  environment: environmentText,
  isMissing,
  stampOf(path) {
    const stat = executableFile(path);
    return stat && stampOfInode(stat);
  },
  read(path) {
    const file = regularFile(path);
    return file && { mode: file.mode, text: textOf(file.bytes) };
  },
  become(words) {
    const argv = lastWords(words);
    const [path] = argv;
    if (path !== undefined) become({ path, argv });
  },
};
