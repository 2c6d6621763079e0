/** Snapshots of data: taken before a build's first boot, put back by its rollback, dropped by its confirm. @module */
import assert from "node:assert/strict";
import { test } from "node:test";
import { boot } from "../../../src/core/gate/boot.ts";
import type { BootOutcome } from "../../../src/core/gate/outcome.ts";
import type { Fs } from "../../../src/core/ports.ts";
import { subjectOf } from "../../../src/core/sentinel_options.ts";
import { State } from "../../../src/core/state/state.ts";
import type { MemoryFs } from "../../../src/system/fs/memory/memory_fs.ts";
import { faultFs } from "../../../src/system/fs/memory/fault_fs.ts";
import { BootSentinel } from "../../../mod.ts";
import { crashStates, killStates } from "../../support/disk/crash_states.ts";
import { type MemoryData, memoryData } from "../../support/disk/memory_data.ts";
import { build, confirmedMachine, DATA, DOWNLOAD, EXE, portsOver, versionAt } from "../../support/disk/world.ts";

const DIR = "/var/data/app";
const FILE = `${DIR}/db`;

/** The core over a file system, with `--data`. */
function machine(fs: Fs, facts: MemoryData = {}, budget = 1000) {
  const log: string[] = [];
  const ports = { ...portsOver(fs, log), trees: memoryData(fs, facts) };
  const subject = subjectOf({ dataDir: DATA, exe: EXE, data: { path: DIR, budget } });
  // The updater and the operator do not say where the data are.
  const sentinel = new BootSentinel({ dataDir: DATA, exe: EXE }, ports);
  return {
    log,
    boot: (startFault?: string): BootOutcome => boot(ports, subject, startFault),
    sentinel,
    state: () => new State(ports, subject),
    said: (pattern: RegExp) => log.some((line) => pattern.test(line)),
  };
}

/** Build 1 is confirmed and has data; build 2 is swapped in. */
function updated(version = "2"): MemoryFs {
  const fs = confirmedMachine();
  fs.put(FILE, "of 1");
  update(fs, version);
  return fs;
}

function update(fs: MemoryFs, version: string): void {
  fs.put(DOWNLOAD, build(version), 0o755);
  machine(fs).sentinel.swap(DOWNLOAD, version);
}

/** A boot, and then what the program that is live does: it writes its version into the data. */
function run(fs: MemoryFs, facts?: MemoryData): BootOutcome {
  const outcome = machine(fs, facts).boot();
  const version = versionAt(fs, EXE);
  if (version !== "1") fs.put(FILE, `of ${version}`);
  return outcome;
}

const beside = (fs: MemoryFs) => fs.list("/var/data");
const asides = (fs: MemoryFs) => beside(fs).filter((name) => name.startsWith("app.boot-sentinel-"));
const snapshots = (fs: MemoryFs) => beside(fs).filter((name) => name.startsWith(".boot-sentinel-data-"));

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

test("a rollback that was killed and cannot be completed leaves the build its own data, and the snapshot", () => {
  const fs = updated();
  for (let n = 1; n <= 3; n++) run(fs);
  fs.makeDurable();
  machine(fs).boot();
  let seen = 0;
  for (const { fs: left } of killStates(fs)) {
    if (versionAt(left, EXE) !== "2" || left.texts()[FILE] !== "of 1") continue;
    seen++;
    const lastGood = left.read(`${EXE}.last-good`, 100);
    for (const name of left.list("/app").filter((name) => /last-good|gen-/.test(name))) left.remove(`/app/${name}`);
    const on = machine(left);
    on.boot();
    assert.deepEqual([left.texts()[FILE], snapshots(left).length], ["of 2", 1], on.log.join("\n"));
    left.create(`${EXE}.last-good`, lastGood, 0o755);
    for (let n = 1; n <= 2; n++) run(left);
    assert.deepEqual([versionAt(left, EXE), left.texts()[FILE]], ["1", "of 1"]);
  }
  assert.ok(seen > 0);
});

