/** The part of the page that is about one service. @module */
import type { SentinelEvent } from "../../../core/state/history.ts";
import type { KeptBuild, Status } from "../../../core/status.ts";
import type { Problem } from "../../../core/problem.ts";
import { declaredBad, gauge, meaningOf, placeOf, type ShownStatus, toneOf } from "../status_view.ts";
import { timelineRows } from "../timeline.ts";
import { ago, clockTime } from "../format.ts";
import { historyGraph } from "./history_graph.ts";
import { drawing, legend } from "./drawing.ts";
import { html } from "./html.ts";
import { endsText } from "../../../core/changes/ended.ts";
import type { EndedBoot } from "../../../core/state/ended_boot.ts";
import { endsOfRolledBack, lastLines } from "../words_block.ts";
import { scrollable, table } from "./table.ts";

/** The status and the history; `undefined`: the history cannot be read. */
interface Found {
  readonly status: ShownStatus;
  readonly events: readonly SentinelEvent[] | undefined;
}

/** A service in the page. */
export interface PageService {
  readonly name: string;
  /** What was found, or why its settings cannot be read. */
  readonly found: Found | string;
}

/** How many of the newest events are drawn, and how many of the newest lines are listed. */
const DRAWN = 80;
const LISTED = 60;

/** A state as a word on a coloured ground. */
export function badge(state: Status["state"]): string {
  return `<span class="badge ${toneOf(state)}">${html(state)}</span>`;
}

/** The section of a service. `isOpen`: its list of events is shown. */
export function serviceSection({ name, found }: PageService, id: string, now: number, isOpen: boolean): string {
  const state = typeof found === "string" ? "unseen" : found.status.state;
  const where = typeof found === "string" ? "" : `<p class="small">${html(found.status.exe)}</p>`;
  const meaning = typeof found === "string" ? "its settings cannot be read" : meaningOf(state);
  return `<section class="card" aria-labelledby="${id}">
<div class="title"><h2 id="${id}">${html(name)}</h2>${badge(state)}<span>${html(meaning)}</span>${where}</div>
${typeof found === "string" ? notice("Problems", `<p>${html(found)}</p>`) : facts(name, found, now, isOpen)}
</section>`;
}

function facts(name: string, { status, events }: Found, now: number, isOpen: boolean): string {
  return [
    problems(status.problems),
    failure(status, now),
    `<div><h3>Builds</h3>${builds(status, now)}</div>`,
    `<div><h3>Boots</h3>${graph(name, events)}</div>`,
    quarantine(name, status, now),
    list(events ?? [], isOpen),
  ].filter(Boolean).join("\n");
}

function notice(title: string, content: string): string {
  return `<div class="notice"><h3>${title}</h3>${content}</div>`;
}

function problems(problems: readonly Problem[]): string {
  if (problems.length === 0) return "";
  const items = problems.map(({ text, advice }) =>
    `<li><p>${html(text)}</p><p class="mend">What to do: <code>${html(advice)}</code></p></li>`
  );
  return notice("Problems", `<ul>${items.join("")}</ul>`);
}

/** Why the last build failed, or fails, with its last words. */
function failure(status: ShownStatus, now: number): string {
  const { pending, rolledBack } = status;
  if (pending !== null && pending.ends !== undefined) {
    return notice(`How the boots of ${html(pending.version)} ended`, lastWords(endsText(pending), pending.ends));
  }
  if (rolledBack === null) return "";
  const { from, to, time, reason } = rolledBack;
  const when = `<p>${html(`${from} → ${to}, ${ago(time, now)}`)}</p>`;
  return notice(`Why ${html(from)} was rolled back`, when + lastWords(reason, endsOfRolledBack(status)));
}

/** Of a single line the reason has all. */
function lastWords(reason: string, ends: readonly EndedBoot[] | undefined): string {
  const lines = lastLines(ends);
  const words = lines.length === 0 ? "" : `<p>Its last words:</p><pre>${html(lines.join("\n"))}</pre>`;
  return `<pre>${html(reason)}</pre>${words}`;
}

