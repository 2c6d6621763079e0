/** Draws how the share of a build has grown, as SVG: machines on a logarithmic scale over time. @module */
import type { BuildStatus } from "../../../herd/judge/herd_status.ts";
import { clockTime } from "../format.ts";
import { html } from "../page/html.ts";

const WIDTH = 720;
const HEIGHT = 200;
const PAD = { left: 64, right: 90, top: 16, bottom: 30 };

/** The drawing as an SVG element. `now`: milliseconds since the epoch. */
export function shareDrawing({ version, cohorts, verdict, state }: BuildStatus, machines: number, now: number): string {
  const [first] = cohorts;
  const last = cohorts.at(-1);
  if (first === undefined || last === undefined) return "";
  const isRefused = state === "refused" && verdict !== null;
  const end = isRefused ? Math.max(verdict.at, last.at) : state === "everywhere" ? last.at : Math.max(now, last.at);
  // A margin, so that the last step has a length.
  const span = Math.max(1000, (end - first.at) * 1.05);
  const x = (at: number) => Math.round(PAD.left + (at - first.at) / span * (WIDTH - PAD.left - PAD.right));
  const most = Math.log10(Math.max(10, machines));
  const y = (count: number) =>
    Math.round(HEIGHT - PAD.bottom - Math.log10(Math.max(1, count)) / most * (HEIGHT - PAD.top - PAD.bottom));
  const edge = isRefused ? x(end) : WIDTH - PAD.right;
  const steps = cohorts.map(({ at, machines }, i) =>
    `${i === 0 ? "M" : "H"}${x(at)}${i === 0 ? " " : "V"}${y(machines)}`
  );
  const lines = ticks(machines).map((count) =>
    `<path class="guide" d="M${PAD.left} ${y(count)}H${WIDTH - PAD.right}"/>` +
    `<text class="axis" x="${PAD.left - 8}" y="${y(count) + 4}">${count.toLocaleString("en")}</text>`
  );
  const label = isRefused ? "refused" : state === "everywhere" ? "everywhere" : "now";
  const tone = isRefused ? "bad" : state === "everywhere" ? "good" : "trial";
  const mark = `<circle class="${tone}" cx="${edge}" cy="${y(last.machines)}" r="7"/>` +
    `<text class="end" x="${edge + 13}" y="${y(last.machines) + 4}">${label}</text>`;
  const times = [first.at, end].map((at, i) =>
    `<text class="moment" text-anchor="${i === 0 ? "start" : "end"}" x="${
      i === 0 ? PAD.left : Math.max(x(at), PAD.left + 250)
    }" y="${HEIGHT - 8}">${html(clockTime(new Date(at).toISOString()).slice(0, 19))}</text>`
  );
  return `<svg class="herd" role="img" aria-label="${
    html(`Machines that may take ${version}, over time: ${cohorts.map(({ machines }) => machines).join(", ")}`)
  }" width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}">
${lines.join("\n")}
<path class="line ${tone}" d="${steps.join("")}H${edge}"/>
${mark}
${times.join("\n")}
</svg>`;
}

/** Powers of ten, and all machines. */
function ticks(machines: number): number[] {
  const powers = [1, 10, 100, 1000, 10_000, 100_000, 1_000_000].filter((count) => count * 2 < machines);
  return [...powers, machines];
}
