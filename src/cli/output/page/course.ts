/** The history as a course over the builds that were live: what the drawing draws. Pure. @module */
import type { EventKind, SentinelEvent } from "../../../core/state/history.ts";

/** How the live build stood: proven, on trial, or failed. */
export type Mood = "good" | "trial" | "bad";

/** An event at its place: one step to the right of the one before, in the lane of its build. */
export interface Mark {
  readonly event: SentinelEvent;
  readonly step: number;
  readonly lane: number;
}

/** A build that was live from one step to another. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly lane: number;
  readonly mood: Mood;
}

/** A change of the live build. */
export interface Move {
  readonly step: number;
  readonly from: number;
  readonly to: number;
  readonly back: boolean;
}

/** All of it. */
export interface Course {
  /** The builds, in the order in which they came. */
  readonly lanes: readonly string[];
  readonly steps: number;
  readonly marks: readonly Mark[];
  readonly stretches: readonly Stretch[];
  readonly moves: readonly Move[];
}

/** What an event makes of the build that it names; others happen beside the course. */
const MOODS: Partial<Record<EventKind, Mood>> = {
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
export function courseOf(events: readonly SentinelEvent[]): Course {
  const lanes: string[] = [];
  const marks: Mark[] = [];
  const stretches: Stretch[] = [];
  const moves: Move[] = [];
  let live: { lane: number; since: number; mood: Mood } | undefined;
  let proven: number | undefined;

  const laneOf = (version: string) => lanes.includes(version) ? lanes.indexOf(version) : lanes.push(version) - 1;
  const go = (lane: number, mood: Mood, step: number, back = false) => {
    if (live?.lane === lane && live.mood === mood) return;
    if (live !== undefined) {
      if (step > live.since) stretches.push({ from: live.since, to: step, lane: live.lane, mood: live.mood });
      if (live.lane !== lane) moves.push({ step, from: live.lane, to: lane, back });
    }
    live = { lane, since: step, mood };
    if (mood === "good") proven = lane;
  };

  events.forEach((event, step) => {
    const { version, other } = event;
    const lane = version === undefined ? live?.lane ?? laneOf("?") : laneOf(version);
    const mood = MOODS[event.event];
    // What could not even be installed never was live.
    const beside = event.event === "failed" && live !== undefined && live.lane !== lane;
    if (mood !== undefined && !beside) go(lane, mood, step);
    marks.push({ event, step, lane });
    if (event.event === "rolled-back" && other !== undefined) go(laneOf(other), "good", step, true);
    if (event.event === "environment" && other !== undefined) go(laneOf(other), "bad", step);
    // The swap never happened, or was undone.
    if (event.event === "retired" && proven !== undefined) go(proven, "good", step, true);
  });
  const end: { lane: number; since: number; mood: Mood } | undefined = live;
  if (end !== undefined) stretches.push({ from: end.since, to: events.length, lane: end.lane, mood: end.mood });
  return { lanes, steps: events.length, marks, stretches, moves };
}
