/**
 * All states of the real core that a machine can get into, searched breadth first, and faults that have to be found.
 *
 * @module
 */
import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { thisCore, withPlant } from "./core_under_test.ts";
import { explore, type Search } from "./explore.ts";
import { EXHAUSTED, PLANTS } from "./plants.ts";
import { FILE, RELEASE } from "./shapes.ts";

/** `SOAK`: every reachable state, which takes some ten minutes a runtime; without it the search is bounded. */
const isWhole = process.env["SOAK"] !== undefined;

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

const SEARCHES = [
  { what: "a program", shape: FILE, starts: [{ start: [], states: 500, cutDepth: 1 }] },
  {
    what: "a release",
    shape: RELEASE,
    starts: [{ start: [], states: 40, cutDepth: 0 }, { start: EXHAUSTED, states: 60, cutDepth: 0 }],
  },
];

for (const { what, shape, starts } of SEARCHES) {
  test(`in every state of ${what} it runs, no file is torn, and no build is confirmed, condemned or counted wrongly`, async () => {
    const core = await thisCore();
    const given = new Set<string>();
    for (const { states, ...start } of starts) {
      const found = explore(core, { ...start, interruptedDepth: 0, shape, states: isWhole ? 20_000 : states });
      console.log(`explorer, ${what}: ${told(found)}\n  answers: ${[...found.answers].sort().join(", ")}`);
      assert.equal(found.faults.length, 0, found.faults.map(storyOf).join("\n"));
      for (const answer of found.answers) given.add(answer);
    }
    assert.deepEqual(ANSWERS.filter((answer) => !given.has(answer)), [], "these answers were never given");
  });

  test(`every state of ${what} that undisturbed deeds lead to was seen`, {
    skip: isWhole ? false : "takes ten minutes: set SOAK=1",
  }, async () => {
    const found = explore(await thisCore(), { shape, states: Infinity, cutDepth: -1, interruptedDepth: -1 });
    console.log(`explorer, ${what}, undisturbed: ${told(found)}`);
    assert.equal(found.faults.length, 0, found.faults.map(storyOf).join("\n"));
    assert.deepEqual([...ANSWERS, ...LATER].filter((answer) => !found.answers.has(answer)), []);
    assert.ok(found.isClosed);
  });
}

for (const plant of PLANTS) {
  test(`the search finds that ${plant.name}`, async () => {
    const bounds = { shape: plant.shape, start: plant.start, states: 40, cutDepth: 0, untilFault: true };
    const found = await withPlant(plant, (core) => {
      // Most are found without what others do in the middle, which takes most of the time.
      const alone = explore(core, { ...bounds, interruptedDepth: -1 });
      return alone.faults.length > 0 ? alone : explore(core, { ...bounds, interruptedDepth: 0 });
    });
    const [first] = found.faults;
    assert.ok(first !== undefined, `not found in ${told(found)}`);
    console.log(`planted: ${plant.name}\n  found after ${found.states} states: ${storyOf(first)}`);
  });
}
