/** The history as a graph of the builds that were live, without any drawing. Pure. @module */
import type { EventKind, SentinelEvent } from "../../../core/state/history.ts";

/** The status of the live build: confirmed, on probation, or failed. */
export type BuildStatus = "good" | "trial" | "bad";

/** An event in the graph. Each event is one step to the right of the previous one, in the lane of its build. */
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

/** The graph. */
export interface HistoryGraph {
  /** The versions of the builds, in the order of their first event. */
  readonly lanes: readonly string[];
  readonly steps: number;
  readonly marks: readonly Mark[];
  readonly segments: readonly Segment[];
  readonly moves: readonly Move[];
}

/** The status of a build after an event. Other events do not change which build is live. */
const STATUS_AFTER: Partial<Record<EventKind, BuildStatus>> = {
  "armed": "trial",
  "attempt": "trial",
  "stopped": "trial",
  "confirmed": "good",
  "healthy": "good",
  "failed": "bad",
  "unhealthy": "bad",
  "degraded": "bad",
  "crash-looping": "bad",
  "rolled-back": "bad",
};

/** Makes the graph of a history. */
export function historyGraph(events: readonly SentinelEvent[]): HistoryGraph {
  const lanes: string[] = [];
  const marks: Mark[] = [];
  const segments: Segment[] = [];
  const moves: Move[] = [];
  let live: { lane: number; since: number; status: BuildStatus } | undefined;
  let proven: number | undefined;

  const laneOf = (version: string) => lanes.includes(version) ? lanes.indexOf(version) : lanes.push(version) - 1;
  const setLive = (lane: number, status: BuildStatus, step: number, back = false) => {
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
    // A build that could not be installed was never live.
    const isNotLive = event.event === "failed" && live !== undefined && live.lane !== lane;
    if (status !== undefined && !isNotLive) setLive(lane, status, step);
    marks.push({ event, step, lane });
    if (event.event === "rolled-back" && other !== undefined) setLive(laneOf(other), "good", step, true);
    if (event.event === "environment" && other !== undefined) setLive(laneOf(other), "bad", step);
    // The armed build was never put in place, or was replaced by the confirmed one.
    if (event.event === "retired" && proven !== undefined) setLive(proven, "good", step, true);
  });
  const end: { lane: number; since: number; status: BuildStatus } | undefined = live;
  if (end !== undefined) segments.push({ from: end.since, to: events.length, lane: end.lane, status: end.status });
  return { lanes, steps: events.length, marks, segments, moves };
}
