/** What is wrong, as data: programs go by the code, people by the sentences. @module */

/** Something that is wrong. */
export interface Problem<Code extends string = string> {
  /** What kind of problem it is; the same in every version. */
  readonly code: Code;
  /** What is so, and what follows from it. */
  readonly text: string;
  /** What to do about it: where it can be, a command to paste. */
  readonly advice: string;
}

/** A problem as one sentence. */
export function showProblem({ text, advice }: Omit<Problem, "code">): string {
  return `${text}; ${advice}`;
}

/**
 * What a status can find wrong: a state file (`state-*`), the program or last-good cannot be used, a bad build is live
 * with nothing to put back (`degraded`), or the restored build failed as the update did (`environment`).
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
