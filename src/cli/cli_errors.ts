/** Errors of the command line, and the exit code of each error. @module */
import { EXIT } from "../core/exit_codes.ts";
import { SentinelError, type SentinelFault } from "../core/errors.ts";
import { FsError } from "../core/fs_port.ts";
import { type Problem, showProblem } from "../core/problem.ts";

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

/** A setting or the configuration file cannot be used. */
export class ConfigError extends UsageError {
  constructor(readonly problem: Problem) {
    super(showProblem(problem), EXIT.badConfig);
  }
}

/** A mistake in the environment or the configuration file as a problem, for those who go on without what is wrong. */
export function configProblem(error: UsageError): Problem {
  if (error instanceof ConfigError) return error.problem;
  return { code: "config-invalid", text: error.message, advice: "boot-sentinel config validate" };
}
