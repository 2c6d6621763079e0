/**
 * Metrics in Prometheus' text format, for a textfile collector.
 *
 * @module
 */
import type { EventKind } from "../../core/state/history.ts";
import type { Fs } from "../../core/ports.ts";
import type { Status } from "../../core/status.ts";
import { replaceFile } from "../../core/state/replace_file.ts";
import { VERSION } from "../../core/version.ts";
import type { EventSink } from "./observed.ts";

/** What the metrics need. */
export interface MetricsOptions {
  readonly path: string;
  readonly fs: Fs;
  /** The status of the program that this process is about, once that is known. */
  readonly status: () => Status | undefined;
  readonly now: () => number;
}

/** What is counted from one writing of the file to the next: the file itself is the memory. */
export interface Totals {
  readonly counts: ReadonlyMap<string, number>;
  /** Seconds since the epoch. */
  readonly lastTimes: ReadonlyMap<string, number>;
}

const STATES = ["steady", "probation", "rolled-back", "degraded"] as const;

/** Writes the metrics after events, and when this process ends. */
export function metricsSink({ path, fs, status, now }: MetricsOptions): EventSink {
  const fresh = new Map<string, { count: number; time: number }>();

  function write(): void {
    const facts = status();
    if (facts === undefined) return;
    const totals = add(readTotals(fs, path), fresh);
    fresh.clear();
    // Readable for the collector, whoever runs it.
    replaceFile(fs, path, metricsText(facts, totals, now() / 1000), 0o644);
  }

  return {
    deliver(events) {
      for (const { event, time } of events) {
        fresh.set(event, { count: (fresh.get(event)?.count ?? 0) + 1, time: Date.parse(time) / 1000 });
      }
      write();
    },
    finish: write,
  };
}

/** Every kind of event: a counter that has not counted yet is 0, not absent. */
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
    unhealthy: true,
    healthy: true,
    environment: true,
    quarantined: true,
    cleared: true,
  } satisfies Record<EventKind, true>,
) as EventKind[];

/** The file's text. */
export function metricsText(status: Status, totals: Totals, now: number): string {
  const exe = `exe="${escaped(status.exe)}"`;
  const { pending, lastGood } = status;
  const kept = Date.parse(lastGood?.takenAt ?? "") / 1000;
  const byEvent = (values: ReadonlyMap<string, number>, kinds: readonly EventKind[] = EVENT_KINDS) =>
    kinds.map((event) => [`${exe},event="${event}"`, values.get(event) ?? 0] as const);
  return [
    family("build_info", "gauge", "This boot-sentinel.", [[`${exe},version="${VERSION}"`, 1]]),
    family("last_run_timestamp_seconds", "gauge", "When boot-sentinel last looked at the program.", [[exe, now]]),
    family(
      "state",
      "gauge",
      "Where the program stands: 1 for the state that it is in.",
      STATES.map((state) => [`${exe},state="${state}"`, status.state === state ? 1 : 0]),
    ),
    family("attempts", "gauge", "Boots of the unconfirmed build so far.", [[exe, pending?.attempts ?? 0]]),
    family("max_attempts", "gauge", "Boots that an unconfirmed build gets; 0 when there is none.", [
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
    family("problems", "gauge", "Problems that boot-sentinel status names.", [[exe, status.problems.length]]),
    family("events_total", "counter", "Events, by kind.", byEvent(totals.counts)),
    family(
      "last_event_timestamp_seconds",
      "gauge",
      "When the last event of a kind happened.",
      byEvent(totals.lastTimes, EVENT_KINDS.filter((kind) => totals.lastTimes.has(kind))),
    ),
  ].join("");
}

/** What an earlier writing counted; nothing when the file is gone, which Prometheus takes as a counter's restart. */
export function readTotals(fs: Fs, path: string): Totals {
  let text = "";
  try {
    text = new TextDecoder().decode(fs.read(path, 1 << 20));
  } catch { /* the first writing */ }
  const values = (name: string) => {
    const line = new RegExp(`^boot_sentinel_${name}\\{.*event="([\\w-]+)"\\} (\\S+)$`, "gm");
    return new Map([...text.matchAll(line)].map(([, event = "", value]) => [event, Number(value) || 0]));
  };
  return { counts: values("events_total"), lastTimes: values("last_event_timestamp_seconds") };
}

function add(totals: Totals, fresh: ReadonlyMap<string, { count: number; time: number }>): Totals {
  const counts = new Map(totals.counts);
  const lastTimes = new Map(totals.lastTimes);
  for (const [event, { count, time }] of fresh) {
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
