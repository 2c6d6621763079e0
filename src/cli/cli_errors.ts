/** Errors of the command line, and the exit codes of all errors. @module */
import { EXIT } from "../core/exit_codes.ts";
import { SentinelError, type SentinelFault } from "../core/errors.ts";
import { FsError } from "../core/fs_port.ts";
import type { Page } from "./output/pages.ts";
import { type Problem, showProblem } from "../core/problem.ts";

const EXIT_CODES: Record<SentinelFault, number> = {
  busy: EXIT.notWritable,
  untouchable: EXIT.notWritable,
  quarantined: EXIT.no,
  mismatch: EXIT.no,
  calledOff: EXIT.no,
  nothing: EXIT.no,
  missing: EXIT.noInput,
  noLastGood: EXIT.noInput,
};

/** The exit code for an error that a command threw; `undefined` for an internal error. */
export function exitCodeOf(error: unknown): number | undefined {
  if (error instanceof UsageError) return error.exitCode;
  if (error instanceof SentinelError) return EXIT_CODES[error.code];
  if (!(error instanceof FsError)) return undefined;
  if (error.code === "notFound") return EXIT.noInput;
  return error.code === "denied" ? EXIT.denied : EXIT.notWritable;
}

/** The command line or the configuration is not valid. */
export class UsageError extends Error {
  override readonly name = "UsageError";

  /** @param page The page of the manual about it. @default the command's */
  constructor(message: string, readonly exitCode: number = EXIT.usage, readonly page?: Page) {
    super(message);
  }
}

/**
 * A name that does not exist. `main` adds the most similar known name to the message; the code for that is loaded only
 * when it is needed.
 */
export class UnknownNameError extends UsageError {
  constructor(message: string, readonly unknown: string, readonly known: readonly string[], exitCode?: number) {
    super(message, exitCode);
  }
}

/** A setting or the configuration file cannot be used. */
export class ConfigError extends UsageError {
  constructor(readonly problem: Problem) {
    super(showProblem(problem), EXIT.badConfig);
  }
}

/** An error in the environment or the configuration file as a problem, for commands that go on without that setting. */
export function configProblem(error: UsageError): Problem {
  if (error instanceof ConfigError) return error.problem;
  return { code: "config-invalid", text: error.message, advice: "boot-sentinel config validate" };
}
