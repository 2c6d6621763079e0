/** What an arm keeps, what it expects, and what it refuses. @module */
import assert from "node:assert/strict";
import { test } from "node:test";
import { BootSentinel } from "../../../mod.ts";
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

const LAST_GOOD = `${EXE}.last-good`;
/** What the clock of {@link sentinelOver} says at first, unless a test sets it. */
const START = Date.UTC(2026, 0, 1);

/** Asserts that this is refused with the code, and that no file has changed. */
function refused(fs: MemoryFs, code: string, act: () => void): void {
  const before = fs.texts();
  assert.throws(act, { name: "SentinelError", code });
  assert.deepEqual(fs.texts(), before);
}

test("the running build is kept as last-good, and nobody has proven it", () => {
  const fs = freshMachine();
  sentinelOver(fs, [], { version: "1" }).armForSwap(EXE, "2");
  const { lastGood } = sentinelOver(fs).status();
  assert.deepEqual([lastGood?.version, lastGood?.proven, versionAt(fs, LAST_GOOD)], ["1", false, "1"]);
});

test("last-good of a running build is a file of its own, which no write in place reaches", () => {
  const fs = freshMachine();
  sentinelOver(fs).armForSwap(EXE, "2");
  fs.writeInPlace(EXE, build("2"));
  assert.equal(versionAt(fs, LAST_GOOD), "1");
});

test("the armed version is expected in its normal form, with all its chances", () => {
  const fs = confirmedMachine();
  sentinelOver(fs).armForSwap(EXE, " v2\n");
  assert.deepEqual(sentinelOver(fs).status().pending, { version: "2", attempts: 0, maxAttempts: 3 });
});

test("arming again gives all chances again", () => {
  const fs = confirmedMachine();
  swapIn(fs, "2");
  for (let boot = 1; boot <= 2; boot++) sentinelOver(fs).boot();
  sentinelOver(fs).armForSwap(EXE, "2");
  assert.equal(sentinelOver(fs).status().pending?.attempts, 0);
});

test("an arm is an event with the armed version", () => {
  const fs = confirmedMachine();
  sentinelOver(fs).armForSwap(EXE, "v2");
  const last = sentinelOver(fs).history().at(-1);
  assert.deepEqual([last?.event, last?.version], ["armed", "2"]);
});

test("an arm over the confirmed build copies nothing", () => {
  const counted = faultFs(confirmedMachine(), []);
  sentinelOver(counted).armForSwap(EXE, "2");
  assert.equal(counted.count(["copy", "link"]), 0);
});

test("an arm ends the state of a rollback", () => {
  const fs = confirmedMachine();
  swapIn(fs, "2");
  sentinelOver(fs).rollback();
  sentinelOver(fs).armForSwap(EXE, "3");
  assert.equal(sentinelOver(fs).status().rolledBack, null);
});

test("a program that lies elsewhere can be kept as last-good", () => {
  const fs = freshMachine();
  fs.put("/running/old", build("7"), 0o755);
  sentinelOver(fs).armForSwap("/running/old", "2");
  assert.equal(versionAt(fs, LAST_GOOD), "7");
  assert.equal(versionAt(fs, EXE), "1");
});

test("a damaged last-good is replaced by the running build", () => {
  const fs = confirmedMachine();
  fs.writeInPlace(LAST_GOOD, "<html>503</html>");
  sentinelOver(fs).armForSwap(EXE, "2");
  assert.equal(versionAt(fs, LAST_GOOD), "1");
});

test("over an unconfirmed build the older last-good stays, though nobody has proven it either", () => {
  const fs = freshMachine();
  sentinelOver(fs).armForSwap(EXE, "2");
  fs.replace(EXE, build("2"));
  sentinelOver(fs).armForSwap(EXE, "3");
  assert.equal(versionAt(fs, LAST_GOOD), "1");
});

test("over bytes that nobody armed the older last-good stays", () => {
  const fs = confirmedMachine();
  fs.replace(EXE, build("2"));
  sentinelOver(fs).armForSwap(EXE, "3");
  assert.equal(versionAt(fs, LAST_GOOD), "1");
});

test("a service that knows its version has its own bytes kept, whatever last-good was", () => {
  const fs = confirmedMachine();
  fs.replace(EXE, build("2"));
  sentinelOver(fs, [], { version: "2" }).armForSwap(EXE, "3");
  assert.equal(versionAt(fs, LAST_GOOD), "2");
});

