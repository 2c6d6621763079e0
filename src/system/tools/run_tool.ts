/** Tools of the system, run to their end. @module */
import { execFile } from "node:child_process";

/** How a tool ended. */
export interface ToolEnd {
  /** 127 when it could not be started. */
  readonly code: number;
  /** What it wrote. */
  readonly stdout: string;
  /** What it complained of. */
  readonly stderr: string;
}

/** How long a tool may take. */
const TIMEOUT_MS = 60_000;

/** Runs a tool. Never rejects. */
export function runTool(program: string, ...args: string[]): Promise<ToolEnd> {
  return runWithin(TIMEOUT_MS, program, args);
}

/** The same with another time limit, milliseconds. */
export function runWithin(timeout: number, program: string, args: readonly string[]): Promise<ToolEnd> {
  return new Promise((resolve) => {
    execFile(program, args, { timeout, encoding: "utf8" }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === "number" ? error.code : 127;
      resolve({ code, stdout, stderr: stderr || (error?.message ?? "") });
    });
  });
}
