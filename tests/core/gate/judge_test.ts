/** The verdict table, row by row. @module */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type BootFacts, judgeBoot } from "../../../src/core/gate/judge.ts";

const onProbation: BootFacts = {
  live: "startable",
  sentinel: { attempts: 0, failed: false },
  isOldBoot: () => false,
  sentinelIsLive: true,
  liveIs: "other",
  liveIsQuarantined: () => false,
  lastGood: () => "startable",
};
const steady: BootFacts = { ...onProbation, sentinel: undefined, sentinelIsLive: false, liveIs: "lastGood" };
const attempts = (n: number) => ({ sentinel: { attempts: n, failed: false } });
const without: Pick<BootFacts, "lastGood"> = { lastGood: () => "unusable" };
const foreign: Pick<BootFacts, "lastGood"> = { lastGood: () => "intact" };

for (const live of ["missing", "empty", "unstartable"] as const) {
  test(`a program that is ${live} is restored at once`, () => {
    assert.deepEqual(judgeBoot({ ...onProbation, live }, 3), { kind: "restore", reason: "unstartable", attempts: 0 });
    assert.equal(judgeBoot({ ...steady, live }, 3).kind, "restore");
  });
}

test("a program that cannot be started is kept when last-good cannot be started either", () => {
  const facts: BootFacts = { ...onProbation, live: "unstartable", ...foreign };
  assert.deepEqual(judgeBoot(facts, 3), { kind: "count", attempts: 1 });
});

test("a missing program is restored even from a last-good that looks foreign", () => {
  assert.equal(judgeBoot({ ...onProbation, live: "missing", ...foreign }, 3).kind, "restore");
});

test("a missing program without last-good is degraded, and not ours to judge when nothing was armed", () => {
  assert.equal(judgeBoot({ ...onProbation, live: "missing", ...without }, 3).kind, "degraded");
  assert.equal(judgeBoot({ ...steady, live: "missing", ...without }, 3).kind, "proceed");
});

test("the confirmed build proceeds and nothing is written", () => {
  assert.deepEqual(judgeBoot(steady, 3), { kind: "proceed", discard: false });
});

test("without a record the build proceeds", () => {
  assert.deepEqual(judgeBoot({ ...steady, liveIs: "unknown" }, 3), { kind: "proceed", discard: false });
});

test("a build that nobody armed is armed by itself", () => {
  assert.deepEqual(judgeBoot({ ...steady, liveIs: "other" }, 3), { kind: "autoArm", discard: false });
});

test("known bad bytes are restored without spending boots", () => {
  const facts: BootFacts = { ...steady, liveIs: "other", liveIsQuarantined: () => true };
  assert.deepEqual(judgeBoot(facts, 3), { kind: "restore", reason: "quarantined", attempts: 0 });
  assert.equal(judgeBoot({ ...facts, ...without }, 3).kind, "degraded");
});

test("a sentinel of another build is discarded", () => {
  assert.deepEqual(judgeBoot({ ...steady, ...attempts(9) }, 3), { kind: "proceed", discard: true });
  const unknown: BootFacts = { ...steady, ...attempts(9), liveIs: "unknown" };
  assert.deepEqual(judgeBoot(unknown, 3), { kind: "proceed", discard: true });
});

test("a sentinel of neither the old nor the live build is discarded and the live one armed", () => {
  const facts: BootFacts = { ...steady, ...attempts(2), liveIs: "other" };
  assert.deepEqual(judgeBoot(facts, 3), { kind: "autoArm", discard: true });
});

test("three boots are counted and the fourth restores", () => {
  for (const before of [0, 1, 2]) {
    assert.deepEqual(judgeBoot({ ...onProbation, ...attempts(before) }, 3), { kind: "count", attempts: before + 1 });
  }
  const fourth = judgeBoot({ ...onProbation, ...attempts(3) }, 3);
  assert.deepEqual(fourth, { kind: "restore", reason: "attempts", attempts: 4 });
});

test("a confirmed build is never rolled back, whatever its sentinel says", () => {
  assert.equal(judgeBoot({ ...onProbation, ...attempts(99), liveIs: "lastGood" }, 3).kind, "proceed");
});

test("a build that was declared bad is restored at the next boot", () => {
  const facts: BootFacts = { ...onProbation, sentinel: { attempts: 0, failed: true } };
  assert.deepEqual(judgeBoot(facts, 3), { kind: "restore", reason: "failed", attempts: 1 });
});

test("an exhausted build without last-good is degraded", () => {
  assert.equal(judgeBoot({ ...onProbation, ...attempts(3), ...without }, 3).kind, "degraded");
});

test("a startable build is not exchanged for a last-good that this machine cannot start", () => {
  assert.equal(judgeBoot({ ...onProbation, ...attempts(3), ...foreign }, 3).kind, "degraded");
});

test("attempts saturate", () => {
  const verdict = judgeBoot({ ...onProbation, ...attempts(4294967295), ...without }, 3);
  assert.deepEqual(verdict, { kind: "degraded", reason: "attempts", attempts: 4294967295 });
});
