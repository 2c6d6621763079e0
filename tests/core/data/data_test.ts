/** Snapshots of data: taken before a build's first boot, put back by its rollback, dropped by its confirm. @module */
import assert from "node:assert/strict";
import { test } from "node:test";
import { faultFs } from "../../../src/system/fs/memory/fault_fs.ts";
import { asides, beside, DIR, FILE, machine, run, snapshots, update, updated } from "../../support/disk/data_world.ts";
import type { MemoryData } from "../../support/disk/memory_data.ts";
import { build, EXE, versionAt } from "../../support/disk/world.ts";

test("a rollback puts the data from before the build back, and keeps the newer ones", () => {
  const fs = updated();
  for (let n = 1; n <= 3; n++) run(fs);
  assert.equal(fs.texts()[FILE], "of 2");
  assert.equal(machine(fs).sentinel.status().data?.path, DIR);
  assert.equal(machine(fs).sentinel.status().data?.bytes, 4);
  assert.equal(run(fs).kind, "rolledBack");
  assert.equal(fs.texts()[FILE], "of 1");
  const [aside = "none", ...more] = asides(fs);
  assert.match(aside, /^app\.boot-sentinel-2-2026\d{4}T\d{6}Z$/);
  assert.deepEqual([more, snapshots(fs)], [[], []]);
  assert.equal(fs.texts()[`/var/data/${aside}/db`], "of 2");
  const { rolledBack, data } = machine(fs).sentinel.status();
  assert.deepEqual([rolledBack?.data?.aside, data], [`/var/data/${aside}`, null]);
  assert.match(machine(fs).sentinel.history().at(-1)?.reason ?? "", /the newer ones lie at \/var\/data\/app\.boot-/);
});

test("a rollback by hand puts them back, too; not while the service works with them", () => {
  const fs = updated();
  run(fs);
  const before = fs.texts();
  assert.throws(() => machine(fs, { user: "process 7 (app)" }).sentinel.rollback(), /process 7 \(app\) is at work/);
  assert.deepEqual(fs.texts(), before);
  machine(fs).sentinel.rollback();
  assert.deepEqual([versionAt(fs, EXE), fs.texts()[FILE], asides(fs).length], ["1", "of 1", 1]);
});

test("a confirm drops the snapshot", () => {
  const fs = updated();
  run(fs);
  assert.equal(snapshots(fs).length, 1);
  machine(fs).sentinel.confirmHealthy();
  assert.deepEqual([beside(fs), fs.texts()[FILE]], [["app"], "of 2"]);
});

test("an update over an unconfirmed build keeps the data of last-good", () => {
  const fs = updated();
  run(fs);
  update(fs, "3");
  for (let n = 1; n <= 4; n++) run(fs);
  assert.deepEqual([versionAt(fs, EXE), fs.texts()[FILE]], ["1", "of 1"]);
});

test("a build that replaced an unconfirmed one behind the gate's back keeps them, too", () => {
  const fs = updated();
  run(fs);
  fs.replace(EXE, build("3"), 0o755);
  for (let n = 1; n <= 4; n++) run(fs);
  assert.deepEqual([versionAt(fs, EXE), fs.texts()[FILE]], ["1", "of 1"]);
});

for (const user of [undefined, "process 7 (app)"]) {
  test(`after a stop on request no snapshot is taken of what the build wrote, ${user ?? "one is there"}`, () => {
    const fs = updated();
    run(fs, { user });
    const state = machine(fs).state();
    state.writeSentinel({ ...state.sentinel, version: "2", attempts: 0, refunded: 1 });
    for (let n = 1; n <= 4; n++) run(fs);
    const expected = user === undefined ? ["1", "of 1", 1] : ["1", "of 2", 0];
    assert.deepEqual([versionAt(fs, EXE), fs.texts()[FILE], asides(fs).length], expected);
  });
}

const without: readonly [why: string, facts: MemoryData, budget: number, said: RegExp][] = [
  ["somebody works with the data", { user: "process 7 (app)" }, 1000, /process 7 \(app\) is at work/],
  ["they are above the budget", {}, 3, /above the budget/],
  ["the directory cannot be replaced", { fault: { why: "it is a mount point", advice: "x" } }, 9, /is a mount point/],
];
for (const [why, facts, budget, said] of without) {
  test(`no snapshot when ${why}: it is said, and the service starts`, () => {
    const fs = updated();
    const on = machine(fs, facts, budget);
    assert.equal(on.boot().kind, "proceed");
    assert.ok(on.said(said), on.log.join("\n"));
    assert.deepEqual([beside(fs), on.state().sentinel?.attempts, on.state().sentinel?.data], [["app"], 1, undefined]);
    for (let n = 2; n <= 4; n++) run(fs);
    assert.deepEqual([versionAt(fs, EXE), fs.texts()[FILE]], ["1", "of 2"]); // no snapshot is taken at a later boot
  });
}

test("shared blocks need no budget", () => {
  const fs = updated();
  machine(fs, { isShared: true }, 0).boot();
  assert.equal(snapshots(fs).length, 1);
});

test("a full disk while the data are copied: no half snapshot is left, and the service starts", () => {
  const fs = updated();
  const full = faultFs(fs, [{ code: "noSpace", verb: "copy", path: (path) => path.includes("-new/") }]);
  const on = machine(full);
  assert.equal(on.boot().kind, "proceed");
  assert.ok(on.said(/No snapshot of the data.*no space left/), on.log.join("\n"));
  assert.deepEqual(beside(fs), ["app"]);
});

test("data that cannot be put back keep the older program from starting, also from where it lies", () => {
  const fs = updated();
  for (let n = 1; n <= 3; n++) run(fs);
  const on = machine(fs, { user: "process 7 (app)" });
  const outcome = on.boot();
  assert.ok(outcome.kind === "proceed" && outcome.state === "degraded" && outcome.standIn === undefined);
  assert.deepEqual([versionAt(fs, EXE), fs.texts()[FILE]], ["2", "of 2"]);
  assert.equal(run(fs).kind, "rolledBack");
  assert.equal(fs.texts()[FILE], "of 1");
});

test("a program that cannot be put back keeps its own data, and the snapshot waits", () => {
  const fs = updated();
  for (let n = 1; n <= 3; n++) run(fs);
  const stuck = faultFs(fs, [{ code: "busy", verb: "rename", path: (path) => path === EXE }]);
  machine(stuck).boot();
  assert.deepEqual([versionAt(fs, EXE), fs.texts()[FILE], snapshots(fs).length], ["2", "of 2", 1]);
  run(fs);
  assert.deepEqual([versionAt(fs, EXE), fs.texts()[FILE]], ["1", "of 1"]);
});

test("a path that only a stranger's state names is not moved", () => {
  const fs = updated();
  for (let n = 1; n <= 3; n++) run(fs);
  fs.options = { ...fs.options, foreign: ["/var/data"] };
  const { sentinel } = machine(fs); // knows no --data
  assert.throws(() => sentinel.rollback());
  assert.deepEqual([versionAt(fs, EXE), fs.texts()[FILE]], ["2", "of 2"]);
});
