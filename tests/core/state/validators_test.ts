/** What is taken from a state file. @module */
import assert from "node:assert/strict";
import { test } from "node:test";
import { MAX_COUNT, quarantineShape, recordShape, sentinelShape } from "../../../src/core/state/schemas.ts";
import { ShapeError } from "../../../src/core/state/validators.ts";

const SNAPSHOT = { version: "1", digest: "d", size: 1, proven: true, path: "/app" };

test("a sentinel needs a version and a count", () => {
  for (
    const [at, raw] of Object.entries({
      content: [],
      version: { version: "", attempts: 1 },
      attempts: { version: "1", attempts: 1.5 },
    })
  ) {
    const expected = at === "content" ? "" : at;
    assert.throws(() => sentinelShape(raw, ""), (error) => error instanceof ShapeError && error.at === expected, at);
  }
  for (const attempts of [-1, "1", null, NaN, undefined]) {
    assert.throws(() => sentinelShape({ version: "1", attempts }, ""), { name: "ShapeError", at: "attempts" });
  }
  assert.equal(sentinelShape({ version: "1", attempts: 1e15 }, "").attempts, MAX_COUNT);
});

test("an optional key of the wrong kind is as good as missing, and a foreign key is kept", () => {
  const raw = { version: "1", attempts: 0, digest: 5, arming: "x", owedQuarantine: 1, stop: { time: 1 }, theirs: [1] };
  assert.deepEqual(sentinelShape(raw, ""), { version: "1", attempts: 0, theirs: [1] });
  const stop = { time: "now", reason: "asked", bootId: 7 };
  assert.deepEqual(sentinelShape({ version: "1", attempts: 0, stop }, "").stop, { time: "now", reason: "asked" });
});

test("one bad part of a record never costs the others", () => {
  const record = recordShape({
    lastGood: SNAPSHOT,
    incoming: { ...SNAPSHOT, size: "1" },
    generations: [SNAPSHOT, {}],
    live: { digest: "d" },
    rolledBack: { from: "2", to: "1", time: "now", reason: "r", attempts: "3", healthy: false },
  }, "");
  assert.deepEqual(record, {
    lastGood: SNAPSHOT,
    rolledBack: { from: "2", to: "1", time: "now", reason: "r" },
  });
});

test("a quarantine needs its versions; what an entry lacks is filled in", () => {
  assert.throws(() => quarantineShape({ versions: ["1", 2] }, ""), { name: "ShapeError", at: "versions.1" });
  assert.deepEqual(quarantineShape({ versions: ["1"], entries: [{ version: "1", attempts: "x" }] }, "").entries, [
    { version: "1", reason: "unknown", attempts: 0, time: "" },
  ]);
  assert.deepEqual(quarantineShape({ versions: ["1"], entries: [{}] }, ""), { versions: ["1"] });
});
