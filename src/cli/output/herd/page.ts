/** The status of a herd as one HTML page. @module */
import type { BuildStatus, HerdStatus } from "../../../herd/judge/herd_status.ts";
import { ago } from "../format.ts";
import { html } from "../page/html.ts";
import { pageShell } from "../page/shell.ts";
import { scrollable, table } from "../page/table.ts";
import { cohortDrawing, cohortLegend } from "./cohort_drawing.ts";
import { herdLine, sayingOf, shareOf } from "./herd_view.ts";
import { shareDrawing } from "./share_drawing.ts";

/** The builds that are shown with drawings; all are in the table. */
const SHOWN = 8;

/** The tone of a state. */
const TONES: Record<BuildStatus["state"], "good" | "warn" | "bad" | "plain"> = {
  everywhere: "good",
  spreading: "warn",
  refused: "bad",
  known: "plain",
};

/** The page's text. `now`: milliseconds since the epoch. */
export function herdPage(status: HerdStatus, now: number): string {
  const { app, builds } = status;
  const shown = builds.filter(({ state }) => state !== "known").slice(0, SHOWN);
  const refused = builds.filter(({ state }) => state === "refused").length;
  return pageShell({
    title: `Herd ${app}: ${builds.length} builds, ${refused} refused`,
    heading: `Herd ${app}`,
    summary: herdLine(status).replace(/^herd \S+: /, ""),
    main: [overview(builds, shown, now), ...shown.map((build, i) => section(build, `build-${i}`, status.machines, now))]
      .join(
        "\n",
      ),
    now,
    style: STYLE,
  });
}

function badge(state: BuildStatus["state"]): string {
  return `<span class="badge ${TONES[state]}">${state}</span>`;
}

function overview(builds: readonly BuildStatus[], shown: readonly BuildStatus[], now: number): string {
  if (builds.length === 0) return `<section class="card"><p>No machine has reported a build yet.</p></section>`;
  const rows = builds.map((build) => {
    const { version, digest, state, counts: { waiting, probation, confirmed, failed, environment }, cohorts } = build;
    const since = cohorts[0]?.at;
    const place = shown.indexOf(build);
    return [
      place < 0 ? html(version) : `<a href="#build-${place}">${html(version)}</a>`,
      badge(state),
      shareOf(build),
      ...[waiting, probation, confirmed, failed, environment].map((count) => count.toLocaleString("en")),
      since === undefined ? "–" : html(ago(new Date(since).toISOString(), now)),
      `<code>${html(digest.slice(0, 12))}</code>`,
    ];
  });
  return `<section class="card" aria-labelledby="all">
<h2 id="all">Builds</h2>
${
    table({
      caption: "The newest first, with the number of machines that wait for it, try it, and so on",
      label: "Table of all builds",
      columns: [
        ["Build", "version"],
        ["State"],
        ["Share"],
        ["Waiting"],
        ["Probation"],
        ["Confirmed"],
        ["Failed"],
        ["Environment"],
        ["Began"],
        ["sha256"],
      ],
      rows,
    })
  }
</section>`;
}

function section(build: BuildStatus, id: string, machines: number, now: number): string {
  const { version, digest, state, share, cohorts } = build;
  const drawings = cohorts.length === 0
    ? ""
    : `<div><h3>Cohorts</h3>${
      scrollable(`Drawing of the cohorts of ${version} ${digest.slice(0, 6)}`, cohortDrawing(version, cohorts))
    }${cohortLegend()}</div>
<div><h3>Machines that may take it</h3>${
      scrollable(`Drawing of the share of ${version} ${digest.slice(0, 6)}`, shareDrawing(build, machines, now))
    }</div>`;
  return `<section class="card" aria-labelledby="${id}">
<div class="title"><h2 id="${id}">${html(version)}</h2>${badge(state)}<span>${shareOf(build)}${
    share === 0 ? "" : " of the machines"
  } may take it</span>
<p class="small">sha256 ${html(digest)}</p></div>
${saying(build)}
${drawings}
${failures(build)}
</section>`;
}

function saying(build: BuildStatus): string {
  const text = sayingOf(build);
  if (text === "") return "";
  const title = build.state === "refused" ? "Why it is refused" : "What the judge says";
  const tone = build.state === "refused" ? "" : " calm";
  return `<div class="notice${tone}"><h3>${title}</h3><p>${html(text)}</p></div>`;
}

function failures({ version, digest, failures }: BuildStatus): string {
  if (failures.length === 0) return "";
  const most = Math.max(...failures.map(({ machines }) => machines));
  const rows = failures.slice(0, 12).map(({ reason, machines, lastWords, hosts }) => [
    `${machines.toLocaleString("en")}<span class="bar" style="width: ${
      Math.max(4, Math.round(machines / most * 90))
    }px"></span>`,
    html(reason || "no reason") + (lastWords === undefined ? "" : `<pre>${html(lastWords)}</pre>`),
    html(hosts.join(", ") + (hosts.length < machines ? ", …" : "")),
  ]);
  return table({
    caption: "Why it failed, the most frequent reason first, with the last words of one machine",
    label: `Failures of ${version} ${digest.slice(0, 6)}`,
    columns: [["Machines"], ["Reason", "wide"], ["Some of them", "wide"]],
    rows,
  });
}

const STYLE = `
.badge.plain { background: var(--code); color: var(--faint); }
.notice.calm { border-left-color: var(--calm); background: var(--code); }
.notice.calm h3 { color: var(--calm); }
.bar { display: block; height: 6px; margin-top: 5px; border-radius: 3px; background: var(--bad); }
.herd { display: block; }
.herd .confirmed { fill: var(--good); }
.herd .failed { fill: var(--bad); }
.herd .environment { fill: none; stroke: var(--bad); stroke-width: 1.5; }
.herd .probation { fill: var(--warn); }
.herd .waiting { fill: var(--calm); }
.herd .silent { fill: none; stroke: var(--faint); stroke-width: 1; }
.herd text { font-size: 12px; fill: var(--faint); font-variant-numeric: tabular-nums; }
.herd .size, .herd .end { fill: var(--ink); font-weight: 600; }
.herd .axis { text-anchor: end; }
.herd .guide { stroke: var(--edge); stroke-dasharray: 2 5; fill: none; }
.herd .line { stroke-width: 3; fill: none; stroke-linejoin: round; stroke-linecap: round; }
.herd .line.good { stroke: var(--good); }
.herd .line.trial { stroke: var(--warn); }
.herd .line.bad { stroke: var(--bad); }
.herd circle { stroke: var(--card); stroke-width: 2; }
.herd circle.good { fill: var(--good); }
.herd circle.trial { fill: var(--warn); }
.herd circle.bad { fill: var(--bad); }
`;
