/**
 * Metrics in Prometheus' text format, for the node exporter's textfile collector.
 *
 * @module
 */
import type { EventKind } from "../../core/state/history.ts";
import type { Fs } from "../../core/ports.ts";
import type { Status } from "../../core/status.ts";
import { replaceFile } from "../../core/state/replace_file.ts";
import { VERSION } from "../../core/version.ts";
import type { EventSink } from "./observed.ts";

/** What the metrics depend on. */
export interface MetricsOptions {
  readonly path: string;
  readonly fs: Fs;
  /** The status of the guarded program; `undefined` while it is not known which program that is. */
  readonly status: () => Status | undefined;
  readonly now: () => number;
}

/** The counters. They are kept in the metrics file itself, and read before it is written again. */
export interface Totals {
  readonly counts: ReadonlyMap<string, number>;
  /** Seconds since the epoch. */
  readonly lastTimes: ReadonlyMap<string, number>;
}

const STATES = [
  "steady",
  "probation",
  "rolled-back",
  "exposed",
  "crash-looping",
  "degraded",
  "unseen",
] as const satisfies readonly Status["state"][];

/** Writes the metrics file after events, and when this process ends. */
export function metricsSink({ path, fs, status, now }: MetricsOptions): EventSink {
  const unwritten = new Map<string, { count: number; time: number }>();

  function write(): void {
    const facts = status();
    if (facts === undefined) return;
    const totals = add(readTotals(fs, path), unwritten);
    unwritten.clear();
    // 0644, since the collector runs as another user.
    replaceFile(fs, path, metricsText(facts, totals, now() / 1000), 0o644);
  }

  return {
    deliver(events) {
      for (const { event, time } of events) {
        unwritten.set(event, { count: (unwritten.get(event)?.count ?? 0) + 1, time: Date.parse(time) / 1000 });
      }
      write();
    },
    finish: write,
  };
}

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

/** The content of the metrics file. */
export function metricsText(status: Status, totals: Totals, now: number): string {
  const exe = `exe="${escaped(status.exe)}"`;
  const { pending, lastGood } = status;
  const kept = Date.parse(lastGood?.takenAt ?? "") / 1000;
  const byEvent = (values: ReadonlyMap<string, number>, kinds: readonly EventKind[] = EVENT_KINDS) =>
    kinds.map((event) => [`${exe},event="${event}"`, values.get(event) ?? 0] as const);
  return [
    family("build_info", "gauge", "The version of boot-sentinel.", [[`${exe},version="${VERSION}"`, 1]]),
    family("last_run_timestamp_seconds", "gauge", "When boot-sentinel last ran for the program.", [[exe, now]]),
    family(
      "state",
      "gauge",
      "The program's state: 1 for the current one, 0 for the others.",
      STATES.map((state) => [`${exe},state="${state}"`, status.state === state ? 1 : 0]),
    ),
    family("attempts", "gauge", "Boots of the armed build so far; 0 when none is armed.", [
      [exe, pending?.attempts ?? 0],
    ]),
    family("max_attempts", "gauge", "Boots that the armed build gets; 0 when none is armed.", [
      [exe, pending?.maxAttempts ?? 0],
    ]),
    family("last_good_size_bytes", "gauge", "Size of the last good program; 0 when there is none.", [
      [exe, lastGood?.size ?? 0],
    ]),
    family(
      "last_good_timestamp_seconds",
      "gauge",
      "When the last good program was kept.",
      Number.isNaN(kept) ? [] : [[exe, kept]],
    ),
    family("generations", "gauge", "Older proven builds that are kept.", [[exe, status.generations.length]]),
    family("quarantined_builds", "gauge", "Builds that must not be installed again.", [
      [exe, status.quarantined.length],
    ]),
    family("problems", "gauge", "Problems that boot-sentinel status reports.", [[exe, status.problems.length]]),
    family("events_total", "counter", "Events, by kind.", byEvent(totals.counts)),
    family(
      "last_event_timestamp_seconds",
      "gauge",
      "When the last event of a kind happened.",
      byEvent(totals.lastTimes, EVENT_KINDS.filter((kind) => totals.lastTimes.has(kind))),
    ),
  ].join("");
}

/** The counters in the metrics file. Empty when it is missing: Prometheus handles that as a counter reset. */
export function readTotals(fs: Fs, path: string): Totals {
  let text = "";
  try {
    text = new TextDecoder().decode(fs.read(path, 1 << 20));
  } catch { /* the file does not exist yet */ }
  const values = (name: string) => {
    const line = new RegExp(`^boot_sentinel_${name}\\{.*event="([\\w-]+)"\\} (\\S+)$`, "gm");
    return new Map([...text.matchAll(line)].map(([, event = "", value]) => [event, Number(value) || 0]));
  };
  return { counts: values("events_total"), lastTimes: values("last_event_timestamp_seconds") };
}

function add(totals: Totals, unwritten: ReadonlyMap<string, { count: number; time: number }>): Totals {
  const counts = new Map(totals.counts);
  const lastTimes = new Map(totals.lastTimes);
  for (const [event, { count, time }] of unwritten) {
    counts.set(event, (counts.get(event) ?? 0) + count);
    lastTimes.set(event, time);
  }
  return { counts, lastTimes };
}

function family(
  name: string,
  type: "gauge" | "counter",
  help: string,
  samples: readonly (readonly [labels: string, value: number])[],
): string {
  if (samples.length === 0) return "";
  const lines = samples.map(([labels, value]) => `boot_sentinel_${name}{${labels}} ${value}\n`);
  return `# HELP boot_sentinel_${name} ${help}\n# TYPE boot_sentinel_${name} ${type}\n${lines.join("")}`;
}

function escaped(label: string): string {
  return label.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
