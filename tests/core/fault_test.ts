/** Whatever fails, at whatever call: the gate goes on, the program stays whole, and somebody is told. @module */
import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { SentinelError } from "../../src/core/errors.ts";
import { FsError, type FsFault } from "../../src/core/ports.ts";
import { killStates } from "../support/disk/crash_states.ts";
import { type Fault, faultFs } from "../../src/system/fs/memory/fault_fs.ts";
import type { MemoryFs } from "../../src/system/fs/memory/memory_fs.ts";
import { confirmed, MACHINES, type Proof, PROOFS, TRANSACTIONS } from "../support/disk/transactions.ts";
import { DATA, EXE, sentinelOver, versionAt } from "../support/disk/world.ts";

const CODES: FsFault[] = ["noSpace", "readOnly", "denied", "busy", "other", "crossDevice", "unsupported"];

/** How faults strike: each code once; a disk that stays so; an error that comes after the deed. `SOAK` tries all. */
const MANNERS: Omit<Fault, "at">[] = process.env["SOAK"] === undefined
  ? [
    ...CODES.map((code) => ({ code })),
    { code: "noSpace", onward: true },
    { code: "readOnly", onward: true },
    { code: "other", when: "after" },
  ]
  : CODES.flatMap((code) =>
    [false, true].flatMap((onward) => (["before", "after"] as const).map((when) => ({ code, onward, when })))
  );

/** What matters of a machine: the program, its count, what is held. */
function facts(fs: MemoryFs, make: Proof["make"]): Record<string, unknown> {
  return {
    live: versionAt(fs, EXE),
    attempts: make.sentinel(fs).status().pending?.attempts,
    held: make.sentinel(fs).quarantinedVersions(),
  };
}

/** A machine of its own in the same state: what a kill leaves of nothing. */
function copyOf(fs: MemoryFs): MemoryFs {
  fs.makeDurable();
  for (const state of killStates(fs)) return state.fs;
  throw new Error("nothing to copy");
}

/** Boots without faults until things have settled; build 1 is the only good one. */
function recover(fs: MemoryFs, make: Proof["make"]): string | undefined {
  for (let boot = 0; boot < 6; boot++) {
    const outcome = make.sentinel(fs).boot();
    const good = versionAt(fs, EXE) === "1";
    if (good && boot > 0 && outcome.kind === "proceed" && outcome.state === "steady") break;
    if (good) make.sentinel(fs).confirmHealthy();
  }
  return versionAt(fs, EXE);
}

let schedules = 0;
for (const proof of PROOFS) {
  const { name, transaction, make } = proof;
  // Of a release each call fails once, before or after the deed: the codes that matter are those of state files.
  const manners = make === MACHINES ? MANNERS : MANNERS.filter(({ code }) => code === "other");
  test(`${name}: a fault at any call leaves a whole program and is told`, () => {
    const start = transaction.start(make);
    const clean = copyOf(start);
    const counter = faultFs(clean, []);
    transaction.act(make.sentinel(counter), make);
    const wanted = facts(clean, make);
    for (let at = 1; at <= counter.count(); at++) {
      for (const manner of manners) strike(proof, copyOf(start), { ...manner, at }, wanted);
    }
  });
}

function strike(
  { name, transaction, make }: Proof,
  fs: MemoryFs,
  fault: Fault,
  wanted: Record<string, unknown>,
): void {
  const where = JSON.stringify(fault);
  const log: string[] = [];
  let told = false;
  try {
    transaction.act(make.sentinel(faultFs(fs, [fault]), log), make);
  } catch (error) {
    assert.ok(!name.includes("boot"), `${where}: the gate threw ${error}`);
    assert.ok(error instanceof FsError || error instanceof SentinelError, `${where}: ${error}`);
    told = true;
  }
  assert.ok(versionAt(fs, EXE) !== undefined, `${where}: the path is empty`);
  versionAt(fs, `${EXE}.last-good`);
  told ||= log.length > 0;
  if (!told) assert.deepEqual(facts(fs, make), wanted, `${where}: went wrong and said nothing`);
  const end = recover(fs, make) ?? "none";
  assert.ok(transaction.ends.includes(end), `${where}: it ended with ${end}`);
  schedules++;
}

