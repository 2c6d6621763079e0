/** The judge's rule for one build: pure, and without a clock of its own. @module */
import type { Tally } from "./tally.ts";

/** How the judge decides. */
export interface JudgeOptions {
  /** Machines that must have decided before more of them are admitted. */
  readonly quorum: number;
  /** A build that fails on a larger share of the machines is refused. */
  readonly threshold: number;
  /** After this time, in milliseconds, machines that have not decided are no longer waited for. */
  readonly windowMs: number;
  /** Machines that there are at least, also while few of them are known. */
  readonly machines: number;
}

/** What the judge depends on. */
export interface BuildFacts {
  /** `undefined`: no machine is admitted. */
  readonly admitted?: {
    readonly share: number;
    /** Since when, in milliseconds of the judge's own clock. */
    readonly since: number;
  } | undefined;
  /** What holds already, and by whom. */
  readonly verdict?: "refused" | "cleared" | undefined;
  readonly tally: Tally;
  readonly canaries: number;
  /** All known machines. */
  readonly machines: number;
}

/** Why the judge decides as it does. */
export type Why =
  /** Nobody was admitted before. */
  | { readonly kind: "first" }
  /** Good, even if all that are undecided fail. Or, with `isOver`, of those that have decided in the window. */
  | { readonly kind: "good"; readonly good: number; readonly bad: number; readonly isOver: boolean }
  /** It fails on too many. */
  | { readonly kind: "bad"; readonly good: number; readonly bad: number }
  /** Some have not decided, and the window is not over. */
  | { readonly kind: "running"; readonly undecided: number; readonly leftMs: number }
  /** The window is over, and fewer machines than the quorum have decided. */
  | { readonly kind: "few"; readonly decided: number; readonly quorum: number }
  /** The window is over, and of those that began with it most have not decided: it may hang. */
  | { readonly kind: "undecided"; readonly decided: number; readonly undecided: number }
  /** Every machine is admitted. */
  | { readonly kind: "everywhere" }
  /** It is refused already. */
  | { readonly kind: "refused" };

/** What the judge does. `machines`: how many may take it from now on. */
export type Ruling =
  | { readonly kind: "admit"; readonly machines: number; readonly why: Why }
  | { readonly kind: "refuse"; readonly why: Why }
  | { readonly kind: "wait"; readonly why: Why };

/** The machines of the first cohort of a large herd. */
const FIRST = 20;
/** In a small herd it is this part of the machines. */
const FIRST_PART = 0.1;

/** A build is never refused on the word of one machine. */
const LEAST_FAILED = 2;

/** Judges a build. */
export function judgeBuild(facts: BuildFacts, options: JudgeOptions, now: number): Ruling {
  const { admitted, verdict, tally } = facts;
  const { threshold, quorum, windowMs } = options;
  if (verdict === "refused") return { kind: "wait", why: { kind: "refused" } };
  const over = admitted !== undefined && now - admitted.since >= windowMs;
  const good = tally.all.good;
  // Whether what was put back works is waited for, but not for ever.
  const bad = tally.all.bad + (over ? tally.all.unsure : 0);
  const { good: a, bad: b, none, unsure, open } = tally.admitted;
  const silent = tally.members - (a + b + none + unsure + open);
  const undecided = silent + open + (over ? 0 : unsure);
  const isBad = (failed: number, of: number) => failed >= LEAST_FAILED && failed > threshold * of;
  const why = { good, bad };
  // Failures report sooner than successes. So before the window is over, it is bad only if it is bad even when all that
  // are undecided turn out well.
  if (verdict !== "cleared" && isBad(bad, good + bad + (over ? 0 : undecided))) {
    return { kind: "refuse", why: { kind: "bad", ...why } };
  }
  if (admitted === undefined) return { kind: "admit", machines: firstCohort(facts, options), why: { kind: "first" } };
  if (admitted.share >= 1) return { kind: "wait", why: { kind: "everywhere" } };
  // A count: a share of machines is seldom whole.
  const before = Math.max(tally.members, Math.round(admitted.share * options.machines));
  const next = Math.max(firstCohort(facts, options), 2 * before);
  const decided = good + bad;
  const isGood = verdict === "cleared" ? undecided === 0 : !isBad(bad + undecided, decided + undecided);
  if (isGood && decided >= quorum) {
    return { kind: "admit", machines: next, why: { kind: "good", ...why, isOver: false } };
  }
  if (!over) return { kind: "wait", why: { kind: "running", undecided, leftMs: admitted.since + windowMs - now } };
  if (decided < quorum) return { kind: "wait", why: { kind: "few", decided, quorum } };
  // Those that are off did not begin with it.
  if (open > decided) return { kind: "wait", why: { kind: "undecided", decided, undecided: open } };
  return { kind: "admit", machines: next, why: { kind: "good", ...why, isOver: true } };
}

/** The machines that take a build first: the canaries, if there are any. */
function firstCohort({ canaries, machines, admitted }: BuildFacts, { quorum, ...options }: JudgeOptions): number {
  const all = Math.max(machines, options.machines);
  const first = Math.max(quorum, LEAST_FAILED, Math.min(FIRST, Math.ceil(all * FIRST_PART)));
  if (canaries === 0 || admitted !== undefined) return first;
  return Math.max(quorum, LEAST_FAILED, Math.min(first, canaries));
}
