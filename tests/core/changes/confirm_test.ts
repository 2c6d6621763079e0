/** What a confirm promotes, and what it leaves alone. @module */
import assert from "node:assert/strict";
import { test } from "node:test";
import { withOutsider } from "../../support/disk/outsider.ts";
import { faultFs } from "../../../src/system/fs/memory/fault_fs.ts";
import type { MemoryFs } from "../../../src/system/fs/memory/memory_fs.ts";
import {
  build,
  confirmedMachine,
  DATA,
  EXE,
  freshMachine,
  portsOver,
  sentinelOver,
  swapIn,
  versionAt,
} from "../../support/disk/world.ts";
import { BootSentinel } from "../../../mod.ts";

const LAST_GOOD = `${EXE}.last-good`;

/** Build 2 is swapped in and has booted once. */
function onProbation(): MemoryFs {
  const fs = confirmedMachine();
  swapIn(fs, "2");
  sentinelOver(fs).boot();
  return fs;
}

/** A service of build 1 has armed build 2, which has not come yet. */
function updateUnderWay(): MemoryFs {
  const fs = freshMachine();
  sentinelOver(fs).armForSwap(EXE, "2");
  return fs;
}

test("the armed build that is live is promoted to last-good", () => {
  const fs = onProbation();
  assert.deepEqual(sentinelOver(fs).confirmHealthy(), { kind: "promoted", version: "2" });
  assert.equal(versionAt(fs, LAST_GOOD), "2");
});

test("a promoted build is no longer on probation", () => {
  const fs = onProbation();
  sentinelOver(fs).confirmHealthy();
  const { state, pending, lastGood } = sentinelOver(fs).status();
  assert.deepEqual([state, pending, lastGood?.proven], ["steady", null, true]);
});

test("a promotion is an event, a confirm of what is confirmed is none", () => {
  const fs = onProbation();
  for (let time = 1; time <= 3; time++) sentinelOver(fs).confirmHealthy();
  const confirmed = sentinelOver(fs).history().filter(({ event }) => event === "confirmed");
  assert.deepEqual(confirmed.map(({ version }) => version), ["1", "2"]);
});

test("a version that is known later is recorded for last-good, once, and replaces no other", () => {
  const fs = freshMachine();
  const unnamed = sentinelOver(fs).confirmHealthy().version;
  assert.match(unnamed, /^sha256:/);
  const confirm = (version: string) => sentinelOver(fs, [], { version }).confirmHealthy();
  assert.deepEqual(confirm("v1.0.0"), { kind: "already", version: "1.0.0", unnamed });
  assert.equal(sentinelOver(fs).status().lastGood?.version, "1.0.0");
  assert.equal(confirm("1.0.0").kind, "already");
  confirm("2.0.0");
  assert.equal(sentinelOver(fs).status().lastGood?.version, "1.0.0");
});

test("without a last-good the live build becomes it", () => {
  const fs = freshMachine();
  assert.deepEqual(sentinelOver(fs, [], { version: "1" }).confirmHealthy(), { kind: "seeded", version: "1" });
  assert.equal(versionAt(fs, LAST_GOOD), "1");
  assert.notEqual(fs.info(LAST_GOOD).inode, fs.info(EXE).inode, "it is a file of its own");
  assert.equal(sentinelOver(fs).status().lastGood?.proven, true);
});

test("a confirm at every start of the confirmed build changes no file", () => {
  const fs = confirmedMachine();
  const before = fs.texts();
  assert.deepEqual(sentinelOver(fs).confirmHealthy(), { kind: "already", version: "1" });
  assert.deepEqual(fs.texts(), before);
});

test("a last-good that was lost is made anew", () => {
  const fs = confirmedMachine();
  fs.remove(LAST_GOOD);
  assert.deepEqual(sentinelOver(fs).confirmHealthy(), { kind: "seeded", version: "1" });
  assert.equal(versionAt(fs, LAST_GOOD), "1");
});

test("a last-good that was damaged is made anew", () => {
  const fs = confirmedMachine();
  fs.writeInPlace(LAST_GOOD, "<html>503</html>");
  assert.deepEqual(sentinelOver(fs).confirmHealthy(), { kind: "seeded", version: "1" });
  assert.equal(versionAt(fs, LAST_GOOD), "1");
});

test("a lost last-good is made anew from other bytes only for a service that knows its version", () => {
  for (const [options, kind] of [[{ version: "2" }, "seeded"], [{}, "notLive"]] as const) {
    const fs = confirmedMachine();
    fs.remove(LAST_GOOD);
    fs.replace(EXE, build("2"));
    assert.equal(sentinelOver(fs, [], options).confirmHealthy().kind, kind);
  }
});

test("a last-good without a record, as the reference leaves it, is replaced only where bytes tell builds apart", () => {
  for (const [options, kind, kept] of [[{ version: "2" }, "notLive", "1"], [{}, "seeded", "2"]] as const) {
    const fs = freshMachine();
    fs.put(LAST_GOOD, build("1"), 0o755);
    fs.replace(EXE, build("2"));
    assert.equal(sentinelOver(fs, [], options).confirmHealthy().kind, kind);
    assert.equal(versionAt(fs, LAST_GOOD), kept);
  }
});

test("other bytes that nobody armed are not promoted, and last-good stays", () => {
  const fs = confirmedMachine();
  fs.replace(EXE, build("2"));
  assert.equal(sentinelOver(fs).confirmHealthy().kind, "notLive");
  assert.equal(versionAt(fs, LAST_GOOD), "1");
});

