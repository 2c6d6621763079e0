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
 * The problems that a status can find: a state file (`state-*`), the program or last-good cannot be used; this user may
 * not read the state (`cannot-see`); nothing was ever confirmed (`not-protected-yet`); last-good is no copy though `pin`
 * asks for one (`last-good-not-pinned`), or could not be put at the program's path now (`cannot-be-put-back`); a bad
 * build is live and cannot be replaced (`degraded`); the confirmed build ends right after each start (`crash-looping`);
 * the restored build fails too, so the environment is probably at fault (`environment`); files that go with the builds
 * cannot be put back (`member-*`), are not all those of one build (`members-unfinished`), or are unit files that systemd
 * has to read again (`reload-needed`).
 */
export type ProblemCode =
  | "state-corrupt"
  | "state-unusable"
  | "state-of-another"
  | "program-unstartable"
  | "last-good-unusable"
  | "last-good-missing"
  | "last-good-not-pinned"
  | "cannot-see"
  | "not-protected-yet"
  | "cannot-be-put-back"
  | "degraded"
  | "crash-looping"
  | "environment"
  | "member-unusable"
  | "member-not-kept"
  | "members-unfinished"
  | "reload-needed";
