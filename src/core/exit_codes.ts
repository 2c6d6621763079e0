/** The exit codes. From 64 to 78 they are those of sysexits.h. @module */

/**
 * The exit codes of the commands. `run` ends with the service's own exit code instead, or 128+n for a signal.
 *
 * @example Compare a command's result with an exit code
 * ```ts
 * import { EXIT, main } from "@boot-sentinel/boot-sentinel/cli";
 * import { assertEquals } from "@std/assert";
 *
 * const code = await main(["check", "--exe"], { io: { stderr() {} } });
 * assertEquals(code, EXIT.usage); // --exe needs a path
 * ```
 */
export const EXIT = {
  /** Done. For a command that asks a question: yes. */
  ok: 0,
  /** Refused, nothing changed. For a command that asks a question: no. */
  no: 1,
  /** For a command that asks a question: it could not be found out. */
  unknown: 2,
  /** The command line is not valid. */
  usage: 64,
  /** A file that the command needs does not exist. */
  noInput: 66,
  /** An internal error: a bug in boot-sentinel. */
  internal: 70,
  /** A state or program file cannot be written, or another command holds the lock. */
  notWritable: 74,
  /** Last-good was put back: start the service again. */
  rolledBack: 75,
  /** Permission denied. */
  denied: 77,
  /** The configuration is wrong. */
  badConfig: 78,
  /** The program cannot be executed. */
  notExecutable: 126,
  /** The program does not exist. */
  notFound: 127,
} as const;
