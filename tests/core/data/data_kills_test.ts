/** Snapshots of data after a kill or a power cut at any point. @module */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { MemoryFs } from "../../../src/system/fs/memory/memory_fs.ts";
import { crashStates, killStates } from "../../support/disk/crash_states.ts";
import { asides, beside, DIR, FILE, machine, run, snapshots, update, updated } from "../../support/disk/data_world.ts";
import { EXE, versionAt } from "../../support/disk/world.ts";

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

test("an empty directory that was made between the two renames is moved aside, too", () => {
  const fs = updated();
  for (let n = 1; n <= 3; n++) run(fs);
  fs.makeDurable();
  machine(fs).boot();
  const between = [...killStates(fs)].filter(({ fs: left }) => !beside(left).includes("app"));
  assert.ok(between.length > 0);
  for (const { fs: left, note } of between) {
    left.makeDirectory(DIR); // systemd's StateDirectory= does so
    machine(left).boot();
    const [newer = "", empty = ""] = asides(left);
    assert.deepEqual([left.texts()[FILE], left.texts()[`/var/data/${newer}/db`]], ["of 1", "of 2"], note);
    assert.deepEqual([empty, left.list(`/var/data/${empty}`)], [`${newer}.2`, []], note);
  }
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
