/** The judge: what to write next, from all that is known. Pure; used by `herd judge`, `herd status` and the simulation. @module */
import { type Admission, withStage } from "../messages/admission.ts";
import { JUDGE, type Verdict } from "../messages/verdict.ts";
import type { Build } from "./build.ts";
import { sharesFor } from "./cohort.ts";
import type { Fleet } from "./fleet.ts";
import { judgeBuild, type JudgeOptions, type Ruling } from "./judge_build.ts";
import { refusalText } from "./refusal_text.ts";

/** What becomes of a build. */
export interface Judged {
  readonly build: Build;
  readonly ruling: Ruling;
  /** The admission that is to be written. */
  readonly admission?: Admission;
  /** The verdict that is to be written. */
  readonly verdict?: Verdict;
}

/** When the judge judges. */
export interface Times {
  /** The judge's own clock, milliseconds. */
  readonly now: number;
  /** The time, milliseconds since the epoch, which is only written down. */
  readonly at: number;
}

/** Judges all builds that somebody takes or wants to take. */
export function judge(fleet: Fleet, options: JudgeOptions, times: Times): Judged[] {
  return [...fleet.builds.values()].filter(({ isUnderWay }) => isUnderWay)
    .map((build) => judgeOne(fleet, build, options, times));
}

function judgeOne(fleet: Fleet, build: Build, options: JudgeOptions, { now, at }: Times): Judged {
  const { admission, verdict, version } = build;
  const ruling = judgeBuild(
    {
      admitted: admission && { share: admission.share, since: build.admittedAt },
      verdict: verdict && (verdict.kind === "refuse" ? "refused" : "cleared"),
      tally: build.tally(fleet.machines),
      canaries: fleet.canaries,
      machines: fleet.machines.size,
    },
    options,
    now,
  );
  const known = version === "" ? {} : { version };
  switch (ruling.kind) {
    case "wait":
      return { build, ruling };
    case "refuse":
      return {
        build,
        ruling,
        verdict: { schema: 1, kind: "refuse", by: JUDGE, reason: refusalText(build, ruling.why), at, ...known },
      };
    case "admit": {
      const { machines } = ruling;
      const shares = sharesFor(machines, fleet.placesFor(build), options.machines);
      const stage = { at, ...shares, machines: Math.min(machines, fleet.machines.size) };
      return {
        build,
        ruling,
        admission: { schema: 1, ...shares, at, by: JUDGE, ...known, stages: withStage(admission?.stages, stage) },
      };
    }
  }
}
