/** The exit codes, after sysexits.h where it has one. @module */
import { SentinelError, type SentinelFault } from "../core/errors.ts";
import { FsError } from "../core/ports.ts";

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

const FAULTS: Record<SentinelFault, number> = {
  busy: EXIT.notWritable,
  untouchable: EXIT.notWritable,
  quarantined: EXIT.no,
  mismatch: EXIT.no,
  calledOff: EXIT.no,
  nothing: EXIT.no,
  missing: EXIT.noInput,
  noLastGood: EXIT.noInput,
};

/** The exit code for whatever a command threw; `undefined` for a fault of our own. */
export function exitCodeOf(error: unknown): number | undefined {
  if (error instanceof UsageError) return error.exitCode;
  if (error instanceof SentinelError) return FAULTS[error.code];
  if (!(error instanceof FsError)) return undefined;
  if (error.code === "notFound") return EXIT.noInput;
  return error.code === "denied" ? EXIT.denied : EXIT.notWritable;
}

/** The command line or the configuration is wrong; the message names what was meant, if that can be guessed. */
export class UsageError extends Error {
  override readonly name = "UsageError";

  constructor(message: string, readonly exitCode: number = EXIT.usage) {
    super(message);
  }
}

/** A word that is none of those there are. Its nearest is looked up by whoever shows the message, which is rare. */
export class UnknownWord extends UsageError {
  constructor(message: string, readonly word: string, readonly known: readonly string[], exitCode?: number) {
    super(message, exitCode);
  }
}
