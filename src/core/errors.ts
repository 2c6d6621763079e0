/**
 * The one error class of the library.
 *
 * @module
 */

/** Why a command was not carried out. */
export type SentinelFault =
  /** Another process is changing the state. */
  | "busy"
  /** Refused: the build is quarantined. */
  | "quarantined"
  /** Refused: the file does not have the announced sha256 or signature, or is not a program. */
  | "mismatch"
  /** Refused: the `before` callback or the `--before-swap` hook failed. */
  | "calledOff"
  /** Refused: there is no build that the command applies to. */
  | "nothing"
  /** A file that the command needs does not exist. */
  | "missing"
  /** There is no valid last-good to put back. */
  | "noLastGood"
  /** A state file was written by a newer program, or cannot be read. */
  | "untouchable";

/**
 * Thrown by the methods of a `BootSentinel`, except `checkOnBoot`. The message says what happened, what state things
 * are in, and what to do.
 *
 * @example Branch on the code
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
  /** Why the command was not carried out. */
  readonly code: SentinelFault;

  /** Makes the error; `cause` is the error that led to it. */
  constructor(code: SentinelFault, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}

/** The message of a thrown value, which need not be an `Error`. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
