/** The table of the simulation in the manual. @module */
import { type Behaviour, type Ended, type fleetOf, simulate } from "./simulate.ts";

/** The machines of the simulated fleet, of which this share is off. */
export const MACHINES = 100_000;
const OFF = 0.01;

/** A row of the table. */
export interface Scenario {
  readonly name: string;
  readonly behaviour: Behaviour;
  readonly sick: number;
  /** A build that must not be refused is run with more seeds. */
  readonly isGood: boolean;
}

/** The builds that are simulated. */
export const SCENARIOS: readonly Scenario[] = [
  { name: "crashes everywhere", behaviour: { fails: 1, how: "crash" }, sick: 0, isGood: false },
  { name: "hangs everywhere", behaviour: { fails: 1, how: "hang" }, sick: 0, isGood: false },
  { name: "fails on 30 % of the machines", behaviour: { fails: 0.3, how: "crash" }, sick: 0, isGood: false },
  { name: "fails on 5 % of the machines", behaviour: { fails: 0.05, how: "crash" }, sick: 0, isGood: false },
  { name: "good, 0.1 % of the machines sick", behaviour: { fails: 0, how: "crash" }, sick: 0.001, isGood: true },
];

/** The windows, in minutes. */
export const WINDOWS = [10, 60] as const;

/** Runs a scenario. */
export function runsOf(
  fleet: ReturnType<typeof fleetOf>,
  { behaviour, sick }: Scenario,
  minutes: number,
  seeds: Iterable<number>,
): Ended[] {
  return Array.from(
    seeds,
    (seed) => simulate(fleet, { machines: MACHINES, behaviour, sick, off: OFF, windowMs: minutes * 60_000, seed }),
  );
}

/** The row of a scenario. */
export function rowOf({ name }: Scenario, minutes: number, ended: readonly Ended[]): string[] {
  const refused = ended.filter(({ kind }) => kind === "refused");
  const everywhere = ended.filter(({ kind }) => kind === "everywhere");
  return [
    name,
    `${minutes} min`,
    String(ended.length),
    spread(refused.map(({ met }) => met), count),
    spread(refused.map(({ at }) => at), duration),
    spread(everywhere.map(({ at }) => at), duration),
    String(refused.length),
  ];
}

/** The columns of the table. */
export const COLUMNS = [
  "build",
  "window",
  "runs",
  "machines that met it",
  "refused after",
  "everywhere after",
  "refused",
];

/** The middle and the largest of some numbers. */
function spread(numbers: readonly number[], show: (number: number) => string): string {
  const sorted = numbers.toSorted((a, b) => a - b);
  const [middle, last] = [sorted[Math.floor(sorted.length / 2)], sorted.at(-1)];
  return middle === undefined || last === undefined ? "–" : `${show(middle)}, at most ${show(last)}`;
}

function count(machines: number): string {
  return machines.toLocaleString("en");
}

function duration(ms: number): string {
  return ms < 120_000 ? `${Math.round(ms / 1000)} s` : `${Math.round(ms / 60_000)} min`;
}
