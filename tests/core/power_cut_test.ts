/** Whatever a power cut or a kill leaves of any transaction, the next boots end well. @module */
import assert from "node:assert/strict";
import { test } from "node:test";
import { crashStates, killStates, type LeftState } from "../support/disk/crash_states.ts";
import type { MemoryFs } from "../../src/system/fs/memory/memory_fs.ts";
import { MACHINES, type Machines, PROOFS, type Transaction, TRANSACTIONS } from "../support/disk/transactions.ts";
import { build, confirmedMachine, EXE, freshMachine, sentinelOver, versionAt } from "../support/disk/world.ts";

const LAST_GOOD = `${EXE}.last-good`;

/** Runs a transaction from a durable start; returns where in the log it was reported as done. */
function run(transaction: Transaction, make: Machines = MACHINES): { fs: MemoryFs; live: string; done: number } {
  const fs = transaction.start(make);
  fs.makeDurable();
  const live = versionAt(fs, EXE) ?? "none";
  transaction.act(make.sentinel(fs), make);
  return { fs, live, done: fs.mark() };
}

/** A left state is fit: whole files, a boot that starts something, and a good end. */
function judge(transaction: Transaction, { fs, note }: LeftState, liveBefore: string, make = MACHINES): void {
  const live = versionAt(fs, EXE);
  assert.ok(live !== undefined, `${note}: the path is empty`);
  versionAt(fs, LAST_GOOD);
  if (transaction.holds === liveBefore && live !== liveBefore) {
    assert.ok(make.sentinel(fs).isQuarantined(liveBefore), `${note}: restored, and the quarantine was lost`);
  }
  // A watcher confirms build 1 whenever it is live; every other build crashes until it is gone. What is
  // steady twice stays so.
  for (let boot = 0, steady = 0; boot < 9 && steady < 2; boot++) {
    const outcome = make.sentinel(fs).boot();
    steady = outcome.kind === "proceed" && outcome.state === "steady" ? steady + 1 : 0;
    const now = versionAt(fs, EXE);
    assert.ok(now !== undefined, `${note}: boot ${boot} left the path empty`);
    if (now === "1") make.sentinel(fs).confirmHealthy();
  }
  const end = versionAt(fs, EXE) ?? "none";
  assert.ok(transaction.ends.includes(end), `${note}: it ended with ${end}`);
  assert.equal(versionAt(fs, LAST_GOOD), end, `${note}: last-good is not what is live`);
}

let total = 0;
for (const { name, transaction, make } of PROOFS) {
  // Of the state files of a release nothing else is to be seen than of those of a program.
  const options = make === MACHINES ? {} : { maxVolatile: 4 };
  test(`${name}: every state that a power cut or a kill can leave ends well`, () => {
    const { fs, live } = run(transaction, make);
    let states = 0;
    for (const left of [crashStates(fs, options), killStates(fs)]) {
      for (const state of left) {
        judge(transaction, state, live, make);
        states++;
      }
    }
    assert.ok(states > 3, `${states} states`);
    total += states;
  });

  test(`${name}: what was reported as done survives a power cut`, () => {
    const { fs, done } = run(transaction, make);
    const reported = { live: versionAt(fs, EXE), held: make.sentinel(fs).quarantinedVersions() };
    for (const left of crashStates(fs, { from: done })) {
      const found = { live: versionAt(left.fs, EXE), held: make.sentinel(left.fs).quarantinedVersions() };
      assert.deepEqual(found, reported, left.note);
    }
  });
}

test("a second power cut in the boot after the first one ends well, too", () => {
  const transaction = TRANSACTIONS["the restoring boot"] as Transaction;
  const { fs, live } = run(transaction);
  let states = 0;
  for (const first of crashStates(fs)) {
    first.fs.makeDurable();
    sentinelOver(first.fs).boot();
    for (const second of crashStates(first.fs)) {
      judge(transaction, second, live);
      states++;
    }
  }
  assert.ok(states > 50, `${states} states`);
  total += states;
});

test("once confirmed, a build survives ten crashes, whatever a power cut did to the confirm's last step", () => {
  const { fs, done } = run(TRANSACTIONS["a confirm"] as Transaction);
  for (const { fs: left, note } of crashStates(fs, { from: done })) {
    for (let crash = 0; crash < 10; crash++) sentinelOver(left).boot();
    assert.equal(versionAt(left, EXE), "2", note);
  }
});

test("a library's build that a power cut caught between promotion and report is not rolled back", () => {
  const byVersion = (fs: MemoryFs) => sentinelOver(fs, [], { version: versionAt(fs, EXE) ?? "none" });
  const fs = confirmedMachine();
  byVersion(fs).armForSwap(EXE, "2");
  fs.replace(EXE, build("2"), 0o755);
  byVersion(fs).checkOnBoot();
  fs.makeDurable();
  byVersion(fs).confirmHealthy();
  for (const { fs: left, note } of [...crashStates(fs), ...killStates(fs)]) {
    const promoted = versionAt(left, LAST_GOOD) === "2";
    for (let boot = 0; boot < 9; boot++) byVersion(left).checkOnBoot();
    if (promoted) assert.equal(byVersion(left).isQuarantined("2"), false, note);
    assert.equal(versionAt(left, EXE), promoted ? "2" : "1", note);
  }
});

for (const broken of [{ forgetSync: true }, { forgetDirectorySync: true }]) {
  test(`the model is known to see: with ${Object.keys(broken)[0]} some state ends badly`, () => {
    const make: Machines = { ...MACHINES, fresh: () => freshMachine(broken) };
    // The one that leaves a bad state soonest.
    const transaction = TRANSACTIONS["the restoring boot"] as Transaction;
    const { fs, live } = run(transaction, make);
    assert.ok(endsBadly(transaction, crashStates(fs), live));
  });
}

function endsBadly(transaction: Transaction, states: Iterable<LeftState>, live: string): boolean {
  for (const state of states) {
    try {
      judge(transaction, state, live);
    } catch {
      return true;
    }
  }
  return false;
}

test("the proofs looked at many states", () => {
  console.log(`power cuts and kills: ${total} states`);
  assert.ok(total > 1000, `${total} states`);
});
