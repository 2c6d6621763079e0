/**
 * All states of the real core that a machine can get into, searched breadth first, and faults that have to be found.
 *
 * @module
 */
import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { thisCore, withPlant } from "./core_under_test.ts";
import { type Bounds, explore, type Search } from "./explore.ts";
import { PLANTS } from "./plants.ts";

/** `SOAK`: every reachable state, which takes some ten minutes a runtime; without it the search is bounded. */
const isWhole = process.env["SOAK"] !== undefined;
const BOUNDS: Bounds = { states: isWhole ? 20_000 : 500, cutDepth: 1, interruptedDepth: 0 };

/** What the core can answer, and has to answer somewhere in the search. */
const ANSWERS: readonly string[] = [
  ...["boot: proceed steady", "boot: proceed probation", "boot: rolledBack attempts", "boot: rolledBack failed"],
  ...["confirm: seeded", "confirm: promoted", "confirm: already", "confirm: refused noSpace"],
  ...["arm: armed", "arm: refused noSpace", "swap: swapped", "swap: already", "swap: refused quarantined"],
  ...["fail: failed true", "fail: refused nothing", "rollback: rolled back true", "rollback: refused nothing"],
];

/** What takes more deeds. */
const LATER: readonly string[] = [
  "boot: rolledBack quarantined",
  "boot: proceed degraded",
  "confirm: refused quarantined",
];

function told({ states, transitions, depth, isClosed }: Search): string {
  const end = isClosed ? "every reachable state was seen" : "the search was bounded";
  return `${states} states, ${transitions} transitions, ${depth} deeds deep; ${end}`;
}

const storyOf = ({ what, story }: Search["faults"][number]) => [`${what}:`, ...story].join("\n    ");

test("in every state a program runs, no file is torn, and no build is confirmed, condemned or counted wrongly", async () => {
  const found = explore(await thisCore(), BOUNDS);
  console.log(`explorer: ${told(found)}\n  answers: ${[...found.answers].sort().join(", ")}`);
  assert.equal(found.faults.length, 0, found.faults.map(storyOf).join("\n"));
  assert.deepEqual(ANSWERS.filter((answer) => !found.answers.has(answer)), [], "these answers were never given");
});

test("every state that undisturbed deeds lead to was seen", {
  skip: isWhole ? false : "takes ten minutes: set SOAK=1",
}, async () => {
  const found = explore(await thisCore(), { states: Infinity, cutDepth: -1, interruptedDepth: -1 });
  console.log(`explorer, undisturbed: ${told(found)}`);
  assert.equal(found.faults.length, 0, found.faults.map(storyOf).join("\n"));
  assert.deepEqual([...ANSWERS, ...LATER].filter((answer) => !found.answers.has(answer)), []);
  assert.ok(found.isClosed);
});

for (const plant of PLANTS) {
  test(`the search finds that ${plant.name}`, async () => {
    const found = await withPlant(
      plant,
      (core) => explore(core, { start: plant.start, states: 40, cutDepth: 0, interruptedDepth: 0, untilFault: true }),
    );
    const [first] = found.faults;
    assert.ok(first !== undefined, `not found in ${told(found)}`);
    console.log(`planted: ${plant.name}\n  found after ${found.states} states: ${storyOf(first)}`);
  });
}
