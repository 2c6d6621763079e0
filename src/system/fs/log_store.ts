/** The file operations of a log file. @module */
import { appendFileSync, renameSync, statSync } from "node:fs";

/** The file operations that a log file needs. All may throw. */
export interface LogStore {
  /** The size in bytes; 0 when the file does not exist. */
  size(path: string): number;
  /** Appends bytes; creates the file if missing. */
  append(path: string, bytes: Uint8Array): void;
  /** Moves a file over another. */
  replace(from: string, to: string): void;
}

/** The operations on the real file system. */
export const systemLogStore: LogStore = {
  size: (path) => statSync(path, { throwIfNoEntry: false })?.size ?? 0,
  append: (path, bytes) => appendFileSync(path, bytes, { mode: 0o640 }),
  replace: renameSync,
};
