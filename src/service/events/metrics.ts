/**
 * Metrics in Prometheus' text format, for the node exporter's textfile collector.
 *
 * @module
 */
import type { EventKind } from "../../core/state/history.ts";
import type { Fs, Lock } from "../../core/ports.ts";
import type { Status } from "../../core/status.ts";
import { sibling } from "../../core/state/paths.ts";
import { refuseSpecial, replaceFile } from "../../core/state/replace_file.ts";
import { VERSION } from "../../core/version.ts";
import {
  type Family,
  family,
  isOf,
  label,
  labelIn,
  metricsFileText,
  parseMetrics,
  type Program,
  programLabels,
  SIZE_LIMIT,
  without,
} from "./metrics_file.ts";
import type { EventSink } from "./observed.ts";

/** A program in the metrics. */
export interface MeasuredProgram {
  /** The name of a registered service. */
  readonly service?: string | undefined;
  readonly status: Status;
}

/** The metrics file. */
export interface MetricsTarget {
  readonly path: string;
  readonly fs: Fs;
  readonly lock: Lock;
}

/** What the metrics depend on. */
export interface MetricsOptions extends MetricsTarget {
  /** The programs that this process is about; empty while it is not known which these are. */
  readonly programs: () => readonly MeasuredProgram[];
  readonly now: () => number;
}

/** The counters of a program. They are kept in the metrics file itself, and read before it is written again. */
export interface Totals {
  readonly counts: ReadonlyMap<string, number>;
  /** Seconds since the epoch. */
  readonly lastTimes: ReadonlyMap<string, number>;
}

/** How long a boot waits for another service that writes the same file: that takes some milliseconds. */
const LOCK_TIMEOUT_MS = 500;

const LAST_RUN = "last_run_timestamp_seconds";

const STATES = Object.keys(
  {
    steady: true,
    probation: true,
    "rolled-back": true,
    exposed: true,
    "crash-looping": true,
    degraded: true,
    unseen: true,
  } satisfies Record<Status["state"], true>,
);

/** All kinds of events: an event that never happened has the counter 0, so that Prometheus can compute rates. */
const EVENT_KINDS = Object.keys(
  {
    armed: true,
    attempt: true,
    confirmed: true,
    failed: true,
    "rolled-back": true,
    refused: true,
    degraded: true,
    retired: true,
    stopped: true,
    ended: true,
    unhealthy: true,
    healthy: true,
    environment: true,
    "crash-looping": true,
    quarantined: true,
    cleared: true,
  } satisfies Record<EventKind, true>,
) as EventKind[];

/** Writes the metrics file after events, and when this process ends. */
export function metricsSink({ programs, now, ...target }: MetricsOptions): EventSink {
  let unwritten: { exe: string; event: EventKind; time: number }[] = [];
  let waitMs = LOCK_TIMEOUT_MS;

  function write(): void {
    // Before the lock, since it can read whole programs.
    const readAt = now();
    const measured = programs();
    if (measured.length === 0) return;
    const longest = waitMs;
    waitMs = 0; // A boot waits once only.
    update(target, longest, (before) => {
      const isOlder = measured.some((program) => lastRun(before, program) > readAt / 1000);
      return mergedText(before, isOlder ? programs() : measured);
    });
    waitMs = LOCK_TIMEOUT_MS;
    unwritten = [];
  }

  function mergedText(before: readonly Family[], measured: readonly MeasuredProgram[]): string {
    let others = before;
    const own = measured.map((program) => {
      const { exe } = program.status;
      const totals = add(readTotals(before, program), unwritten.filter((event) => event.exe === exe));
      others = without(others, isOf({ exe, service: program.service }));
      return programMetrics(program, totals, now() / 1000);
    });
    return metricsFileText(combined(own), others);
  }

  return {
    deliver(events) {
      unwritten.push(...events.map(({ exe, event, time }) => ({ exe, event, time: Date.parse(time) / 1000 })));
      write();
    },
    finish: write,
  };
}

/**
 * Removes the samples of a program that is no longer guarded: nobody would update them any more. False when there are
 * none.
 */
export function forgetMetrics(target: MetricsTarget, program: Program): boolean {
  if (!readMetrics(target).some(({ samples }) => samples.some(isOf(program)))) return false;
  update(target, LOCK_TIMEOUT_MS, (before) => metricsFileText([], without(before, isOf(program))));
  return true;
}

