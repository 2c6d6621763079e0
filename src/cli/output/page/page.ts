/** The status as one HTML page, without scripts or network access. @module */
import type { SentinelEvent } from "../../../core/state/history.ts";
import type { KeptBuild } from "../../../core/status.ts";
import { showProblem } from "../../../core/problem.ts";
import { VERSION } from "../../../core/version.ts";
import { declaredBad, gauge, meaningOf, type ShownStatus } from "../status_view.ts";
import type { EndedBoot } from "../../../core/state/ended_boot.ts";
import { lastLines } from "../words_block.ts";
import { timelineRows } from "../timeline.ts";
import { ago, bytes, clockTime } from "../format.ts";
import { historyGraph } from "./history_graph.ts";
import { drawing, legend } from "./drawing.ts";
import { html } from "./html.ts";
import { STYLE } from "./style.ts";

/** How many of the newest events are drawn, and how many of the newest lines are listed. */
const DRAWN = 80;
const LISTED = 60;

/** The page's text. */
export function statusPage(status: ShownStatus, events: readonly SentinelEvent[], now: number): string {
  const name = status.exe.split(/[\\/]/).at(-1) ?? status.exe;
  const when = clockTime(new Date(now).toISOString());
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${html(`${name}: ${status.state}`)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<header>
<h1>${html(name)}</h1>
<span class="badge ${status.state}">${status.state}</span>
<span>${html(meaningOf(status.state))}</span>
<div class="where small">${html(status.exe)}</div>
</header>
${problems(status)}
<div class="cards">
${cards(status, now)}
</div>
${graph(events)}
${quarantine(status, now)}
${list(events)}
<footer>As of ${when} UTC, by boot-sentinel ${html(VERSION)}. All times are UTC.</footer>
</main>
</body>
</html>
`;
}

function section(title: string, content: string, kind = ""): string {
  return `<section${kind === "" ? "" : ` class="${kind}"`}>\n<h2>${title}</h2>\n${content}\n</section>`;
}

function problems({ problems }: ShownStatus): string {
  if (problems.length === 0) return "";
  return section(
    "Problems",
    `<ul>${problems.map((problem) => `<li>${html(showProblem(problem))}</li>`).join("")}</ul>`,
    "problems",
  );
}

function cards(status: ShownStatus, now: number): string {
  const { live, pending, watcher, lastGood, generations, rolledBack } = status;
  const card = (title: string, big: string, ...small: string[]) =>
    section(
      title,
      `<div class="big">${html(big)}</div>` +
        small.filter(Boolean).map((text) => `<div class="small">${text}</div>`).join(""),
    );
  const build = ({ digest, size }: Pick<KeptBuild, "digest" | "size">) =>
    html([bytes(size), ...digest === "" ? [] : [`sha256 ${digest.slice(0, 12)}…`]].join(" · "));
  const kept = ({ takenAt }: KeptBuild) => takenAt === "" ? "" : html(`kept ${ago(takenAt, now)}`);
  const watched = watcher === null
    ? []
    : [`watched by process ${watcher.pid}`, html(`until ${clockTime(watcher.until)}`)];
  // The watcher is shown with the build on probation, or without one (the first build, a restored build) here.
  const liveWatched = pending === null ? watched : [];
  const startable = live.startable ? "" : "it cannot be started";
  const cards = [card("Live", live.version, build(live), startable, ...liveWatched)];
  if (pending !== null) {
    const { version, attempts, maxAttempts, failed } = pending;
    const boots = `boot ${attempts} of ${maxAttempts} <span class="gauge">${gauge(attempts, maxAttempts)}</span>`;
    const bad = failed === undefined ? "" : html(declaredBad(status, failed));
    cards.push(card("On probation", version, boots, bad, ...watcher === null ? ["it is not watched now"] : watched));
  }
  cards.push(
    lastGood === null
      ? card("Last good", "none", "a bad update cannot be rolled back")
      : card("Last good", lastGood.version, build(lastGood), kept(lastGood), lastGood.proven ? "" : "never confirmed"),
  );
  if (generations.length > 0) {
    cards.push(card("Older builds", String(generations.length), ...generations.map(({ version }) => html(version))));
  }
  if (rolledBack !== null) {
    const { from, to, time, reason } = rolledBack;
    cards.push(card("Rolled back", `${from} → ${to}`, html(ago(time, now)), html(reason)));
  }
  return cards.join("\n");
}

function graph(events: readonly SentinelEvent[]): string {
  const drawn = events.slice(-DRAWN);
  if (drawn.length === 0) return section("History", `<div class="small">Nothing has happened yet.</div>`);
  const left = events.length - drawn.length;
  const more = left === 0 ? "" : `<div class="small">The newest ${drawn.length} of ${events.length} events.</div>`;
  return section(
    "History",
    `<div class="scroll" tabindex="0">${
      drawing(historyGraph(drawn))
    }</div>\n<ul class="legend">${legend()}</ul>${more}`,
  );
}

function quarantine({ quarantined }: ShownStatus, now: number): string {
  const rows = quarantined.toReversed().map(({ version, digest, reason, attempts, time, doubtful, ends }) => {
    const facts = [
      digest === undefined ? "any bytes" : `sha256 ${digest.slice(0, 12)}…`,
      ...attempts > 0 ? [`${attempts} boots`] : [],
      ...time === "" ? [] : [ago(time, now)],
      ...doubtful === true ? ["suspect: lifted when a build is healthy"] : [],
    ];
    return `<li><strong>${html(version)}</strong> ${html(reason)}<div class="small">${html(facts.join(" · "))}</div>${
      lastWords(ends)
    }</li>`;
  });
  const empty = `<div class="small">Empty: no build is quarantined.</div>`;
  return section("Quarantine", rows.length === 0 ? empty : `<ul class="quarantined">${rows.join("")}</ul>`);
}

function lastWords(ends: readonly EndedBoot[] | undefined): string {
  const lines = lastLines(ends);
  return lines.length === 0 ? "" : `<pre class="words">${html(lines.join("\n"))}</pre>`;
}

function list(events: readonly SentinelEvent[]): string {
  const rows = timelineRows(events).slice(-LISTED).toReversed().map(({ when, what, tone, which, why }) =>
    `<li><time>${html(when)}</time><span class="what ${tone}">${html(what)}</span>` +
    `<span class="why">${html([which, why].filter(Boolean).join(" · "))}</span></li>`
  );
  return rows.length === 0 ? "" : section("Events", `<ol class="events">${rows.join("")}</ol>`);
}
