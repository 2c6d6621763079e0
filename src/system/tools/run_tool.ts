/** Runs commands of the system to their end. @module */
import { execFile } from "node:child_process";

/** How a command ended. */
export interface ToolEnd {
  /** The exit code; 127 when it could not be started. */
  readonly code: number;
  /** Its output. */
  readonly stdout: string;
  /** Its error messages. */
  readonly stderr: string;
}

/** How long a command may take. */
const TIMEOUT_MS = 60_000;

/** Runs a command to its end. Never rejects. */
export function runTool(program: string, ...args: string[]): Promise<ToolEnd> {
  return runWithin(TIMEOUT_MS, program, args);
}

/** The same with another timeout, milliseconds. */
export function runWithin(timeout: number, program: string, args: readonly string[]): Promise<ToolEnd> {
  return new Promise((resolve) => {
    execFile(program, args, { timeout, encoding: "utf8" }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === "number" ? error.code : 127;
      resolve({ code, stdout, stderr: stderr || (error?.message ?? "") });
    });
  });
}
