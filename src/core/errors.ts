/**
 * The one error class of the library.
 *
 * @module
 */

/** What kept a command from being done. */
export type SentinelFault =
  /** Another process is changing the state. */
  | "busy"
  /** The answer is no: the build is quarantined. */
  | "quarantined"
  /** The answer is no: the file is not what it was said to be. */
  | "mismatch"
  /** The answer is no: who was asked before the change called it off. */
  | "calledOff"
  /** The answer is no: there is nothing to do that to. */
  | "nothing"
  /** A file that the command needs is not there. */
  | "missing"
  /** There is no valid last-good to put back. */
  | "noLastGood"
  /** A state file was written by a newer program, or cannot be read. */
  | "untouchable";

/**
 * Thrown by the commands of a `BootSentinel` (never by its gate). The message says what happened, what state things
 * are in, and what to do.
 *
 * @example Tell a refusal from trouble
 * ```ts
 * import { BootSentinel, SentinelError } from "@boot-sentinel/boot-sentinel";
 * import { memoryFs, memoryPorts } from "@boot-sentinel/boot-sentinel/testing";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const fs = memoryFs();
 * fs.put("/app", "#!1.0.0", 0o755);
 * fs.put("/update", "#!2.0.0", 0o755);
 * const sentinel = new BootSentinel({ dataDir: "/state", exe: "/app" }, memoryPorts(fs));
 *
 * sentinel.quarantine("2.0.0");
 * const error = assertThrows(() => sentinel.swap("/update", "2.0.0"), SentinelError);
 * assertEquals(error.code, "quarantined");
 * ```
 */
export class SentinelError extends Error {
  /** The class's name. */
  override readonly name = "SentinelError";
  /** What kept the command from being done. */
  readonly code: SentinelFault;

  /** Makes the error; `cause` is what led to it. */
  constructor(code: SentinelFault, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}

/** The text of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
