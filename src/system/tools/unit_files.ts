/** The files and tools that installing a service takes. @module */
import { execFile } from "node:child_process";
import {
  chownSync,
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { Buffer } from "node:buffer";

/** How a tool ended. */
export interface ToolEnd {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What installing a service asks of the machine. File verbs throw what `node:fs` throws. */
export interface UnitFiles {
  /** The text of a file; `undefined` when there is none. */
  read(path: string): string | undefined;
  /** Writes a file that all may read, atomically, and the folders above it. */
  write(path: string, text: string): void;
  /** Removes a file, and its folder when that is empty then. */
  remove(path: string): void;
  /** Makes a folder and gives it to a user. */
  makeDirectory(path: string, owner: { uid: number; gid: number } | undefined): void;
  run(program: string, ...words: string[]): Promise<ToolEnd>;
}

/** The machine itself. */
export const machineUnitFiles: UnitFiles = {
  read(path) {
    try {
      return readFileSync(path, "utf8");
    } catch (error) {
      if ((error as { code?: string }).code === "ENOENT") return undefined;
      throw error;
    }
  },
  write(path, text) {
    mkdirSync(dirname(path), { recursive: true });
    const temp = `${path}.tmp`;
    const fd = openSync(temp, "w", 0o644);
    try {
      writeSync(fd, Buffer.from(text));
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(temp, path);
  },
  remove(path) {
    rmSync(path, { force: true });
    try {
      if (dirname(path).endsWith(".d")) rmdirSync(dirname(path));
    } catch { /* others have files there */ }
  },
  makeDirectory(path, owner) {
    mkdirSync(path, { recursive: true, mode: 0o755 });
    if (owner !== undefined) chownSync(path, owner.uid, owner.gid);
  },
  run(program, ...words) {
    return new Promise((resolve) => {
      execFile(program, words, { timeout: 60_000, encoding: "utf8" }, (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === "number" ? error.code : 127;
        resolve({ code, stdout, stderr: stderr || (error?.message ?? "") });
      });
    });
  },
};
