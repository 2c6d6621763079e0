/**
 * Standard output and error without the runtime's streams: merely looking at `process.stderr` makes Bun set the pipe or
 * socket behind it non-blocking, and the service would inherit that.
 *
 * @module
 */
import { calls } from "../fs/calls.ts";
import process from "./process.ts";

/** Writes all of a text, at once, so that nothing is lost when the process is replaced or exits. Never throws. */
export function writeText(fd: number, text: string): void {
  let bytes = new TextEncoder().encode(text);
  while (bytes.length > 0) {
    try {
      bytes = bytes.subarray(calls().write(fd, bytes, null));
    } catch (error) {
      if ((error as { code?: string }).code === "EAGAIN") continue;
      return; // closed: nobody is listening
    }
  }
}

/** True when a person is looking. */
export function isTerminal(fd: number): boolean {
  return process.getBuiltinModule("node:tty").isatty(fd);
}
