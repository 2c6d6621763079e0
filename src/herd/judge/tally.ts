/** Counts what machines said of a build. @module */
import type { Report } from "../messages/report.ts";

/**
 * What a report is worth. `open`: not decided. `unsure`: it failed, and it is not known yet whether what was put back
 * works. `none`: it failed, and what was put back fails as well, so it is no evidence against the build.
 */
export type Vote = "good" | "bad" | "unsure" | "none" | "open";

/** The vote of a report. */
export function voteOf({ outcome, environment }: Pick<Report, "outcome" | "environment">): Vote {
  if (outcome === "confirmed") return "good";
  if (outcome !== "failed") return "open";
  if (environment === undefined) return "unsure";
  return environment ? "none" : "bad";
}

/** How many machines gave each vote. */
export type Votes = Record<Vote, number>;

/** No votes. */
export function noVotes(): Votes {
  return { good: 0, bad: 0, unsure: 0, none: 0, open: 0 };
}

/** What is known of a build. */
export interface Tally {
  /** All machines that said something. */
  readonly all: Readonly<Votes>;
  /** Those of them that are admitted. */
  readonly admitted: Readonly<Votes>;
  /** The known machines that are admitted, with those that said nothing. */
  readonly members: number;
}
