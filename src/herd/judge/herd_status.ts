/** What the herd looks like now, as data. @module */
import { isAdmitted } from "../admitted.ts";
import type { Stage } from "../messages/admission.ts";
import type { Verdict } from "../messages/verdict.ts";
import type { Build, Disbelieved } from "./build.ts";
import { type Failure, failuresOf } from "./failures.ts";
import type { Fleet } from "./fleet.ts";
import { judge, type Judged } from "./judge.ts";
import type { JudgeOptions } from "./judge_build.ts";

/** How many machines said what. `environment`: it failed there, and what was put back fails as well. */
export interface Counts {
  waiting: number;
  probation: number;
  confirmed: number;
  failed: number;
  environment: number;
}

/** The machines that one stage admitted. */
export interface Cohort extends Stage {
  /** The machines that the stages before had not admitted. */
  readonly added: number;
  readonly counts: Counts;
}

/** A build in the herd. */
export interface BuildStatus {
  readonly version: string;
  readonly digest: string;
  /** `known`: no machine waits for it, and none was admitted. */
  readonly state: "refused" | "spreading" | "everywhere" | "known";
  readonly share: number;
  readonly counts: Counts;
  readonly verdict: Verdict | null;
  /** What stands in the store and is not believed with the keys of whoever looks on. */
  readonly disbelieved: readonly Disbelieved[];
  /** What the judge would say now. */
  readonly ruling: Judged["ruling"] | null;
  readonly cohorts: readonly Cohort[];
  readonly failures: readonly Failure[];
}

/** The herd. */
export interface HerdStatus {
  readonly app: string;
  readonly machines: number;
  readonly canaries: number;
  /** The judge that decides; `null`: none does. */
  readonly judge: string | null;
  /** Of a published list, when it was made, milliseconds since the epoch: it tells of no machine and no judge. */
  readonly listedAt?: number | undefined;
  /** The newest first. */
  readonly builds: readonly BuildStatus[];
}

/** The status of a fleet. `at`: milliseconds since the epoch. */
export function herdStatus(fleet: Fleet, holder: string | undefined, options: JudgeOptions, at: number): HerdStatus {
  // When the judge took note of a share is not known here: about when it was written.
  for (const build of fleet.builds.values()) build.admittedAt = build.admission?.at ?? 0;
  const judged = new Map(judge(fleet, options, { now: at, at }).map((one) => [one.build, one.ruling]));
  const builds = [...fleet.builds.values()].sort((a, b) => timeOf(b) - timeOf(a));
  return {
    app: fleet.options.app,
    machines: fleet.machines.size,
    canaries: fleet.canaries,
    judge: holder || null,
    builds: builds.map((build) => buildStatus(fleet, build, judged.get(build))),
  };
}

function timeOf({ admission, verdict }: Build): number {
  return admission?.stages?.[0]?.at ?? admission?.at ?? verdict?.at ?? 0;
}

function buildStatus(fleet: Fleet, build: Build, ruling: Judged["ruling"] | undefined): BuildStatus {
  const { version, digest, admission, verdict, disbelieved } = build;
  const share = admission?.share ?? 0;
  return {
    version: version || digest.slice(0, 12),
    digest,
    state: verdict?.kind === "refuse"
      ? "refused"
      : share >= 1
      ? "everywhere"
      : admission !== undefined || ruling !== undefined
      ? "spreading"
      : "known",
    share,
    counts: countsOf(build, build.reports.keys()),
    verdict: verdict ?? null,
    disbelieved: [disbelieved.verdict, disbelieved.admit].filter((one) => one !== undefined),
    ruling: ruling ?? null,
    cohorts: cohortsOf(fleet, build),
    failures: failuresOf(build.reports.values()),
  };
}

function countsOf({ reports }: Build, machines: Iterable<string>): Counts {
  const counts: Counts = { waiting: 0, probation: 0, confirmed: 0, failed: 0, environment: 0 };
  for (const machine of machines) {
    const known = reports.get(machine);
    if (known !== undefined) counts[known.vote === "none" ? "environment" : known.outcome]++;
  }
  return counts;
}

function cohortsOf(fleet: Fleet, build: Build): Cohort[] {
  const stages = build.admission?.stages ?? [];
  const members = stages.map((): string[] => []);
  for (const { name, isCanary } of fleet.machines.values()) {
    const stage = stages.findIndex((shares) => isAdmitted(build.positionOf(name), isCanary, shares));
    members[stage]?.push(name);
  }
  return stages.map((stage, i) => {
    const names = members[i] ?? [];
    return { ...stage, added: names.length, counts: countsOf(build, names) };
  });
}
