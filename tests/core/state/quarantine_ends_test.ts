/** Quarantines that end by themselves: at a date, or with the next confirmed version. @module */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { MemoryFs } from "../../../src/system/fs/memory/memory_fs.ts";
import {
  build,
  confirmedMachine,
  DATA,
  DOWNLOAD,
  EXE,
  sentinelOver,
  swapIn,
  versionAt,
} from "../../support/disk/world.ts";

const FILE = `${DATA}/.boot-quarantine.json`;
const BEFORE = Date.UTC(2026, 5, 1);
const END = Date.UTC(2026, 5, 2);
const AFTER = Date.UTC(2026, 5, 3);

const contentOf = (fs: MemoryFs) => JSON.parse(fs.texts()[FILE] ?? "null");
const at = (fs: MemoryFs, now: number) => sentinelOver(fs, [], {}, now);
const refused = (fs: MemoryFs, version: string, bytes: string) => {
  fs.put(DOWNLOAD, build(bytes), 0o755);
  assert.throws(() => sentinelOver(fs).swap(DOWNLOAD, version), { code: "quarantined" });
};

test("a build that is held until a date is free after it: for the questions, the status, swap and the gate", () => {
  const fs = confirmedMachine();
  fs.put("/tmp/new", build("2"), 0o755);
  const digest = fs.digest("/tmp/new");
  at(fs, BEFORE).quarantine("2", { until: END });
  at(fs, BEFORE).quarantine("2", { digest, until: END });
  assert.ok(at(fs, BEFORE).isQuarantined("2", { digest }));
  assert.deepEqual(
    at(fs, BEFORE).status().quarantined.map(({ until }) => until),
    Array(2).fill("2026-06-02T00:00:00.000Z"),
  );
  assert.throws(
    () => at(fs, BEFORE).swap("/tmp/new", "2"),
    /until 2026-06-02T00:00:00.000Z\); the program is unchanged/,
  );

  assert.ok(!at(fs, AFTER).isQuarantined("2", { digest }));
  assert.deepEqual([at(fs, AFTER).status().quarantined, at(fs, AFTER).quarantinedVersions()], [[], []]);
  assert.equal(at(fs, AFTER).clearQuarantine("2"), false);
  at(fs, AFTER).swap("/tmp/new", "2");
  assert.equal(at(fs, AFTER).boot().kind, "proceed");
  assert.equal(versionAt(fs, EXE), "2");
});

test("what is over leaves the file when it is written next, and nothing else does", () => {
  const fs = confirmedMachine();
  at(fs, BEFORE).quarantine("2", { until: END });
  at(fs, BEFORE).quarantine("3", { until: END });
  at(fs, BEFORE).quarantine("3", { digest: "1".repeat(64) });
  at(fs, BEFORE).quarantine("4");
  const before = fs.texts()[FILE];
  at(fs, AFTER).boot();
  assert.equal(fs.texts()[FILE], before);
  at(fs, AFTER).quarantine("5");
  assert.deepEqual(contentOf(fs).versions, ["3", "4", "5"]);
  assert.deepEqual(contentOf(fs).entries.map(({ version }: { version: string }) => version), ["3", "4", "5"]);
});

test("a version that is held until the next one is refused with other bytes, too, and comes free with that", () => {
  const fs = confirmedMachine();
  swapIn(fs, "2");
  sentinelOver(fs).confirmHealthy();
  const { from, to } = sentinelOver(fs).rollback({
    to: sentinelOver(fs).status().generations[0]?.version ?? "",
    hold: true,
  });
  assert.deepEqual([from, to, versionAt(fs, EXE)], ["2", "1", "1"]);
  refused(fs, "2", "2");
  refused(fs, "2", "9");
  sentinelOver(fs).confirmHealthy(); // the build that was put back is no next version
  refused(fs, "2", "2");
  swapIn(fs, "3");
  refused(fs, "2", "2"); // the next one is not confirmed yet
  sentinelOver(fs).confirmHealthy();
  assert.deepEqual(sentinelOver(fs).quarantinedVersions(), []);
  assert.match(JSON.stringify(sentinelOver(fs).history().at(-2)), /"cleared","version":"2","reason":"3 is confirmed"/);
});

test("without a hold those bytes stay away, and a rebuild of their version does not", () => {
  const fs = confirmedMachine();
  swapIn(fs, "2");
  sentinelOver(fs).rollback();
  refused(fs, "2", "2");
  fs.put(DOWNLOAD, build("3"), 0o755);
  assert.equal(sentinelOver(fs).swap(DOWNLOAD, "2").kind, "swapped");
  sentinelOver(fs).confirmHealthy();
  refused(fs, "2", "2");
});