function builds(status: ShownStatus, now: number): string {
  const { live, pending, watcher, lastGood, generations } = status;
  const item = (title: string, big: string, ...small: string[]) =>
    `<div><dt>${title}</dt><dd class="big">${html(big)}</dd>${
      small.filter(Boolean).map((text) => `<dd class="small">${text}</dd>`).join("")
    }</div>`;
  const build = ({ digest, size, release }: Pick<KeptBuild, "digest" | "size" | "release">) =>
    html([placeOf({ size, release }), ...digest === "" ? [] : [`sha256 ${digest.slice(0, 12)}…`]].join(" · "));
  const kept = ({ takenAt }: KeptBuild) => takenAt === "" ? "" : html(`kept ${ago(takenAt, now)}`);
  const watched = watcher === null
    ? []
    : [`watched by process ${watcher.pid}`, html(`until ${clockTime(watcher.until)}`)];
  // The watcher is shown with the build on probation, or without one (the first build, a restored build) here.
  const liveWatched = pending === null ? watched : [];
  const items = [item("Live", live.version, build(live), live.startable ? "" : "it cannot be started", ...liveWatched)];
  if (pending !== null) {
    const { version, attempts, maxAttempts, failed } = pending;
    const dots = `<span class="gauge" aria-hidden="true">${gauge(attempts, maxAttempts)}</span>`;
    const bad = failed === undefined ? "" : html(declaredBad(status, failed));
    const watching = watcher === null ? ["it is not watched now"] : watched;
    items.push(item("On probation", version, `boot ${attempts} of ${maxAttempts} ${dots}`, bad, ...watching));
  }
  items.push(
    lastGood === null
      ? item("Last good", "none", "a bad update cannot be rolled back")
      : item("Last good", lastGood.version, build(lastGood), kept(lastGood), lastGood.proven ? "" : "never confirmed"),
  );
  if (generations.length > 0) {
    const older = generations.map((one) => [html(one.version), build(one), kept(one)].filter(Boolean).join(" · "));
    items.push(item("Older builds", String(generations.length), ...older));
  }
  return `<dl class="builds">${items.join("\n")}</dl>`;
}

function graph(name: string, events: Found["events"]): string {
  if (events === undefined) return `<p class="small">The history cannot be read.</p>`;
  const drawn = events.slice(-DRAWN);
  if (drawn.length === 0) return `<p class="small">Nothing has happened yet.</p>`;
  const more = events.length === drawn.length
    ? ""
    : `<p class="small">The newest ${drawn.length} of ${events.length} events.</p>`;
  return `${scrollable(`Drawing of the boots of ${name}`, drawing(historyGraph(drawn)), "drawing")}
<ul class="legend">${legend()}</ul>${more}`;
}

function quarantine(name: string, { quarantined }: ShownStatus, now: number): string {
  if (quarantined.length === 0) return "";
  const rows = quarantined.toReversed().map(({ version, digest, reason, attempts, time, doubtful }) => [
    html(version),
    html(reason) + (doubtful === true ? `<p class="small">suspect: lifted when a build is healthy</p>` : ""),
    attempts > 0 ? String(attempts) : "–",
    time === "" ? "–" : html(ago(time, now)),
    digest === undefined ? "any bytes" : `<code>${html(digest.slice(0, 12))}</code>`,
  ]);
  return table({
    caption: "Builds that must not be installed again",
    label: `Quarantine of ${name}`,
    columns: [["Build", "version"], ["Why", "wide"], ["Boots"], ["When"], ["sha256"]],
    rows,
  });
}

function list(events: readonly SentinelEvent[], isOpen: boolean): string {
  const rows = timelineRows(events).slice(-LISTED).toReversed().map(({ when, what, tone, which, why }) =>
    `<li><time>${html(when)}</time><span class="what ${tone}">${html(what)}</span>` +
    `<span>${html([which, why].filter(Boolean).join(" · "))}</span></li>`
  );
  if (rows.length === 0) return "";
  return `<details${isOpen ? " open" : ""}><summary>Events, newest first</summary><ol class="events">${
    rows.join("")
  }</ol></details>`;
}
