/** The exit codes, after sysexits.h where it has one. @module */

/**
 * What a command ends with. `run` ends with the service's own code instead, or 128+n for a signal.
 *
 * @example A gate of one's own
 * ```ts
 * import { EXIT, main, realIo, realPorts } from "@boot-sentinel/boot-sentinel/cli";
 * import { assertNotEquals } from "@std/assert";
 *
 * const words = ["check", "--exe", "/bin/sh", "--data-dir", "/tmp/none"];
 * const code = await main(words, { ...realIo, env: {} }, () => realPorts());
 * assertNotEquals(code, EXIT.rolledBack);
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
