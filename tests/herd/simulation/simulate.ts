/**
 * A fleet in simulated time, with the judge of the program: machines learn of a new build, ask, install it when they are
 * admitted, and report. Determined by the seed.
 *
 * @module
 */
import { isAdmitted } from "../../../src/herd/admitted.ts";
import { Fleet } from "../../../src/herd/judge/fleet.ts";
import { judge } from "../../../src/herd/judge/judge.ts";
import type { Outcome, Report } from "../../../src/herd/messages/report.ts";
import { randomOf } from "./random.ts";

/** What a build does on a machine that is not sick. */
export interface Behaviour {
  /** The share of the machines on which it fails. */
  readonly fails: number;
  /** How: it ends at once, or it never gets healthy. */
  readonly how: "crash" | "hang";
}

/** A run. */
export interface Run {
  readonly machines: number;
  readonly behaviour: Behaviour;
  /** The share of the machines on which every build fails. */
  readonly sick: number;
  /** The share of the machines that are off. */
  readonly off: number;
  readonly windowMs: number;
  readonly seed: number;
}

/** How a run ended. */
export interface Ended {
  readonly kind: "refused" | "everywhere" | "stuck";
  /** When, in milliseconds from the release. */
  readonly at: number;
  /** The machines that installed the build. */
  readonly met: number;
  readonly stages: number;
}

const SECOND = 1000;
/** Each machine syncs so often, at a time of its own. */
const SYNC_MS = 60 * SECOND;
/** The judge's passes. */
const PASS_MS = SECOND;
const DEADLINE_MS = 24 * 3600 * SECOND;

/** A fleet that all runs of a number of machines share: only the build differs. */
export function fleetOf(machines: number): { readonly fleet: Fleet; readonly names: readonly string[] } {
  const index = new Map<string, number>();
  const names = Array.from({ length: machines }, (_, i) => `m${i}`);
  names.forEach((name, i) => index.set(name, i));
  const fleet = new Fleet({
    app: "web",
    keys: [],
    clock: () => 0,
    // As good as the program's hash, which takes longer than the rest of a run.
    position: (digest, name) =>
      randomOf(Math.imul(parseInt(digest.slice(0, 8), 16), 2654435761) ^ (index.get(name) ?? 0))(),
  });
  for (const name of names) fleet.report("0".repeat(64), name, reported("confirmed"));
  return { fleet, names };
}

function reported(outcome: Outcome, environment?: boolean): Report {
  return { schema: 1, version: "2", outcome, attempts: 0, reason: "", at: 0, arming: "", environment };
}

/** Runs one release to its end. */
export function simulate({ fleet, names }: ReturnType<typeof fleetOf>, run: Run): Ended {
  const digest = (run.seed + 1).toString(16).padStart(8, "0") + "f".repeat(56);
  const random = randomOf(run.seed);
  const queue = new Map<number, (() => void)[]>();
  const later = (at: number, event: () => void) => {
    const pass = Math.ceil(at / PASS_MS) * PASS_MS;
    const due = queue.get(pass);
    if (due === undefined) queue.set(pass, [event]);
    else due.push(event);
  };
  const options = { quorum: 2, threshold: 0.05, windowMs: run.windowMs, machines: 0 };
  const phase = new Float64Array(names.length);
  const installed = new Uint8Array(names.length);
  const isOff = new Uint8Array(names.length);
  let met = 0;
  let confirmed = 0;
  const on = names.reduce((count, name, i) => {
    phase[i] = random() * SYNC_MS;
    if (random() < run.off) {
      isOff[i] = 1;
      return count;
    }
    later(phase[i] ?? 0, () => {
      if (installed[i] === 0) fleet.report(digest, name, reported("waiting"));
    });
    return count + 1;
  }, 0);
  let failedForGood = 0;
  const install = (i: number, now: number) => {
    const name = names[i] ?? "";
    installed[i] = 1;
    met++;
    if (random() < run.sick) {
      later(now + (15 + random() * 15) * SECOND, () => fleet.report(digest, name, reported("failed")));
      later(now + (40 + random() * 40) * SECOND, () => fleet.report(digest, name, reported("failed", true)));
      failedForGood++;
    } else if (random() < run.behaviour.fails) {
      // Three boots, then what is put back has to become healthy.
      const failing = run.behaviour.how === "crash" ? 5 + random() * 15 : 240 + random() * 10;
      later(now + failing * SECOND, () => fleet.report(digest, name, reported("failed")));
      later(now + (failing + 12 + random() * 10) * SECOND, () => fleet.report(digest, name, reported("failed", false)));
      failedForGood++;
    } else {
      later(now + (12 + random() * 30) * SECOND, () => {
        fleet.report(digest, name, reported("confirmed"));
        confirmed++;
      });
    }
  };
  const places = new Float64Array(names.length);
  let stages = 0;
  let seen = { share: 0 };
  try {
    for (let now = 0; now < DEADLINE_MS; now += PASS_MS) {
      for (const event of queue.get(now) ?? []) event();
      queue.delete(now);
      const [judged] = judge(fleet, options, { now, at: now }).filter(({ build }) => build.digest === digest);
      if (judged?.verdict !== undefined) return { kind: "refused", at: now, met, stages };
      if (judged?.admission !== undefined) {
        stages++;
        fleet.take({ key: `admit.${digest}`, value: JSON.stringify(judged.admission), revision: stages }, now);
        const before = seen;
        seen = judged.admission;
        const { build } = judged;
        if (stages === 1) names.forEach((name, i) => places[i] = build.positionOf(name));
        names.forEach((_, i) => {
          if (isOff[i] === 1 || installed[i] === 1) return;
          const position = places[i] ?? 1;
          if (isAdmitted(position, false, before) || !isAdmitted(position, false, seen)) return;
          const sync = now + (((phase[i] ?? 0) - now) % SYNC_MS + SYNC_MS) % SYNC_MS;
          later(sync, () => install(i, sync));
        });
      }
      if (confirmed + failedForGood >= on && confirmed > 0) return { kind: "everywhere", at: now, met, stages };
    }
    return { kind: "stuck", at: DEADLINE_MS, met, stages };
  } finally {
    fleet.builds.delete(digest);
  }
}