test("a build that starts again after its data were put back gets a new snapshot", () => {
  const fs = updated();
  run(fs);
  fs.chmod(EXE, 0o644);
  fs.makeDurable();
  machine(fs).boot();
  let seen = 0;
  for (const { fs: left, note } of killStates(fs)) {
    if (versionAt(left, EXE) !== "2" || left.texts()[FILE] !== "of 1") continue;
    seen++;
    left.chmod(EXE, 0o755);
    for (let n = 1; n <= 4; n++) run(left);
    assert.deepEqual([versionAt(left, EXE), left.texts()[FILE]], ["1", "of 1"], note);
  }
  assert.ok(seen > 0);
});

test("an interrupted rollback that the next boot finishes tells where the newer data lie", () => {
  const fs = updated();
  for (let n = 1; n <= 3; n++) run(fs);
  fs.makeDurable();
  machine(fs).boot();
  let seen = 0;
  for (const { fs: left, note } of killStates(fs)) {
    if (left.texts()[FILE] !== "of 1") continue;
    seen++;
    machine(left).boot();
    const [aside] = asides(left);
    assert.equal(machine(left).sentinel.status().rolledBack?.data?.aside, `/var/data/${aside}`, note);
  }
  assert.ok(seen > 3);
});

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

test("a boot that was cut off while it copied is not followed by another that copies", () => {
  const fs = updated();
  fs.makeDurable();
  machine(fs).boot();
  for (const { fs: left } of killStates(fs)) {
    if (!snapshots(left).some((name) => name.endsWith("-new"))) continue;
    const on = machine(left);
    on.boot();
    assert.ok(on.said(/was cut off while it copied/), on.log.join("\n"));
    return;
  }
  assert.fail("no half snapshot was seen");
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

/** Boots until nothing changes: no boot starts build 1 with the data of build 2, and nothing is lost. */
function settle(fs: MemoryFs, note: string): void {
  for (let n = 0; n < 7; n++) {
    const { log, boot } = machine(fs);
    boot();
    const live = versionAt(fs, EXE);
    if (live === "1") assert.equal(fs.texts()[FILE], "of 1", `${note}: boot ${n}\n${log.join("\n")}`);
    else fs.put(FILE, `of ${live}`);
  }
  assert.equal(versionAt(fs, EXE), "1", note);
}

const acts: Record<string, { boots: number; act: (fs: MemoryFs) => void }> = {
  "the first boot": { boots: 0, act: (fs) => void machine(fs).boot() },
  "the restoring boot": { boots: 3, act: (fs) => void machine(fs).boot() },
  "a rollback by hand": { boots: 1, act: (fs) => void machine(fs).sentinel.rollback() },
};
for (const [name, { boots, act }] of Object.entries(acts)) {
  test(`${name}: after any kill or power cut no boot starts the older program with the newer data`, () => {
    const fs = updated();
    for (let n = 0; n < boots; n++) run(fs);
    fs.makeDurable();
    act(fs);
    let states = 0;
    for (const left of [crashStates(fs), killStates(fs)]) {
      for (const { fs: disk, note } of left) {
        states++;
        const hadSnapshot = boots > 0 || snapshots(disk).every((file) => !file.endsWith("-new"));
        if (hadSnapshot) settle(disk, note);
        else assert.equal(disk.texts()[FILE], "of 1", note);
      }
    }
    assert.ok(states > 10, `${states} states`);
  });
}

test("a confirm that is cut off leaves no snapshot for ever", () => {
  const fs = updated();
  run(fs);
  fs.makeDurable();
  machine(fs).sentinel.confirmHealthy();
  for (const { fs: disk, note } of [...crashStates(fs), ...killStates(fs)]) {
    machine(disk).sentinel.confirmHealthy();
    update(disk, "3");
    machine(disk).boot();
    assert.ok(snapshots(disk).length === 1, `${note}: ${snapshots(disk)}`);
    machine(disk).sentinel.confirmHealthy();
    assert.deepEqual([beside(disk), disk.texts()[FILE]], [["app"], "of 2"], note);
  }
});
