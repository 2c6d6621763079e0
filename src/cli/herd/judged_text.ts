/** What the judge does, and why, for people. @module */
import { showDuration } from "../../service/duration.ts";
import type { Judged } from "../../herd/judge/judge.ts";
import type { Why } from "../../herd/judge/judge_build.ts";

/** A decision in one line. */
export function judgedText({ build: { version, digest }, ruling, admission, verdict }: Judged): string {
  const name = `${version || "?"} (${digest.slice(0, 12)})`;
  if (verdict !== undefined) return `refused  ${name}  ${verdict.reason}`;
  if (admission !== undefined && ruling.kind === "admit") {
    const where = admission.share >= 1 ? "all machines" : `${Math.round(ruling.machines)} machines`;
    return `admitted  ${name}  on ${where}: ${whyText(ruling.why)}`;
  }
  return `waits  ${name}  ${whyText(ruling.why)}`;
}

/** A reason in words. */
export function whyText(why: Why): string {
  switch (why.kind) {
    case "first":
      return "the first cohort";
    case "good":
      return `${why.good} confirmed it, it failed on ${why.bad}${why.isOver ? "; the window is over" : ""}`;
    case "bad":
      return `it failed on ${why.bad} of ${why.good + why.bad}`;
    case "running": {
      const waiting = `waiting for at most ${showDuration(Math.ceil(why.leftMs / 1000) * 1000)}`;
      return why.undecided === 0
        ? `fewer machines than the quorum have decided; ${waiting}`
        : `${machines(why.undecided)} not decided; ${waiting}`;
    }
    case "few":
      return `only ${machines(why.decided)} decided, and the quorum is ${why.quorum}`;
    case "undecided":
      return `${machines(why.undecided)} begun with it and not decided: it may hang`;
    case "everywhere":
      return "all machines may take it";
    case "refused":
      return "it is refused";
  }
}

function machines(count: number): string {
  return count === 1 ? "1 machine has" : `${count} machines have`;
}
