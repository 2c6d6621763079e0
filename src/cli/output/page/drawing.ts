/**
 * Draws the history graph as SVG: each build is a lane, newer ones higher, and a line shows which build was live.
 *
 * @module
 */
import type { EventKind, SentinelEvent } from "../../../core/state/history.ts";
import { formatEvent } from "../timeline.ts";
import { clockTime } from "../format.ts";
import type { HistoryGraph, Mark } from "./history_graph.ts";
import { html } from "./html.ts";

const STEP = 30;
const LANE = 50;
const PAD = { left: 38, right: 40, top: 34, bottom: 62 };
/** The least distance between two labels in a lane, in pixels, so that they do not overlap. */
const LABEL = 92;

/** The graph as an SVG element. */
export function drawing(graph: HistoryGraph): string {
  const { lanes, steps, marks, segments, moves } = graph;
  const x = (step: number) => PAD.left + step * STEP;
  const y = (lane: number) => PAD.top + (lanes.length - 1 - lane) * LANE;
  const width = PAD.left + steps * STEP + PAD.right;
  const height = PAD.top + (lanes.length - 1) * LANE + PAD.bottom;
  const guides = lanes.map((_, lane) => `<path class="guide" d="M0 ${y(lane)}H${width}"/>`);
  const lines = segments.map(({ from, to, lane, status }) =>
    `<path class="line ${status}" d="M${x(from)} ${y(lane)}H${x(to)}"/>`
  );
  const turns = moves.map(({ step, from, to, back }) => {
    const [start, end] = [y(from), y(to)];
    // A rollback is a curve to the right, to distinguish it from the straight line of a swap.
    return back
      ? `<path class="line back" d="M${x(step)} ${start}C${x(step) + 26} ${start} ${x(step) + 26} ${end} ${
        x(step) + 5
      } ${end}"/>`
      : `<path class="line trial" d="M${x(step)} ${start}V${end}"/>`;
  });
  return `<svg class="graph" role="img" aria-label="${
    html(`History of ${lanes.length} builds and ${steps} events; the list of events below has the same content`)
  }" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">
${[...guides, ...lines, ...turns].join("\n")}
${labels(graph, x, y).join("\n")}
${marks.map((mark) => glyph(mark, x(mark.step), y(mark.lane))).join("\n")}
${times(marks, x, height).join("\n")}
</svg>`;
}

/** The version labels: one wherever the history enters a lane, unless the lane's last label is too close. */
function labels(
  { lanes, marks, moves }: HistoryGraph,
  x: (step: number) => number,
  y: (lane: number) => number,
): string[] {
  // Below the line where the curve of a rollback arrives from above.
  const entries = [
    ...marks.map(({ step, lane }) => ({ step, lane, rise: -15 })),
    ...moves.map(({ step, to, back }) => ({ step: step + 0.4, lane: to, rise: back ? 22 : -15 })),
  ].sort((a, b) => a.step - b.step);
  const last = new Map<number, number>();
  let before: number | undefined;
  return entries.flatMap(({ step, lane, rise }) => {
    const entered = lane !== before;
    before = lane;
    if (!entered || x(step) - (last.get(lane) ?? -Infinity) < LABEL) return [];
    last.set(lane, x(step));
    return [`<text class="build" x="${x(step) - 8}" y="${y(lane) + rise}">${html(short(lanes[lane] ?? ""))}</text>`];
  });
}

/** The times below the marks, where there is room, and the date when it changes. */
function times(marks: readonly Mark[], x: (step: number) => number, height: number): string[] {
  let last = -Infinity;
  let day = "";
  return marks.flatMap(({ event, step }) => {
    if (x(step) - last < 66) return [];
    last = x(step);
    const [date = "", time = ""] = clockTime(event.time).split(" ");
    const shown = date === day ? "" : `<text class="day" x="${x(step)}" y="${height - 6}">${html(date)}</text>`;
    day = date;
    return [`<text class="time" x="${x(step)}" y="${height - 20}">${html(time.slice(0, 5))}</text>${shown}`];
  });
}

const GLYPHS: Partial<Record<EventKind, (event: SentinelEvent) => string>> = {
  "armed": () => `<circle class="armed" r="7"/>`,
  "attempt": ({ attempts = 0 }) => `<circle class="trial" r="9"/><text class="count" y="3.5">${attempts}</text>`,
  "confirmed": () => `<circle class="good" r="9"/><path class="sign" d="M-4 0.5L-1 3.5L4.5 -3"/>`,
  "healthy": () => `<circle class="good" r="9"/><path class="sign" d="M-4 0.5L-1 3.5L4.5 -3"/>`,
  "rolled-back": () => `<circle class="bad" r="9"/><path class="sign" d="M-3.5 -3.5L3.5 3.5M3.5 -3.5L-3.5 3.5"/>`,
  "failed": () => `<circle class="bad" r="6"/>`,
  "unhealthy": () => `<circle class="bad" r="6"/>`,
  "degraded": () => `<circle class="bad" r="6"/>`,
};

function glyph({ event }: Mark, x: number, y: number): string {
  const shape = GLYPHS[event.event]?.(event) ?? `<path class="other" d="M0 -6L6 0L0 6L-6 0Z"/>`;
  return `<g transform="translate(${x} ${y})"><title>${
    html(`${clockTime(event.time)} ${formatEvent(event)}`)
  }</title>${shape}</g>`;
}

/** The legend of the marks. */
export function legend(): string {
  const items: readonly (readonly [kind: EventKind, label: string])[] = [
    ["armed", "armed"],
    ["attempt", "boot on probation"],
    ["confirmed", "confirmed"],
    ["rolled-back", "rolled back"],
    ["failed", "failed"],
    ["refused", "other"],
  ];
  const sample = (kind: EventKind) =>
    GLYPHS[kind]?.({ time: "", event: kind, attempts: 1 }) ??
      `<path class="other" d="M0 -6L6 0L0 6L-6 0Z"/>`;
  return items.map(([kind, label]) =>
    `<li><svg class="graph" width="20" height="20" viewBox="-10 -10 20 20" aria-hidden="true">${
      sample(kind)
    }</svg>${label}</li>`
  ).join("");
}

/** A version for a label: a long one, such as a digest, is cut. */
function short(version: string): string {
  return version.length > 20 ? `${version.slice(0, 19)}…` : version;
}
