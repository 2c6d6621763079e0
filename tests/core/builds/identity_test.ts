/** Which build a file holds, and by what it is recognised without being read. @module */
import assert from "node:assert/strict";
import { test } from "node:test";
import { identify, knownDigest, sameFile, stampOfSame } from "../../../src/core/builds/identity.ts";
import type { Fs } from "../../../src/core/ports.ts";
import { subjectOf } from "../../../src/core/sentinel_options.ts";
import { State } from "../../../src/core/state/state.ts";
import type { MemoryFs } from "../../../src/system/fs/memory/memory_fs.ts";
import { withOutsider } from "../../support/disk/outsider.ts";
import {
  build,
  confirmedMachine,
  DATA,
  EXE,
  freshMachine,
  portsOver,
  sentinelOver,
  versionAt,
} from "../../support/disk/world.ts";

const stateOver = (fs: Fs) => new State(portsOver(fs), subjectOf({ dataDir: DATA, exe: EXE }));

/** Ticks between two times that the disk tells apart. */
const STEP = 1000;

/** Lets time pass until what was written before cannot be written again under the same stamp. */
function settle(fs: MemoryFs): void {
  for (let tick = 0; tick < 2 * STEP; tick++) fs.writeInPlace("/state/keep", "");
}

test("a program is read once by a command, and not again under another name", () => {
  const fs = freshMachine();
  let reads = 0;
  const state = stateOver(withOutsider(fs, "fingerprint", () => reads++));
  const first = identify(state, EXE);
  assert.deepEqual(identify(state, EXE), first);
  fs.link(EXE, "/app/second");
  assert.equal(identify(state, "/app/second").digest, first.digest);
  assert.equal(reads, 1);
});

test("a program whose stamp is recorded is not read at all", () => {
  const fs = confirmedMachine();
  sentinelOver(fs).boot();
  let reads = 0;
  const state = stateOver(withOutsider(fs, "fingerprint", () => reads++));
  assert.equal(identify(state, EXE).digest, fs.digest(EXE));
  assert.equal(reads, 0);
});

test("another file at the path is another build, however alike it is", () => {
  const fs = confirmedMachine();
  const state = stateOver(fs);
  const { info, digest } = identify(state, EXE);
  assert.equal(sameFile(state, EXE, info)?.inode, info.inode);
  fs.replace(EXE, build("1"));
  assert.equal(sameFile(state, EXE, info), undefined);
  assert.equal(stampOfSame(state, EXE, info), undefined);
  assert.equal(knownDigest(state, fs.info(EXE)), undefined);
  assert.equal(identify(state, EXE).digest, digest, "it is read");
  fs.remove(EXE);
  assert.equal(sameFile(state, EXE, info), undefined);
});

test("a file that is renamed or gets a second name stays the same, with another stamp", () => {
  const fs = freshMachine();
  const state = stateOver(fs);
  const { info } = identify(state, EXE);
  fs.link(EXE, "/app/second");
  assert.ok(sameFile(state, EXE, info));
  assert.notEqual(stampOfSame(state, EXE, info), info.stamp);
  fs.rename("/app/second", "/app/third");
  assert.ok(sameFile(state, "/app/third", info));
});

test("a file that could be written again under the same stamp is read each time", () => {
  const fs = freshMachine({ clockStep: STEP });
  let reads = 0;
  const state = stateOver(withOutsider(fs, "fingerprint", () => reads++));
  const { info } = identify(state, EXE);
  assert.equal(info.settled, false);
  fs.writeInPlace(EXE, build("9"));
  assert.equal(fs.info(EXE).stamp, info.stamp, "nothing but its bytes tells it");
  assert.equal(identify(state, EXE).digest, fs.digest(EXE));
  assert.equal(reads, 2);
  settle(fs);
  identify(state, EXE);
  identify(state, EXE);
  assert.equal(reads, 3);
});

test("a stamp that is as young as its reading is not recorded, and is as soon as it has settled", () => {
  const fs = freshMachine({ clockStep: STEP });
  const recorded = () => {
    const { live, lastGood } = JSON.parse(fs.texts()[`${DATA}/.boot-record.json`] ?? "");
    return [live?.stamp, lastGood.stamp];
  };
  sentinelOver(fs).confirmHealthy();
  assert.deepEqual(recorded(), [undefined, undefined]);
  sentinelOver(fs).boot();
  assert.equal(recorded()[0], undefined);
  settle(fs);
  sentinelOver(fs).boot();
  assert.equal(recorded()[0], fs.info(EXE).stamp);
});

for (const [what, before] of [["a confirm", 0], ["a confirm and a boot", 1]] as const) {
  test(`bytes of the same length in the same tick as ${what} are seen, and rolled back`, () => {
    const fs = freshMachine({ clockStep: 1_000_000 });
    sentinelOver(fs).confirmHealthy();
    for (let boot = 1; boot <= before; boot++) sentinelOver(fs).boot();
    const { stamp } = fs.info(EXE);
    fs.writeInPlace(EXE, build("9"));
    assert.equal(fs.info(EXE).stamp, stamp);
    const kinds = [1, 2, 3, 4].map(() => sentinelOver(fs).boot().kind);
    assert.deepEqual(kinds, ["proceed", "proceed", "proceed", "rolledBack"]);
    assert.equal(versionAt(fs, EXE), "1");
  });
}
