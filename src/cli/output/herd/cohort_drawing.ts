/** Draws the cohorts of a build as SVG: a block of squares for each, one square a machine or several. @module */
import type { Cohort, Counts } from "../../../herd/judge/herd_status.ts";
import { clockTime } from "../format.ts";
import { html } from "../page/html.ts";

const SQUARE = 9;
const GAP = 2;
const COLUMNS = 10;
const BLOCK = COLUMNS * (SQUARE + GAP);
const BETWEEN = 22;
const TOP = 26;
/** More machines share their squares. */
const MOST = 100;

/** What a square can say, in the order of drawing. */
const KINDS = ["confirmed", "failed", "environment", "probation", "waiting", "silent"] as const;
type Kind = typeof KINDS[number];

const LABELS: Record<Kind, string> = {
  confirmed: "confirmed",
  failed: "failed",
  environment: "failed as everything there",
  probation: "on probation",
  waiting: "waiting",
  silent: "not heard of",
};

/** The cohorts as an SVG element. */
export function cohortDrawing(version: string, cohorts: readonly Cohort[]): string {
  const rows = Math.max(1, ...cohorts.map(({ added }) => Math.ceil(Math.min(added, MOST) / COLUMNS)));
  const height = TOP + rows * (SQUARE + GAP) + 24;
  const width = Math.max(BLOCK, cohorts.length * (BLOCK + BETWEEN) - BETWEEN);
  const blocks = cohorts.map((cohort, i) =>
    `<g transform="translate(${i * (BLOCK + BETWEEN)} 0)">${block(cohort, rows)}</g>`
  );
  return `<svg class="herd" role="img" aria-label="${
    html(`The ${cohorts.length} cohorts of ${version}; the table has the same numbers`)
  }" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">\n${blocks.join("\n")}\n</svg>`;
}

function block({ at, added, counts }: Cohort, rows: number): string {
  const squares = kindsOf(added, counts).map((kind, i) => {
    const x = (i % COLUMNS) * (SQUARE + GAP);
    // From below, so that the blocks stand on one line.
    const y = TOP + (rows - 1 - Math.floor(i / COLUMNS)) * (SQUARE + GAP);
    return `<rect class="${kind}" x="${x}" y="${y}" width="${SQUARE}" height="${SQUARE}" rx="2"/>`;
  });
  const time = clockTime(new Date(at).toISOString()).slice(11, 19);
  const said = KINDS.map((kind) => [countOf(kind, added, counts), LABELS[kind]] as const).filter(([count]) =>
    count > 0
  );
  const title = said.map(([count, label]) => `${count} ${label}`).join(", ");
  return `<title>${html(title)}</title><text class="time" x="0" y="12">${html(time)}</text>${squares.join("")}` +
    `<text class="size" x="0" y="${TOP + rows * (SQUARE + GAP) + 14}">${
      added === 0 ? "none" : `+${added.toLocaleString("en")}`
    }</text>`;
}

/** The squares. With more machines than squares, each kind that there is has one at least. */
function kindsOf(added: number, counts: Counts): Kind[] {
  const squares = Math.min(added, MOST);
  const parts = KINDS.map((kind) => ({ kind, count: countOf(kind, added, counts) })).filter(({ count }) => count > 0);
  const sizes = parts.map(({ kind, count }) => ({ kind, size: Math.max(1, Math.floor(count / added * squares)) }));
  const largest = sizes.toSorted((a, b) => b.size - a.size)[0];
  if (largest !== undefined) largest.size += squares - sizes.reduce((sum, { size }) => sum + size, 0);
  return sizes.flatMap(({ kind, size }) => Array<Kind>(Math.max(0, size)).fill(kind));
}

function countOf(kind: Kind, added: number, counts: Counts): number {
  if (kind !== "silent") return counts[kind];
  return added - Object.values<number>({ ...counts }).reduce((sum, count) => sum + count, 0);
}

/** The legend of the squares. */
export function cohortLegend(): string {
  const items = KINDS.map((kind) =>
    `<li><svg class="herd" width="12" height="12" viewBox="0 0 12 12" aria-hidden="true"><rect class="${kind}" x="1" y="1" width="10" height="10" rx="2"/></svg>${
      LABELS[kind]
    }</li>`
  );
  return `<ul class="legend">${items.join("")}</ul>`;
}
