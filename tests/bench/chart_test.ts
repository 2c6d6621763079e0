/** The benchmark's own arithmetic, table, chart and figures, from results that are given. @module */
import assert from "node:assert/strict";
import { test } from "node:test";
import { chart } from "./chart.ts";
import { figures, withFigures } from "./figures.ts";
import { interleave } from "./interleave.ts";
import { ratioOf, type Results, type Table } from "./results.ts";
import { median, statOf } from "./statistics.ts";
import { figure, resultsText } from "./table.ts";

const stat = (ms: number) => ({ ms: statOf([ms]) });

const STEADY: Table = {
  suite: "steady",
  title: "A steady program",
  about: "What is measured.",
  columns: [{ key: "ms", title: "start to end", unit: "ms" }],
  rows: [
    { name: "empty Bun program", stats: stat(10), beside: "empty Bun program" },
    { name: "boot-sentinel", stats: stat(15), beside: "empty Bun program" },
    { name: "never ends", stats: {}, beside: "empty Bun program" },
  ],
  absent: [{ name: "reference (Rust)", why: "not built here" }],
};

const MANAGERS: Table = {
  suite: "managers",
  title: "Beside other managers",
  about: "What is measured.",
  columns: [{ key: "ms", title: "to the service", unit: "ms" }, { key: "pss", title: "memory", unit: "MiB" }],
  rows: [
    { name: "boot-sentinel", stats: { ...stat(20), pss: statOf([0]) } },
    { name: "pm2", stats: { ...stat(900), pss: statOf([31.4]) } },
  ],
  absent: [],
};

const RESULTS: Results = {
  schema: 1,
  date: "2026-01-02T03:04:05.000Z",
  version: "1.2.3",
  rounds: 1,
  machine: {
    cpu: "R&D <one>",
    cores: 2,
    memoryGiB: 4,
    system: "Linux 6",
    fileSystem: "ext4",
    loadBefore: 0,
    loadAfter: 1,
  },
  tables: [STEADY, MANAGERS],
};

test("the median is the middle one, or the mean of the two in the middle", () => {
  assert.equal(median([9, 1, 5]), 5);
  assert.equal(median([10, 2, 4, 1]), 3);
  assert.throws(() => median([]), /Nothing was measured/);
});

test("contestants take turns, warm-up rounds do not count, and who fails is out with the reason", async () => {
  const order: string[] = [];
  const contestant = (name: string, breaksAt = Infinity) => {
    let turns = 0;
    const turn = () => {
      order.push(name);
      if (++turns === breaksAt) throw new Error("broken");
      return { ms: turns };
    };
    return { name, turn };
  };
  const outcomes = await interleave(
    [
      contestant("a"),
      contestant("b", 3),
      { ...contestant("c"), absent: "not installed" },
      { ...contestant("d"), oneRoundIn: 2, warmUp: false },
    ],
    3,
    (list) => list.toReversed(),
  );
  assert.equal(order.join(""), "ba" + "dba" + "ba" + "da");
  assert.deepEqual(outcomes, [
    { name: "a", stats: { ms: { median: 3, low: 2, high: 4, rounds: 3 } } },
    { name: "b", why: "broken" },
    { name: "c", why: "not installed" },
    { name: "d", stats: { ms: { median: 1.5, low: 1, high: 2, rounds: 2 } } },
  ]);
});

test("a ratio is to the row beside, and there is none to what was not measured", () => {
  const [empty, ours, never] = STEADY.rows;
  assert.ok(empty && ours && never);
  assert.equal(ratioOf(STEADY, ours, "ms"), 1.5);
  assert.equal(ratioOf(STEADY, never, "ms"), undefined);
  assert.equal(ratioOf(STEADY, { ...ours, beside: "nobody" }, "ms"), undefined);
});

test("figures have no digits that nobody measured", () => {
  assert.deepEqual([0, 0.6, 1.7951, 20.04, 99.96, 1349.9].map(figure), ["0", "0.6", "1.8", "20", "100", "1350"]);
});

test("the table says medians, ratios, ranges, and what is absent", () => {
  const text = resultsText(RESULTS);
  assert.match(text, /^boot-sentinel 1\.2\.3, 2026-01-02: R&D <one>, 2 cores/);
  assert.match(text, /^boot-sentinel +15 \(1\.50×\) +15 – 15, 1×$/m);
  assert.match(text, /^never ends +–$/m);
  assert.match(text, /^not measured: reference \(Rust\): not built here$/m);
});

test("the chart is well-formed, shows every value once, and nothing leaves it", () => {
  const svg = chart(RESULTS);
  const open: string[] = [];
  for (const [, end, name = "", self] of svg.matchAll(/<(\/?)(\w+)(?:\s[^<>]*?)?(\/?)>/g)) {
    if (end === "/") assert.equal(open.pop(), name);
    else if (self !== "/") open.push(name);
  }
  assert.deepEqual(open, []);
  assert.doesNotMatch(svg, /NaN|undefined|Infinity|&(?!amp;|lt;|gt;)/);
  assert.match(svg, /R&amp;D &lt;one&gt;/);
  assert.match(svg, /prefers-color-scheme: dark/);
  for (const value of ["20 ms", "900 ms", "31 MiB", "10 ms", "15 ms"]) {
    assert.ok(svg.split(`>${value}<`).length >= 2, value);
  }
  for (const [, x = ""] of svg.matchAll(/ (?:x|x2|cx)="([^"]*)"/g)) assert.ok(Number(x) >= 0 && Number(x) <= 880, x);
});

test("the chart says when the machine was busy", () => {
  assert.doesNotMatch(chart(RESULTS), /busy/);
  for (const [before, after] of [[3, 1], [0, 3]] as const) {
    const machine = { ...RESULTS.machine, loadBefore: before, loadAfter: after };
    assert.match(chart({ ...RESULTS, machine }), new RegExp(`ext4; busy: load ${before}\\.0 to ${after}\\.0<`));
  }
});

test("a chart of nothing is a chart, too", () => {
  assert.match(chart({ ...RESULTS, tables: [] }), /^<svg [\s\S]*<\/svg>\n$/);
});

test("the figures of the manual are aligned, leave out what was not measured, and replace the older ones", () => {
  const lines = figures(RESULTS).trim().split("\n");
  assert.equal(new Set(lines.map((line) => line.length)).size, 1);
  assert.match(lines[2] ?? "", /^\| a start, nothing armed +\| 15 ms +\| empty Bun program 10 ms +\|$/);
  assert.ok(!lines.some((line) => line.includes("probation")));
  const page = "before\n<!-- bench: figures -->\n\n| old |\n\n<!-- bench: end -->\nafter\n";
  const renewed = withFigures(page, RESULTS);
  assert.match(renewed, /^before\n<!-- bench: figures -->\n\n\| median of[\s\S]*\|\n\n<!-- bench: end -->\nafter\n$/);
  assert.doesNotMatch(renewed, /old/);
  assert.equal(withFigures(renewed, RESULTS), renewed);
  assert.throws(() => withFigures("no place", RESULTS), /no place for figures/);
});