/** Replaces the file by what `edit` makes of its content, while no other service does. */
function update(target: MetricsTarget, waitMs: number, edit: (before: readonly Family[]) => string): void {
  const { path, fs, lock } = target;
  refuseSpecial(fs, path);
  const taken = lock.acquire(sibling(path, "lock"), waitMs);
  if (taken === "busy") {
    throw new Error(`${path} is kept busy by another process, and was left as it is; the next event updates it`);
  }
  try {
    // 0644, since the collector runs as another user.
    replaceFile(fs, path, edit(readMetrics(target)), 0o644);
  } finally {
    // Where locks do not work, what another service writes at the same moment can be lost.
    if (taken !== "unavailable") taken.release();
  }
}

/** The metrics of one program. */
export function programMetrics({ service, status }: MeasuredProgram, totals: Totals, now: number): Family[] {
  const program = programLabels({ exe: status.exe, service });
  const { pending, lastGood } = status;
  const kept = Date.parse(lastGood?.takenAt ?? "") / 1000;
  const byEvent = (values: ReadonlyMap<string, number>, kinds: readonly EventKind[] = EVENT_KINDS) =>
    kinds.map((event) => [`${program},${label("event", event)}`, values.get(event) ?? 0] as const);
  return [
    family("build_info", "gauge", "The version of boot-sentinel.", [[`${program},${label("version", VERSION)}`, 1]]),
    family(LAST_RUN, "gauge", "When boot-sentinel last ran for the program.", [[program, now]]),
    family(
      "state",
      "gauge",
      "The program's state: 1 for the current one, 0 for the others.",
      STATES.map((state) => [`${program},${label("state", state)}`, status.state === state ? 1 : 0]),
    ),
    family("attempts", "gauge", "Boots of the armed build so far; 0 when none is armed.", [
      [program, pending?.attempts ?? 0],
    ]),
    family("max_attempts", "gauge", "Boots that the armed build gets; 0 when none is armed.", [
      [program, pending?.maxAttempts ?? 0],
    ]),
    family("last_good_size_bytes", "gauge", "Size of the last good program; 0 when there is none.", [
      [program, lastGood?.size ?? 0],
    ]),
    family(
      "last_good_timestamp_seconds",
      "gauge",
      "When the last good program was kept.",
      Number.isNaN(kept) ? [] : [[program, kept]],
    ),
    family("generations", "gauge", "Older proven builds that are kept.", [[program, status.generations.length]]),
    family("quarantined_builds", "gauge", "Builds that must not be installed again.", [
      [program, status.quarantined.length],
    ]),
    family("problems", "gauge", "Problems that boot-sentinel status reports.", [[program, status.problems.length]]),
    family("events_total", "counter", "Events, by kind.", byEvent(totals.counts)),
    family(
      "last_event_timestamp_seconds",
      "gauge",
      "When the last event of a kind happened.",
      byEvent(totals.lastTimes, EVENT_KINDS.filter((kind) => totals.lastTimes.has(kind))),
    ),
  ];
}

/** The families of several programs as one list: the same ones in the same order. */
function combined(programs: readonly (readonly Family[])[]): Family[] {
  const [first = []] = programs;
  return first.map((each, i) => ({ ...each, samples: programs.flatMap((families) => families[i]?.samples ?? []) }));
}

/** What the file holds. Nothing when it is missing: Prometheus handles that as a counter reset. */
function readMetrics({ fs, path }: MetricsTarget): Family[] {
  try {
    return parseMetrics(new TextDecoder().decode(fs.read(path, SIZE_LIMIT)));
  } catch {
    return []; // the file does not exist yet
  }
}

function lastRun(families: readonly Family[], { service, status: { exe } }: MeasuredProgram): number {
  const samples = families.find(({ name }) => name === LAST_RUN)?.samples ?? [];
  return Number(samples.find(isOf({ exe, service }))?.value ?? 0);
}

/** The counters of a program in the file; those from before it was registered are added. */
function readTotals(families: readonly Family[], { service, status: { exe } }: MeasuredProgram): Totals {
  const values = (name: string, merge: (one: number, other: number) => number) => {
    const found = new Map<string, number>();
    const samples = families.find((each) => each.name === name)?.samples ?? [];
    for (const sample of samples.filter(isOf({ exe, service }))) {
      const event = labelIn(sample, "event") ?? "";
      found.set(event, merge(found.get(event) ?? 0, Number(sample.value) || 0));
    }
    return found;
  };
  return {
    counts: values("events_total", (one, other) => one + other),
    lastTimes: values("last_event_timestamp_seconds", Math.max),
  };
}

function add(totals: Totals, events: readonly { readonly event: EventKind; readonly time: number }[]): Totals {
  const counts = new Map(totals.counts);
  const lastTimes = new Map(totals.lastTimes);
  for (const { event, time } of events) {
    counts.set(event, (counts.get(event) ?? 0) + 1);
    lastTimes.set(event, time);
  }
  return { counts, lastTimes };
}
