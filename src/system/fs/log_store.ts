/** Where log files are. @module */
import { appendFileSync, renameSync, statSync } from "node:fs";

/** What a log file needs of a file system. Every verb may throw. */
export interface LogStore {
  /** Bytes; 0 when there is no such file. */
  size(path: string): number;
  /** Adds bytes at the end; makes the file when it is missing. */
  append(path: string, bytes: Uint8Array): void;
  /** Moves a file over another. */
  replace(from: string, to: string): void;
}

/** The file system. */
export const systemLogStore: LogStore = {
  size: (path) => statSync(path, { throwIfNoEntry: false })?.size ?? 0,
  append: (path, bytes) => appendFileSync(path, bytes, { mode: 0o640 }),
  replace: renameSync,
};
