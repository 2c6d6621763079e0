/** The history as a timeline for people; repeated events are one line. @module */
import type { EventKind, SentinelEvent } from "../../core/state/history.ts";
import { wordsBlock } from "./words_block.ts";
import { clockTime, type Paint, type Tone } from "./format.ts";

/** Consecutive events that are alike. */
export interface Folded {
  readonly first: SentinelEvent;
  readonly last: SentinelEvent;
  readonly count: number;
}

const LABELS: Record<EventKind, readonly [label: string, tone: Tone]> = {
  "armed": ["armed", "strong"],
  "attempt": ["attempt", "faint"],
  "confirmed": ["confirmed", "good"],
  "failed": ["failed", "bad"],
  "rolled-back": ["rolled back", "bad"],
  "refused": ["refused", "warn"],
  "degraded": ["degraded", "bad"],
  "stopped": ["stopped on request", "faint"],
  "ended": ["ended", "bad"],
  "unhealthy": ["not healthy", "bad"],
  "healthy": ["healthy again", "good"],
  "environment": ["environment suspected", "warn"],
  "crash-looping": ["crash-looping", "bad"],
  "retired": ["discarded", "faint"],
  "quarantined": ["quarantined", "warn"],
  "cleared": ["quarantine cleared", "strong"],
};

/** Combines consecutive events that are alike, and the consecutive attempts of a build. */
export function fold(events: readonly SentinelEvent[]): Folded[] {
  const folded: Folded[] = [];
  for (const event of events) {
    const before = folded.at(-1);
    if (before !== undefined && continues(before.last, event)) {
      folded[folded.length - 1] = { ...before, last: event, count: before.count + 1 };
    } else {
      folded.push({ first: event, last: event, count: 1 });
    }
  }
  return folded;
}

function continues(before: SentinelEvent, next: SentinelEvent): boolean {
  if (before.event !== next.event || before.version !== next.version || before.other !== next.other) return false;
  if (next.event === "attempt") return (next.attempts ?? 0) >= (before.attempts ?? 0);
  return before.reason === next.reason;
}

/** A line of the timeline. */
export interface TimelineRow {
  readonly when: string;
  readonly what: string;
  readonly tone: Tone;
  readonly which: string;
  readonly why: string;
  /** The last words of a build that failed for good. */
  readonly words: readonly string[];
}

/** The lines of the timeline, oldest first. */
export function timelineRows(events: readonly SentinelEvent[]): TimelineRow[] {
  return fold(events).map(({ first, last, count }) => {
    // A newer boot-sentinel may have written kinds of events that this one does not know.
    const [label, tone] = LABELS[first.event] ?? [first.event, "strong"];
    const until = clockTime(last.time) === clockTime(first.time) ? "" : ` – ${untilTime(first.time, last.time)}`;
    const times = count > 1 ? ` ×${count}` : "";
    return {
      when: clockTime(first.time) + until,
      what: label + times,
      tone,
      which: whichBuild(first),
      why: why(first, last),
      // The words of each single boot are in the JSON.
      words: first.event === "rolled-back" || first.event === "degraded" ? wordsBlock(last.ends) : [],
    };
  });
}

/** An event as one line. */
export function formatEvent(event: SentinelEvent): string {
  return timelineRows([event]).map(({ what, which, why }) => [what, which, why].filter(Boolean).join("  ")).join();
}

/** The timeline as text. */
export function timeline(events: readonly SentinelEvent[], paint: Paint, limit = Infinity): string {
  const rows = timelineRows(events).slice(limit === 0 ? Infinity : -limit);
  const width = (cell: "when" | "what" | "which") => Math.max(0, ...rows.map((row) => [...row[cell]].length));
  const [when, what, which] = [width("when"), width("what"), width("which")];
  return rows.map((row) =>
    [
      paint("faint", pad(row.when, when)),
      paint(row.tone, pad(row.what, what)),
      row.why === "" ? row.which : pad(row.which, which),
      row.why,
    ].join("  ").trimEnd() + "\n" + row.words.map((line) => `    ${paint("faint", line)}\n`).join("")
  ).join("");
}

function whichBuild({ version, other }: SentinelEvent): string {
  return other === undefined ? version ?? "" : `${version} → ${other}`;
}

function why(first: SentinelEvent, last: SentinelEvent): string {
  const { attempts, maxAttempts, reason } = last;
  if (first.event !== "attempt") return reason ?? "";
  const from = first.attempts === attempts ? "" : `${first.attempts}–`;
  return `boot ${from}${attempts}${maxAttempts === undefined ? "" : ` of ${maxAttempts}`}`;
}

function untilTime(first: string, last: string): string {
  const time = clockTime(last);
  return first.slice(0, 10) === last.slice(0, 10) ? time.slice(11) : time;
}

function pad(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - [...text].length));
}
