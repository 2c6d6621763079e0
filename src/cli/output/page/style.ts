/** The style sheet of the status page: light and dark, phone and desktop. @module */
import { SCHEMES, variables } from "./colours.ts";

/** The style sheet. */
export const STYLE = `
:root { color-scheme: light dark; ${variables(SCHEMES.light)} }
@media (prefers-color-scheme: dark) { :root { ${variables(SCHEMES.dark)} } }
* { box-sizing: border-box; }
body {
  max-width: 1072px; margin: 0 auto; padding: 24px 16px 40px; background: var(--page); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif;
  overflow-wrap: anywhere; -webkit-text-size-adjust: 100%; text-size-adjust: 100%;
}
main { display: grid; gap: 20px; margin: 16px 0; }
h1, h2, h3, p, dl, dd, pre, ul, ol { margin: 0; padding: 0; }
h1 { font-size: 24px; line-height: 1.25; }
h2 { font-size: 20px; line-height: 1.3; }
h3, summary, caption { font-size: 14px; font-weight: 600; color: var(--faint); text-align: left; }
h3, caption { margin: 0 0 8px; }
summary { cursor: pointer; }
ul, ol { list-style: none; }
a { color: var(--calm); }
:focus-visible { outline: 2px solid var(--calm); outline-offset: 2px; border-radius: 4px; }
.small, footer { color: var(--faint); font-size: 13px; }
.card {
  display: grid; grid-template-columns: minmax(0, 1fr); gap: 20px; background: var(--card);
  border: 1px solid var(--edge); border-radius: 12px; padding: 18px;
}
.title { display: flex; flex-wrap: wrap; align-items: center; gap: 4px 12px; }
.title .small { flex-basis: 100%; }
.badge { padding: 2px 12px; border-radius: 99px; font-weight: 600; white-space: nowrap; }
.badge.good { background: var(--good-soft); color: var(--good); }
.badge.warn { background: var(--warn-soft); color: var(--warn); }
.badge.bad { background: var(--bad-soft); color: var(--bad); }
.notice { padding: 14px 16px; border-radius: 8px; border-left: 4px solid var(--bad); background: var(--bad-soft); }
.notice h3 { color: var(--bad); }
.notice li + li { margin-top: 14px; }
.mend { margin-top: 4px; }
code, pre { font: 13px/1.5 ui-monospace, "SF Mono", "Cascadia Mono", "DejaVu Sans Mono", monospace; }
/* One click selects the whole advice. */
.mend code { white-space: pre-wrap; user-select: all; background: var(--code); border-radius: 4px; padding: 2px 6px; box-decoration-break: clone; -webkit-box-decoration-break: clone; }
pre { margin-top: 8px; padding: 10px 12px; background: var(--code); border-radius: 6px; white-space: pre-wrap; }
.builds { display: grid; gap: 14px 20px; grid-template-columns: repeat(auto-fill, minmax(min(100%, 210px), 1fr)); }
.builds dt { font-size: 14px; font-weight: 600; color: var(--faint); }
.big { font-size: 18px; font-weight: 600; line-height: 1.35; }
.gauge { color: var(--warn); letter-spacing: .2em; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { padding: 7px 16px 7px 0; text-align: left; vertical-align: top; white-space: nowrap; }
tbody tr { border-top: 1px solid var(--edge); }
thead th { font-size: 13px; font-weight: 600; color: var(--faint); }
/* Words are broken where nothing else helps, and a column is never as narrow as a letter. */
.wide, .version { min-width: 8em; white-space: normal; }
.wide { min-width: 15em; }
/* Right to left, so that the newest end is visible without scrolling. */
.drawing { direction: rtl; }
.drawing > svg { direction: ltr; display: block; margin-right: auto; }
.legend { display: flex; flex-wrap: wrap; gap: 4px 18px; margin-top: 10px; color: var(--faint); font-size: 13px; }
.legend li { display: flex; align-items: center; gap: 6px; }
.graph .guide { stroke: var(--edge); stroke-dasharray: 2 5; fill: none; }
.graph .line { stroke-width: 4; fill: none; stroke-linecap: round; }
.graph .line.good { stroke: var(--good); }
.graph .line.trial { stroke: var(--warn); }
.graph .line.bad { stroke: var(--bad); }
.graph .line.back { stroke: var(--bad); stroke-width: 2.5; stroke-dasharray: 5 5; }
.graph circle { stroke: var(--card); stroke-width: 2; }
.graph circle.good { fill: var(--good); }
.graph circle.trial { fill: var(--warn); }
.graph circle.bad { fill: var(--bad); }
.graph circle.armed { fill: var(--card); stroke: var(--calm); stroke-width: 3; }
.graph .other { fill: var(--faint); stroke: var(--card); stroke-width: 2; }
.graph .sign { stroke: var(--sign); stroke-width: 2; fill: none; stroke-linecap: round; }
.graph .count { fill: var(--sign); font-size: 10px; font-weight: 700; text-anchor: middle; }
.graph .build { fill: var(--ink); font-size: 12px; font-weight: 600; paint-order: stroke; stroke: var(--card); stroke-width: 4; }
.graph .time, .graph .day { fill: var(--faint); font-size: 11px; text-anchor: middle; }
.events { margin-top: 6px; }
.events li { display: grid; grid-template-columns: 17em 11em minmax(0, 1fr); gap: 0 16px; padding: 7px 0; }
.events li + li { border-top: 1px solid var(--edge); }
.events time { font-size: 14px; color: var(--faint); font-variant-numeric: tabular-nums; }
.events .what { font-weight: 600; }
.what.good { color: var(--good); } .what.warn { color: var(--warn); } .what.bad { color: var(--bad); }
@media (max-width: 640px) {
  body { padding: 16px 12px 32px; }
  .card { padding: 14px; }
  .events li { grid-template-columns: minmax(0, 1fr); }
}
@media print { body { background: none; } .card { break-inside: avoid; } }
`;
