/**
 * Writes to standard output and error without the runtime's streams. The first access to `process.stderr` makes Bun set
 * its pipe or socket to non-blocking, and the service would inherit that.
 *
 * @module
 */
import { calls } from "../fs/calls.ts";
import process from "./process.ts";

/** Writes a text synchronously, so that nothing is lost when the process exits or is replaced. Never throws. */
export function writeText(fd: number, text: string): void {
  let bytes = new TextEncoder().encode(text);
  while (bytes.length > 0) {
    try {
      bytes = bytes.subarray(calls().write(fd, bytes, null));
    } catch (error) {
      if ((error as { code?: string }).code === "EAGAIN") continue;
      return; // closed
    }
  }
}

/** True when the descriptor is a terminal. */
export function isTerminal(fd: number): boolean {
  return process.getBuiltinModule("node:tty").isatty(fd);
}
