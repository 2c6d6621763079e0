/** The history as a graph over the builds that were live: what the drawing draws. Pure. @module */
import type { EventKind, SentinelEvent } from "../../../core/state/history.ts";

/** How the live build stood: proven, on trial, or failed. */
export type BuildStatus = "good" | "trial" | "bad";

/** An event at its place: one step to the right of the one before, in the lane of its build. */
export interface Mark {
  readonly event: SentinelEvent;
  readonly step: number;
  readonly lane: number;
}

/** A build that was live from one step to another. */
export interface Segment {
  readonly from: number;
  readonly to: number;
  readonly lane: number;
  readonly status: BuildStatus;
}

/** A change of the live build. */
export interface Move {
  readonly step: number;
  readonly from: number;
  readonly to: number;
  readonly back: boolean;
}

/** All of it. */
export interface HistoryGraph {
  /** The builds, in the order in which they came. */
  readonly lanes: readonly string[];
  readonly steps: number;
  readonly marks: readonly Mark[];
  readonly segments: readonly Segment[];
  readonly moves: readonly Move[];
}

/** What an event makes of the build that it names; others happen beside the graph. */
const STATUS_AFTER: Partial<Record<EventKind, BuildStatus>> = {
  "armed": "trial",
  "attempt": "trial",
  "stopped": "trial",
  "confirmed": "good",
  "healthy": "good",
  "failed": "bad",
  "unhealthy": "bad",
  "degraded": "bad",
  "rolled-back": "bad",
};

/** Follows the live build through its history. */
export function historyGraph(events: readonly SentinelEvent[]): HistoryGraph {
  const lanes: string[] = [];
  const marks: Mark[] = [];
  const segments: Segment[] = [];
  const moves: Move[] = [];
  let live: { lane: number; since: number; status: BuildStatus } | undefined;
  let proven: number | undefined;

  const laneOf = (version: string) => lanes.includes(version) ? lanes.indexOf(version) : lanes.push(version) - 1;
  const go = (lane: number, status: BuildStatus, step: number, back = false) => {
    if (live?.lane === lane && live.status === status) return;
    if (live !== undefined) {
      if (step > live.since) segments.push({ from: live.since, to: step, lane: live.lane, status: live.status });
      if (live.lane !== lane) moves.push({ step, from: live.lane, to: lane, back });
    }
    live = { lane, since: step, status };
    if (status === "good") proven = lane;
  };

  events.forEach((event, step) => {
    const { version, other } = event;
    const lane = version === undefined ? live?.lane ?? laneOf("?") : laneOf(version);
    const status = STATUS_AFTER[event.event];
    // What could not even be installed never was live.
    const beside = event.event === "failed" && live !== undefined && live.lane !== lane;
    if (status !== undefined && !beside) go(lane, status, step);
    marks.push({ event, step, lane });
    if (event.event === "rolled-back" && other !== undefined) go(laneOf(other), "good", step, true);
    if (event.event === "environment" && other !== undefined) go(laneOf(other), "bad", step);
    // The swap never happened, or was undone.
    if (event.event === "retired" && proven !== undefined) go(proven, "good", step, true);
  });
  const end: { lane: number; since: number; status: BuildStatus } | undefined = live;
  if (end !== undefined) segments.push({ from: end.since, to: events.length, lane: end.lane, status: end.status });
  return { lanes, steps: events.length, marks, segments, moves };
}
