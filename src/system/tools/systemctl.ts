/** The `systemctl` of this machine. @module */
import { execFile } from "node:child_process";

/** Long enough for a busy machine, short enough for a stop. */
const PATIENCE_MS = 5000;

/** Runs `systemctl`; resolves to its standard output, or `undefined` when it is missing, failed or too slow. */
export function systemctl(...words: string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile("systemctl", words, { timeout: PATIENCE_MS, encoding: "utf8" }, (error, stdout) => {
      resolve(error === null ? stdout : undefined);
    });
  });
}
