/** The chart for docs/benchmarks.md: an SVG that follows the reader's light or dark page. @module */
import type { Bar, Panel } from "./panels.ts";
import { panelsOf } from "./panels.ts";
import type { Results } from "./results.ts";

const WIDTH = 880;
const MARGIN = 16;
const GAP = 32;
const PANEL = (WIDTH - 2 * MARGIN - GAP) / 2;
/** Of a panel: the names, and the room right of the longest bar for its value. */
const LABELS = 172;
const VALUES = 58;
const HEAD = 50;
const ROW = 22;
const FOOT = 24;
/** The width of a name on a scale. */
const TICK = 42;

const STYLE = `
text { font: 12px system-ui, "Segoe UI", Helvetica, Arial, sans-serif; fill: #1f2328; }
.value { paint-order: stroke; stroke: #ffffff; stroke-width: 4px; stroke-linejoin: round; }
.title { font-size: 14px; font-weight: 600; }
.note, .tick, .foot { fill: #656d76; font-size: 11px; }
.ours { font-weight: 600; }
.line { stroke: #d0d7de; stroke-width: 1; }
.bar { fill: #8c959f; }
.bar.ours { fill: #0969da; }
.bar.pale { opacity: 0.4; }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3; }
  .value { stroke: #0d1117; }
  .note, .tick, .foot { fill: #8d96a0; }
  .line { stroke: #30363d; }
  .bar { fill: #6e7681; }
  .bar.ours { fill: #4493f8; }
}`;

/** Draws the panels, two in a row, and under them where and when it was measured. */
export function chart(results: Results): string {
  const panels = panelsOf(results);
  const parts: string[] = [];
  let y = MARGIN;
  for (let first = 0; first < panels.length; first += 2) {
    const row = panels.slice(first, first + 2);
    row.forEach((panel, i) => parts.push(group(MARGIN + i * (PANEL + GAP), y, drawn(panel))));
    y += Math.max(...row.map(heightOf)) + 12;
  }
  const { machine, date, version } = results;
  const where = `boot-sentinel ${version}, medians of one run on ${date.slice(0, 10)}: ${machine.cpu}, ` +
    `${machine.cores} cores, ${machine.system}, ${machine.fileSystem}${busy(machine)}`;
  parts.push(text(MARGIN, y + 12, where, "foot"));
  const height = y + 28;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" ` +
    `role="img" aria-label="Benchmarks of boot-sentinel">\n<style>${STYLE}\n</style>\n${parts.join("\n")}\n</svg>\n`;
}

/** A word of warning when the machine had other work. */
function busy({ loadBefore, loadAfter, cores }: Results["machine"]): string {
  if (loadBefore <= cores / 2 && loadAfter <= cores) return "";
  return `; busy: load ${loadBefore.toFixed(1)} to ${loadAfter.toFixed(1)}`;
}

function heightOf({ bars, log }: Panel): number {
  return HEAD + bars.length * ROW + (log ? FOOT : 8);
}

function drawn(panel: Panel): string {
  const scale = panel.log ? logScale(panel.bars) : linearScale(panel.bars);
  const bottom = HEAD + panel.bars.length * ROW;
  const grid = scale.ticks.flatMap(({ at, label }) => [
    line(LABELS + at, HEAD - 6, LABELS + at, bottom),
    text(LABELS + at, bottom + 14, label, "tick", "middle"),
  ]);
  const rows = panel.bars.flatMap((bar, i) => {
    const middle = HEAD + i * ROW + ROW / 2 - 4;
    const end = scale.of(bar.value);
    const kind = bar.ours ? "bar ours" : "bar";
    const mark = panel.log
      ? `<line class="line" x1="${LABELS}" y1="${middle}" x2="${round(LABELS + end)}" y2="${middle}"/>` +
        `<circle class="${kind}" cx="${round(LABELS + end)}" cy="${middle}" r="5"/>`
      : rect(bar.part === undefined ? kind : `${kind} pale`, middle, end) +
        (bar.part === undefined ? "" : rect(kind, middle, scale.of(bar.part)));
    return [
      text(LABELS - 10, middle + 4, bar.label, bar.ours ? "ours" : "", "end"),
      mark,
      text(LABELS + end + (panel.log ? 10 : 6), middle + 4, bar.text, bar.ours ? "value ours" : "value"),
    ];
  });
  const axis = panel.log ? [] : [line(LABELS, HEAD - 6, LABELS, bottom)];
  return [text(0, 14, panel.title, "title"), text(0, 31, panel.note, "note"), ...grid, ...axis, ...rows].join("\n");
}

interface Scale {
  of(value: number): number;
  readonly ticks: readonly { readonly at: number; readonly label: string }[];
}

const LENGTH = PANEL - LABELS - VALUES;

function linearScale(bars: readonly Bar[]): Scale {
  const most = Math.max(...bars.map(({ value }) => value)) || 1;
  return { of: (value) => value / most * LENGTH, ticks: [] };
}

/** Over whole decades. */
function logScale(bars: readonly Bar[]): Scale {
  const exponents = bars.map(({ value }) => Math.log10(Math.max(value, 0.01)));
  const [from, to] = [Math.floor(Math.min(...exponents)), Math.ceil(Math.max(...exponents))];
  const of = (value: number) => (Math.log10(Math.max(value, 0.01)) - from) / Math.max(1, to - from) * LENGTH;
  const decades = Array.from({ length: to - from + 1 }, (_, i) => 10 ** (from + i));
  // Names that would run into each other: every second line has one.
  const step = LENGTH / Math.max(1, to - from) < TICK ? 2 : 1;
  const label = (decade: number, i: number) =>
    (decades.length - 1 - i) % step !== 0 ? "" : decade < 1000 ? `${decade} ms` : `${decade / 1000} s`;
  return { of, ticks: decades.map((decade, i) => ({ at: of(decade), label: label(decade, i) })) };
}

function group(x: number, y: number, content: string): string {
  return `<g transform="translate(${x} ${y})">\n${content}\n</g>`;
}

function rect(kind: string, middle: number, length: number): string {
  return `<rect class="${kind}" x="${LABELS}" y="${middle - 6}" width="${round(length)}" height="12" rx="2"/>`;
}

function line(x1: number, y1: number, x2: number, y2: number): string {
  return `<line class="line" x1="${round(x1)}" y1="${y1}" x2="${round(x2)}" y2="${y2}"/>`;
}

function text(x: number, y: number, content: string, kind = "", anchor = "start"): string {
  const escaped = content.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  return `<text class="${kind}" x="${round(x)}" y="${y}" text-anchor="${anchor}">${escaped}</text>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
