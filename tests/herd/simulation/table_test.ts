/** The simulation keeps what the manual's table says, with the first seeds of each row. @module */
import assert from "node:assert/strict";
import { test } from "node:test";
import { manual, tableRows } from "../../support/readme.ts";
import { fleetOf } from "./simulate.ts";
import { COLUMNS, MACHINES, rowOf, runsOf, SCENARIOS, WINDOWS } from "./table.ts";

const fleet = fleetOf(MACHINES);
const [COLUMN = "", WINDOW = ""] = COLUMNS;

for (const scenario of SCENARIOS) {
  test(`100,000 machines and a build that is or does: ${scenario.name}`, () => {
    const minutes = WINDOWS[0];
    const ended = runsOf(fleet, scenario, minutes, [1]);
    for (const { kind, met, at } of ended) {
      assert.equal(kind, scenario.isGood ? "everywhere" : "refused");
      if (scenario.behaviour.fails === 1) assert.ok(met <= 25, `${met} machines met it`);
      // The time of the cohorts: each needs a sync and a confirmation, some two minutes in all.
      if (scenario.isGood) assert.ok(at <= 2 * minutes * 60_000 + 14 * 120_000, `${at} ms until it was everywhere`);
    }
    assert.equal(rowOf(scenario, minutes, ended).length, COLUMNS.length);
  });
}

test("the manual has a row of the simulation for each build and window, and no good build was refused", () => {
  assert.ok(manual.includes(`| ${COLUMN}`));
  const rows = tableRows(COLUMN, WINDOW);
  const expected = SCENARIOS.flatMap(({ name }) => WINDOWS.map((minutes) => `${name}, ${minutes} min`));
  assert.deepEqual(rows.map(([name, window]) => `${name}, ${window}`), expected);
  for (const { name } of SCENARIOS.filter(({ isGood }) => isGood)) {
    for (const row of rows.filter(([build]) => build === name)) assert.deepEqual([row[2], row[6]], ["1000", "0"]);
  }
});