test("after a failed swap last-good is no second name of the program, which someone may write to in place", () => {
  for (const name of ["a swap", "the first swap", "a swap over an unconfirmed build"]) {
    const transaction = TRANSACTIONS[name];
    assert.ok(transaction);
    const start = transaction.start(MACHINES);
    const counter = faultFs(copyOf(start), []);
    transaction.act(sentinelOver(counter), MACHINES);
    for (let at = 1; at <= counter.count(); at++) {
      const fs = copyOf(start);
      try {
        transaction.act(sentinelOver(faultFs(fs, [{ code: "noSpace", at }])), MACHINES);
      } catch { /* that is the point */ }
      const lastGood = `${EXE}.last-good`;
      if (fs.texts()[lastGood] === undefined) continue;
      assert.notEqual(fs.info(lastGood).inode, fs.info(EXE).inode, `${name}, no space at call ${at}`);
    }
  }
});

test("a failed command leaves no temporary file behind", () => {
  for (const name of ["an arm", "a swap", "the first arm", "a confirm"]) {
    const transaction = TRANSACTIONS[name];
    assert.ok(transaction);
    const counter = faultFs(transaction.start(MACHINES), []);
    transaction.act(sentinelOver(counter), MACHINES);
    for (let at = 1; at <= counter.count(); at++) {
      const fs: MemoryFs = transaction.start(MACHINES);
      try {
        transaction.act(sentinelOver(faultFs(fs, [{ code: "noSpace", at }])), MACHINES);
      } catch { /* that is the point */ }
      const left: string[] = Object.keys(fs.texts()).filter((path) => path.endsWith("tmp"));
      assert.deepEqual(left, [], `${name}, no space at call ${at}`);
    }
  }
});

test("on a full disk the attempts still advance and the restore still works", () => {
  const transaction = TRANSACTIONS["the restoring boot"];
  assert.ok(transaction);
  const fs = confirmed(MACHINES);
  fs.put("/tmp/update", "#!build 2", 0o755);
  sentinelOver(fs).swap("/tmp/update", "2");
  // The first boot binds the armed build to its bytes; the record of that must have had room once.
  sentinelOver(fs).boot();
  fs.remove(`${DATA}/.boot-spare`);
  const full = faultFs(fs, [{ code: "noSpace", at: 1, onward: true, verb: ["create", "copy"] }]);
  const log: string[] = [];
  assert.deepEqual(attempts(sentinelOver(full, log).boot()), 2);
  assert.deepEqual(attempts(sentinelOver(full, log).boot()), 3);
  assert.equal(sentinelOver(full, log).boot().kind, "rolledBack");
  assert.equal(versionAt(fs, EXE), "1");
  assert.ok(sentinelOver(full).isQuarantined("2"), "owed, and already effective");
  assert.equal(fs.texts()[`${DATA}/.boot-quarantine.json`], undefined);
  sentinelOver(fs).boot();
  assert.ok(fs.texts()[`${DATA}/.boot-quarantine.json`]?.includes('"2"'), "written by the first boot that has room");
});

test("a bad build that nobody announced is counted on a full disk, too: the spare file becomes its sentinel", () => {
  const fs = confirmed(MACHINES);
  fs.replace(EXE, "#!build 2", 0o755);
  const full = faultFs(fs, [{ code: "noSpace", at: 1, onward: true, verb: ["create", "copy"] }]);
  for (const attempt of [1, 2, 3]) assert.deepEqual(attempts(sentinelOver(full).boot()), attempt);
  assert.equal(sentinelOver(full).boot().kind, "rolledBack");
  assert.equal(versionAt(fs, EXE), "1");
});

function attempts(outcome: ReturnType<ReturnType<typeof sentinelOver>["boot"]>): number | undefined {
  return outcome.kind === "proceed" ? outcome.attempts : undefined;
}

test("the proofs ran many schedules", () => {
  console.log(`faults: ${schedules} schedules`);
  assert.ok(schedules > 4000, `${schedules} schedules`);
});