test("a build that is known to be bad is not kept as last-good", () => {
  const fs = freshMachine();
  sentinelOver(fs).quarantine("1", { digest: fs.digest(EXE) });
  sentinelOver(fs).armForSwap(EXE, "2");
  assert.equal(sentinelOver(fs).status().lastGood, null);
  assert.equal(sentinelOver(fs).status().pending?.version, "2");
});

test("a last-good that cannot be read is not overwritten, and nothing is armed", () => {
  const fs = confirmedMachine();
  fs.replace(LAST_GOOD, build("1")); // another stamp, so that its bytes have to be read
  const unreadable = faultFs(fs, [{ code: "other", verb: "fingerprint", path: (path) => path === LAST_GOOD }]);
  assert.throws(() => sentinelOver(unreadable).armForSwap(EXE, "2"), { name: "FsError", code: "other" });
  assert.equal(versionAt(fs, LAST_GOOD), "1");
  assert.equal(sentinelOver(fs).status().pending, null);
});

test("without room for last-good nothing is armed", () => {
  const fs = freshMachine();
  const full = faultFs(fs, [{ code: "noSpace", verb: "copy" }]);
  assert.throws(() => sentinelOver(full).armForSwap(EXE, "2"), { name: "FsError", code: "noSpace" });
  assert.equal(sentinelOver(fs).status().pending, null);
  assert.equal(sentinelOver(fs).status().lastGood, null);
});

for (
  const [what, change] of [
    ["missing", (fs: MemoryFs) => fs.remove(EXE)],
    ["empty", (fs: MemoryFs) => fs.writeInPlace(EXE, "")],
  ] as const
) {
  test(`nothing is armed over a program that is ${what}`, () => {
    const fs = confirmedMachine();
    change(fs);
    refused(fs, "missing", () => sentinelOver(fs).armForSwap(EXE, "2"));
  });
}

test("of two updaters the one that began before the other's arm is refused", () => {
  const fs = confirmedMachine();
  sentinelOver(fs).armForSwap(EXE, "3");
  refused(fs, "busy", () => sentinelOver(fs, [], {}, START + 60_000).armForSwap(EXE, "2", { since: START }));
});

test("an updater that began after an arm arms its own build", () => {
  const fs = confirmedMachine();
  sentinelOver(fs).armForSwap(EXE, "3");
  const later = START + 60_000;
  sentinelOver(fs, [], {}, later + 1000).armForSwap(EXE, "2", { since: later });
  assert.equal(sentinelOver(fs).status().pending?.version, "2");
});

test("an arm in the future, before the clock was set back, stops no updater", () => {
  const fs = confirmedMachine();
  sentinelOver(fs, [], {}, START + 3_600_000).armForSwap(EXE, "3");
  sentinelOver(fs).armForSwap(EXE, "2", { since: START });
  assert.equal(sentinelOver(fs).status().pending?.version, "2");
});

test("before an arm both versions are told, and nothing has changed yet", () => {
  const fs = freshMachine();
  const told: unknown[] = [];
  const before = (versions: unknown) => void told.push(versions, fs.texts()[LAST_GOOD]);
  sentinelOver(fs, [], { version: "1" }).armForSwap(EXE, "v2", { before });
  assert.deepEqual(told, [{ from: "1", to: "2" }, undefined]);
});

test("what throws before an arm calls it off, and is passed on", () => {
  const fs = freshMachine();
  const files = fs.texts();
  const error = new Error("the data cannot be saved");
  const before = () => {
    throw error;
  };
  assert.throws(() => sentinelOver(fs).armForSwap(EXE, "2", { before }), (thrown) => thrown === error);
  assert.deepEqual(fs.texts(), files);
});

test("an arm does not wait for the lock", () => {
  const fs = confirmedMachine();
  const waited: number[] = [];
  const lock = { acquire: (_path: string, waitMs: number) => (waited.push(waitMs), "busy" as const) };
  const sentinel = new BootSentinel({ dataDir: DATA, exe: EXE }, { ...portsOver(fs), lock });
  refused(fs, "busy", () => sentinel.armForSwap(EXE, "2"));
  assert.deepEqual(waited, [0]);
});

test("nothing is armed over a state file of a newer program, which stays byte for byte", () => {
  const fs = confirmedMachine();
  fs.put(`${DATA}/.boot-sentinel.json`, '{"schema":99}', 0o600);
  refused(fs, "untouchable", () => sentinelOver(fs).armForSwap(EXE, "2"));
});
