/** Problems as data: `code` is for programs, `text` and `advice` are for people. @module */

/** A problem that the status or `doctor` found. */
export interface Problem<Code extends string = string> {
  /** The kind of problem. The codes stay the same from version to version. */
  readonly code: Code;
  /** What is wrong, and what follows from it. */
  readonly text: string;
  /** What to do about it; where possible, a command to paste. */
  readonly advice: string;
}

/** A problem as one sentence. */
export function showProblem({ text, advice }: Omit<Problem, "code">): string {
  return `${text}; ${advice}`;
}

/**
 * The problems that a status can find: a state file (`state-*`), the program or last-good cannot be used; a bad build
 * is live and there is no last-good to put back (`degraded`); or the restored build fails too, so the environment is
 * probably at fault (`environment`).
 */
export type ProblemCode =
  | "state-corrupt"
  | "state-unusable"
  | "state-of-another"
  | "program-unstartable"
  | "last-good-unusable"
  | "last-good-missing"
  | "degraded"
  | "environment";
