/** The share that admits so many machines. @module */
import assert from "node:assert/strict";
import { test } from "node:test";
import { isAdmitted } from "../../../src/herd/admitted.ts";
import { sharesFor } from "../../../src/herd/judge/cohort.ts";

const places = (...all: number[]) => Float64Array.from(all);
const CANARIES = places(0.2, 0.9);
const OTHERS = places(0.1, 0.3, 0.5, 0.7);

/** The places that so many machines are at, the canaries first. */
function admitted(count: number, least = 0): string {
  const shares = sharesFor(count, { canaries: CANARIES, others: OTHERS }, least);
  const at = (all: Float64Array, isCanary: boolean) => [...all].filter((place) => isAdmitted(place, isCanary, shares));
  return `${at(CANARIES, true)} | ${at(OTHERS, false)}`;
}

test("exactly so many machines are admitted, the canaries first", () => {
  assert.deepEqual([0, 1, 2, 3, 4, 5, 6, 7].map((count) => admitted(count)), [
    " | ",
    "0.2 | ",
    "0.2,0.9 | ",
    "0.2,0.9 | 0.1",
    "0.2,0.9 | 0.1,0.3",
    "0.2,0.9 | 0.1,0.3,0.5",
    "0.2,0.9 | 0.1,0.3,0.5,0.7",
    "0.2,0.9 | 0.1,0.3,0.5,0.7",
  ]);
});

test("a fraction of a machine admits none", () => {
  assert.equal(admitted(1.5), admitted(1));
  assert.equal(admitted(3.5), admitted(3));
});

test("all machines are a share of 1, which admits those that are not known, too", () => {
  assert.deepEqual(sharesFor(6, { canaries: CANARIES, others: OTHERS }, 0), { share: 1 });
  assert.deepEqual(sharesFor(4, { canaries: places(), others: OTHERS }, 0), { share: 1 });
});

test("of a herd that has more machines than are known, only the part that so many are of it", () => {
  assert.deepEqual(sharesFor(22, { canaries: CANARIES, others: OTHERS }, 202), { share: 0.1, canaries: 1 });
});
