/** The style sheet of the status page: light and dark, phone and desktop. @module */

/** The style sheet. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --page: #f4f5f7; --card: #ffffff; --edge: #dfe2e8; --ink: #1b1f27; --faint: #5b6472;
  --good: #1a7f4b; --trial: #9a6200; --bad: #c02b35; --calm: #3b62c4;
  --good-soft: #e2f4ea; --trial-soft: #fdf0d8; --bad-soft: #fce6e7; --on-mark: #ffffff;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #12151b; --card: #1b2029; --edge: #2e3542; --ink: #e8ebf1; --faint: #9aa4b4;
    --good: #4cc38a; --trial: #e9b04b; --bad: #ff7a80; --calm: #8aa9ff;
    --good-soft: #16352a; --trial-soft: #3a2d14; --bad-soft: #40202a; --on-mark: #12151b;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; padding: 24px 16px 40px; background: var(--page); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif;
}
main { max-width: 1040px; margin: 0 auto; display: grid; gap: 16px; }
header { display: flex; flex-wrap: wrap; align-items: center; gap: 6px 14px; }
h1 { font-size: 24px; line-height: 1.2; margin: 0; overflow-wrap: anywhere; }
h2 { font-size: 12px; letter-spacing: .06em; text-transform: uppercase; color: var(--faint); margin: 0 0 10px; font-weight: 600; }
.where { flex-basis: 100%; color: var(--faint); overflow-wrap: anywhere; }
.badge { padding: 3px 12px; border-radius: 99px; font-weight: 600; }
.steady { background: var(--good-soft); color: var(--good); }
.probation, .exposed, .unseen { background: var(--trial-soft); color: var(--trial); }
.rolled-back, .degraded, .crash-looping { background: var(--bad-soft); color: var(--bad); }
section { background: var(--card); border: 1px solid var(--edge); border-radius: 12px; padding: 16px 18px; min-width: 0; }
.cards { display: grid; gap: 16px; grid-template-columns: repeat(auto-fit, minmax(min(100%, 165px), 1fr)); }
.big { font-size: 20px; font-weight: 600; overflow-wrap: anywhere; line-height: 1.3; }
.small { color: var(--faint); font-size: 13px; overflow-wrap: anywhere; }
.gauge { color: var(--trial); letter-spacing: .2em; }
.problems { border-color: var(--bad); background: var(--bad-soft); }
.problems h2 { color: var(--bad); }
ul, ol { list-style: none; margin: 0; padding: 0; }
.problems li + li { margin-top: 8px; }
.problems li { overflow-wrap: anywhere; }
/* Right to left, so that the newest end is visible without scrolling. */
.scroll { overflow-x: auto; direction: rtl; margin: 0 -18px; padding: 0 18px; }
.scroll > svg { direction: ltr; display: block; margin-right: auto; }
.legend { display: flex; flex-wrap: wrap; gap: 4px 18px; margin-top: 10px; color: var(--faint); font-size: 13px; }
.legend li { display: flex; align-items: center; gap: 6px; }
.graph .guide { stroke: var(--edge); stroke-dasharray: 2 5; fill: none; }
.graph .line { stroke-width: 4; fill: none; stroke-linecap: round; }
.graph .line.good { stroke: var(--good); }
.graph .line.trial { stroke: var(--trial); }
.graph .line.bad { stroke: var(--bad); }
.graph .line.back { stroke: var(--bad); stroke-width: 2.5; stroke-dasharray: 5 5; }
.graph circle { stroke: var(--card); stroke-width: 2; }
.graph circle.good { fill: var(--good); }
.graph circle.trial { fill: var(--trial); }
.graph circle.bad { fill: var(--bad); }
.graph circle.armed { fill: var(--card); stroke: var(--calm); stroke-width: 3; }
.graph .other { fill: var(--faint); stroke: var(--card); stroke-width: 2; }
.graph .sign { stroke: var(--on-mark); stroke-width: 2; fill: none; stroke-linecap: round; }
.graph .count { fill: var(--on-mark); font-size: 10px; font-weight: 700; text-anchor: middle; }
.graph .build { fill: var(--ink); font-size: 12px; font-weight: 600; paint-order: stroke; stroke: var(--card); stroke-width: 4; }
.graph .time, .graph .day { fill: var(--faint); font-size: 11px; text-anchor: middle; }
.events li { display: grid; grid-template-columns: 17em 11em minmax(0, 1fr); gap: 0 16px; padding: 7px 0; }
.events li + li, .quarantined li + li { border-top: 1px solid var(--edge); }
.events time { font-size: 14px; color: var(--faint); font-variant-numeric: tabular-nums; }
.events .what { font-weight: 600; }
.what.good { color: var(--good); } .what.warn { color: var(--trial); } .what.bad { color: var(--bad); }
.quarantined li { padding: 8px 0; }
footer { color: var(--faint); font-size: 13px; }
@media (max-width: 640px) {
  body { padding: 16px 12px 32px; }
  h1 { font-size: 21px; }
  .events li { grid-template-columns: 1fr auto; }
  .events time { grid-column: 1 / -1; font-size: 13px; }
  .events .why { grid-column: 1 / -1; }
}
@media print { body { background: none; } section { break-inside: avoid; } }
`;
