/** Which boots need no judgement. @module */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { steadyOutcome } from "../../../src/core/gate/steady.ts";
import type { BootOutcome } from "../../../src/core/gate/outcome.ts";
import { type SentinelOptions, subjectOf } from "../../../src/core/sentinel_options.ts";
import { RECORD_FILE } from "../../../src/core/state/paths.ts";
import type { Subject } from "../../../src/core/subject.ts";
import { BootSentinel } from "../../../mod.ts";
import { type MemoryFiles, memoryFs, memoryPorts } from "../../../src/testing.ts";

const OPTIONS = { dataDir: "/var/lib/app", exe: "/opt/app" } satisfies SentinelOptions;
const RECORD = `${OPTIONS.dataDir}/${RECORD_FILE}`;
const STEADY: BootOutcome = { kind: "proceed", state: "steady", attempts: 0 };

function machine(): MemoryFiles {
  const fs = memoryFs();
  fs.put(OPTIONS.exe, "#!1.0.0", 0o755);
  return fs;
}

function sentinel(fs: MemoryFiles): BootSentinel {
  return new BootSentinel(OPTIONS, memoryPorts(fs));
}

function confirmed(): MemoryFiles {
  const fs = machine();
  sentinel(fs).confirmHealthy();
  return fs;
}

function outcome(fs: MemoryFiles, more: Partial<Subject> = {}): BootOutcome | undefined {
  return steadyOutcome(fs, { ...subjectOf(OPTIONS), ...more });
}

function changeRecord(fs: MemoryFiles, change: (record: Record<string, unknown>) => unknown): void {
  const record = JSON.parse(new TextDecoder().decode(fs.read(RECORD, 1 << 20)));
  fs.overwrite(RECORD, new TextEncoder().encode(JSON.stringify(change(record))));
}

test("the confirmed build is steady, watched or not", () => {
  assert.deepEqual(outcome(confirmed()), STEADY);
  assert.deepEqual(outcome(confirmed(), { watched: true }), STEADY);
});

test("a program of which nothing is known is steady; watched, it is waited for", () => {
  const fs = machine();
  assert.deepEqual(outcome(fs), STEADY);
  const { stamp } = fs.info(OPTIONS.exe);
  const watched = outcome(fs, { watched: true });
  assert.deepEqual(watched, { ...STEADY, token: { kind: "first", boot: 0, stamp, lenient: true } });
});

test("a program that is missing, and of which nothing is known, is nobody's to judge", () => {
  assert.deepEqual(outcome(memoryFs(), { watched: true }), STEADY);
});

const JUDGED: readonly (readonly [fact: string, change: (fs: MemoryFiles) => void])[] = [
  ["an armed build", (fs) => (fs.put("/update", "#!2.0.0", 0o755), sentinel(fs).swap("/update", "2.0.0"))],
  ["other bytes than the confirmed ones", (fs) => fs.replace(OPTIONS.exe, "#!2.0.0", 0o755)],
  ["bytes that were written in place", (fs) => fs.writeInPlace(OPTIONS.exe, "#!2.0.0")],
  ["a program that has lost its mode", (fs) => fs.chmod(OPTIONS.exe, 0o644)],
  ["a program that is gone", (fs) => fs.remove(OPTIONS.exe)],
  ["a lost record beside a last-good", (fs) => fs.remove(RECORD)],
  ["a record that is no JSON", (fs) => fs.overwrite(RECORD, new TextEncoder().encode("{"))],
  ["a record that others can write", (fs) => fs.chmod(RECORD, 0o666)],
  ["a record of a newer program", (fs) => changeRecord(fs, (record) => ({ ...record, schema: 2 }))],
  ["a record of another program", (fs) => changeRecord(fs, (record) => ({ ...record, exe: "/opt/other" }))],
  [
    "a promotion that was cut short",
    (fs) => changeRecord(fs, (record) => ({ ...record, incoming: record["lastGood"] })),
  ],
  ["a record without a last-good", (fs) => changeRecord(fs, ({ lastGood: _, ...record }) => record)],
];
for (const [fact, change] of JUDGED) {
  test(`${fact} is judged`, () => {
    const fs = confirmed();
    change(fs);
    assert.equal(outcome(fs), undefined);
  });
}

test("a restored build that has not been found healthy is judged when somebody watches it", () => {
  const fs = confirmed();
  const rolledBack = { from: "2", to: "1", time: "", reason: "" };
  changeRecord(fs, (record) => ({ ...record, rolledBack }));
  assert.deepEqual(outcome(fs), STEADY);
  assert.equal(outcome(fs, { watched: true }), undefined);
  changeRecord(fs, (record) => ({ ...record, rolledBack: { ...rolledBack, healthy: "2026-01-01" } }));
  assert.deepEqual(outcome(fs, { watched: true }), STEADY);
});

test("whatever a record holds, a steady boot writes nothing, says nothing and takes no lock", () => {
  const snapshot = { version: "0.9.0", digest: "00", size: 1, proven: true, path: `${OPTIONS.exe}.last-good` };
  const values = fc.oneof(
    fc.constantFrom(
      undefined,
      OPTIONS.exe,
      "/opt/other",
      snapshot,
      { ...snapshot, size: "1" },
      [snapshot],
      0,
      1,
      2,
      {},
    ),
    fc.jsonValue(),
  );
  const keys = fc.constantFrom("schema", "exe", "lastGood", "incoming", "generations", "live", "rolledBack", "other");
  let steady = 0;
  fc.assert(
    fc.property(fc.array(fc.tuple(keys, values), { maxLength: 2 }), (changes) => {
      const fs = confirmed();
      changeRecord(fs, (record) => ({ ...record, ...Object.fromEntries(changes) }));
      if (outcome(fs) === undefined) return;
      steady++;
      const before = fs.texts();
      const refuse = () => assert.fail("it was called");
      const watchful = { ...memoryPorts(fs), log: refuse, lock: { acquire: refuse } };
      assert.deepEqual(new BootSentinel(OPTIONS, watchful).checkOnBoot(), { kind: "proceed" });
      assert.deepEqual(fs.texts(), before);
    }),
    { numRuns: 1000 },
  );
  assert.ok(steady > 100, `${steady} were steady`);
});
