/** Windows cannot replace a running program, only move it aside: the restore under lock. @module */
import assert from "node:assert/strict";
import { test } from "node:test";
import { CoreSentinel } from "../../support/core_sentinel.ts";
import type { Fs } from "../../../src/core/ports.ts";
import { crashStates, killStates } from "../../support/disk/crash_states.ts";
import { faultFs } from "../../../src/system/fs/memory/fault_fs.ts";
import { MemoryFs } from "../../../src/system/fs/memory/memory_fs.ts";
import { portsOver } from "../../support/disk/world.ts";

const EXE = "/app/service.exe";
const build = (version: string) => `MZ build ${version}`;

function sentinel(fs: Fs, version?: string): CoreSentinel {
  const ports = { ...portsOver(fs), host: { os: "windows", arch: "x64" } as const };
  return new CoreSentinel({ dataDir: "/state", exe: EXE, ...(version === undefined ? {} : { version }) }, ports);
}

/** v1 confirmed, v2 swapped in and out of chances. */
function exhausted(): MemoryFs {
  const fs = new MemoryFs({ windows: true });
  fs.put(EXE, build("1"), 0o755);
  fs.put("/tmp/update", build("2"), 0o755);
  sentinel(fs).confirmHealthy();
  sentinel(fs).swap("/tmp/update", "2");
  for (let boot = 1; boot <= 3; boot++) sentinel(fs).boot();
  fs.makeDurable();
  return fs;
}

test("a running program is moved aside, the good one put in place, and the aside file goes at the next confirm", () => {
  const fs = exhausted();
  fs.lockRunning(EXE);
  assert.equal(sentinel(fs, "2").checkOnBoot().kind, "rolledBack");
  assert.equal(fs.texts()[EXE], build("1"));
  assert.equal(fs.texts()[`${EXE}.rollback-bak`] ?? fs.texts()[`${EXE}.rollback-bak.1`], build("2"));
  for (const path of Object.keys(fs.texts())) if (path.includes("rollback-bak")) fs.unlockRunning(path);
  sentinel(fs).confirmHealthy();
  assert.deepEqual(Object.keys(fs.texts()).filter((path) => path.includes("rollback-bak")), []);
});

test("an aside name that a foreign handle holds is passed over for a numbered one", () => {
  const fs = exhausted();
  fs.put(`${EXE}.rollback-bak`, "MZ held", 0o755);
  fs.lockRunning(`${EXE}.rollback-bak`);
  fs.lockRunning(EXE);
  assert.equal(sentinel(fs, "2").checkOnBoot().kind, "rolledBack");
  assert.equal(fs.texts()[EXE], build("1"));
  assert.equal(fs.texts()[`${EXE}.rollback-bak`], "MZ held");
  assert.equal(fs.texts()[`${EXE}.rollback-bak.1`], build("2"));
});

test("a kill in the gap between aside and in place is healed by the next boot", () => {
  const fs = exhausted();
  fs.lockRunning(EXE);
  sentinel(fs, "2").checkOnBoot();
  let gaps = 0;
  for (const left of [crashStates(fs), killStates(fs)]) {
    for (const { fs: cut, note } of left) {
      if (cut.texts()[EXE] === undefined) gaps++;
      for (let boot = 1; boot <= 6; boot++) sentinel(cut).boot();
      assert.equal(cut.texts()[EXE], build("1"), note);
      assert.ok(sentinel(cut).isQuarantined("2"), note);
    }
  }
  assert.ok(gaps > 0, "the gap was looked at");
});

test("when the second move fails the program is put back in its place", () => {
  const fs = exhausted();
  fs.lockRunning(EXE);
  const stuck = faultFs(fs, [{ code: "busy", verb: "rename", path: (path) => path.includes("restore-tmp") }]);
  assert.deepEqual(sentinel(stuck, "2").checkOnBoot(), { kind: "proceed" });
  assert.equal(fs.texts()[EXE], build("2"));
  assert.equal(fs.texts()[`${EXE}.last-good`], build("1"));
  assert.equal(sentinel(fs, "2").checkOnBoot().kind, "rolledBack", "and the next boot tries again");
});
