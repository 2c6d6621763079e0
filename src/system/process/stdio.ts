/**
 * Writes to standard output and error without the runtime's streams. The first access to `process.stderr` makes Bun set
 * its pipe or socket to non-blocking, and the service would inherit that.
 *
 * @module
 */
import { bootLibc, onLinux } from "../ffi/libc.ts";
import { calls } from "../fs/calls.ts";
import { POLLOUT } from "../linux/abi.ts";
import process from "./process.ts";

/** How long a message waits for a reader, milliseconds. The service waits with it. */
const MESSAGE_MS = 100;

/** A pipe that is ready takes this many bytes without blocking (`PIPE_BUF`). */
const ATOMIC_BYTES = 4096;

/** Writes a text synchronously, so that nothing is lost when the process exits or is replaced. Never throws. */
export function writeText(fd: number, text: string): void {
  write(fd, text, undefined);
}

/**
 * Writes a message to standard error. What nobody reads within 100 ms is lost: a full pipe must not keep the service
 * down. Never throws.
 */
export function writeMessage(text: string): void {
  write(2, text, performance.now() + MESSAGE_MS);
}

function write(fd: number, text: string, deadline: number | undefined): void {
  let bytes = new TextEncoder().encode(text);
  while (bytes.length > 0) {
    if (deadline !== undefined && !isWritable(fd, deadline - performance.now())) return;
    try {
      const chunk = deadline === undefined ? bytes : bytes.subarray(0, ATOMIC_BYTES);
      const written = calls().write(fd, chunk, null);
      if (written === 0) return;
      bytes = bytes.subarray(written);
    } catch (error) {
      if ((error as { code?: string }).code !== "EAGAIN") return; // closed
      if (deadline !== undefined && performance.now() >= deadline) return;
    }
  }
}

/** Waits until a descriptor takes bytes. Where that cannot be found out, it is written to. */
function isWritable(fd: number, ms: number): boolean {
  const wait = Math.max(0, Math.ceil(ms));
  return onLinux(() => bootLibc().call.poll(new Int32Array([fd, POLLOUT]), 1n, wait) !== 0) ?? true;
}

/** True when the descriptor is a terminal. */
export function isTerminal(fd: number): boolean {
  return process.getBuiltinModule("node:tty").isatty(fd);
}