test("the running build is confirmed while an update is under way, and the update stays armed", () => {
  const fs = updateUnderWay();
  assert.equal(sentinelOver(fs).confirmHealthy().kind, "already");
  assert.equal(sentinelOver(fs).status().pending?.version, "2");
  assert.equal(sentinelOver(fs).status().lastGood?.proven, true);
});

test("a service that knows its version confirms only that version's arming", () => {
  const fs = updateUnderWay();
  fs.replace(EXE, build("3"));
  const confirmation = sentinelOver(fs, [], { version: "3" }).confirmHealthy();
  assert.deepEqual(confirmation, { kind: "notLive", version: "2" });
  assert.equal(versionAt(fs, LAST_GOOD), "1");
});

test("a version confirms its arming with or without a leading v", () => {
  const fs = updateUnderWay();
  fs.replace(EXE, build("2"));
  assert.equal(sentinelOver(fs, [], { version: "v2" }).confirmHealthy().kind, "promoted");
});

for (
  const [what, change] of [
    ["missing", (fs: MemoryFs) => fs.remove(EXE)],
    ["empty", (fs: MemoryFs) => fs.writeInPlace(EXE, "")],
    ["a folder", (fs: MemoryFs) => (fs.remove(EXE), fs.makeDirectory(EXE))],
  ] as const
) {
  test(`a program that is ${what} is not confirmed, and last-good stays`, () => {
    const fs = onProbation();
    change(fs);
    const before = fs.texts();
    assert.throws(() => sentinelOver(fs).confirmHealthy(), { name: "SentinelError", code: "missing" });
    assert.deepEqual(fs.texts(), before);
  });
}

test("a build that cannot be read is not confirmed", () => {
  const fs = onProbation();
  fs.replace(EXE, build("3"));
  const unreadable = faultFs(fs, [{ code: "denied", verb: ["copy", "fingerprint"] }]);
  assert.throws(() => sentinelOver(unreadable).confirmHealthy(), { name: "FsError", code: "denied" });
  assert.equal(versionAt(fs, LAST_GOOD), "1");
});

test("when the copy has no room the build stays on probation and last-good stays", () => {
  const fs = onProbation();
  const full = faultFs(fs, [{ code: "noSpace", verb: "copy" }]);
  assert.throws(() => sentinelOver(full).confirmHealthy(), { name: "FsError", code: "noSpace" });
  assert.equal(versionAt(fs, LAST_GOOD), "1");
  assert.equal(sentinelOver(fs).status().state, "probation");
});

test("a confirm that failed after the promotion is completed by the next one", () => {
  const fs = onProbation();
  const stuck = faultFs(fs, [{
    code: "denied",
    verb: "remove",
    path: (path) => path.endsWith("/.boot-sentinel.json"),
  }]);
  assert.throws(() => sentinelOver(stuck).confirmHealthy(), { name: "FsError", code: "denied" });
  assert.equal(versionAt(fs, LAST_GOOD), "2");
  assert.deepEqual(sentinelOver(fs).confirmHealthy(), { kind: "already", version: "2" });
  assert.equal(sentinelOver(fs).status().state, "steady");
});

const CHANGED_MEANWHILE: readonly (readonly [what: string, act: (fs: MemoryFs, copy: string) => void])[] = [
  ["its copy is written into", (fs, copy) => fs.writeInPlace(copy, build("3"))],
  ["the program is written into", (fs) => fs.writeInPlace(EXE, build("3"))],
  ["the program is replaced", (fs) => fs.replace(EXE, build("3"), 0o755)],
];

for (const [what, act] of CHANGED_MEANWHILE) {
  test(`a confirm changes nothing when ${what}`, () => {
    const fs = onProbation();
    const copying = withOutsider(fs, "copy", (_, to) => act(fs, to));
    assert.throws(() => sentinelOver(copying).confirmHealthy(), { name: "SentinelError", code: "busy" });
    assert.equal(versionAt(fs, LAST_GOOD), "1");
  });
}

test("a confirm ends the row of updates that could not be installed", () => {
  const fs = confirmedMachine();
  sentinelOver(fs).failInstall("2", "it does not verify");
  assert.equal(sentinelOver(fs).failInstall("2", "it does not verify").failures, 2);
  sentinelOver(fs).confirmHealthy();
  assert.equal(sentinelOver(fs).failInstall("2", "it does not verify").failures, 1);
});

test("a confirm ends the state of a rollback", () => {
  const fs = onProbation();
  sentinelOver(fs).rollback();
  assert.equal(sentinelOver(fs).status().state, "rolled-back");
  sentinelOver(fs).confirmHealthy();
  assert.equal(sentinelOver(fs).status().state, "steady");
});

test("a confirm waits for the lock, and says when it did not get it", () => {
  const fs = onProbation();
  const waited: number[] = [];
  const lock = { acquire: (_path: string, waitMs: number) => (waited.push(waitMs), "busy" as const) };
  const sentinel = new BootSentinel({ dataDir: DATA, exe: EXE }, { ...portsOver(fs), lock });
  assert.throws(() => sentinel.confirmHealthy(), { name: "SentinelError", code: "busy" });
  assert.deepEqual(waited, [2000]);
  assert.equal(versionAt(fs, LAST_GOOD), "1");
});

test("nothing is promoted beside a state file of a newer program, which stays byte for byte", () => {
  const fs = onProbation();
  const newer = '{"schema":99,"version":"2","attempts":1}';
  fs.replace(`${DATA}/.boot-sentinel.json`, newer);
  assert.equal(sentinelOver(fs).confirmHealthy().kind, "notLive");
  assert.equal(versionAt(fs, LAST_GOOD), "1");
  assert.equal(fs.texts()[`${DATA}/.boot-sentinel.json`], newer);
});
