/** The exit codes, after sysexits.h where it has one. @module */

/**
 * What a command ends with. `run` ends with the service's own code instead, or 128+n for a signal.
 *
 * @example A look at a program from another program
 * ```ts
 * import { EXIT, main } from "@boot-sentinel/boot-sentinel/cli";
 * import { assertEquals } from "@std/assert";
 *
 * const code = await main(["check", "--exe"], { io: { stderr() {} } });
 * assertEquals(code, EXIT.usage); // a path is missing
 * ```
 */
export const EXIT = {
  /** Done; for a question: yes. */
  ok: 0,
  /** For a question: no. For a command: refused, nothing changed. */
  no: 1,
  /** The command line cannot be understood. */
  usage: 64,
  /** A file that the command needs does not exist. */
  noInput: 66,
  /** A fault of boot-sentinel itself. */
  internal: 70,
  /** A state or program file cannot be written, or another command is busy with it. */
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
