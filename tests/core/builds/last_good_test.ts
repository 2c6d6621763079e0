/** Last-good never shares its file with the program for long, and a big program is restored without reading it. @module */
import assert from "node:assert/strict";
import { test } from "node:test";
import { tempPath } from "../../../src/core/state/paths.ts";
import { faultFs } from "../../../src/system/fs/memory/fault_fs.ts";
import {
  build,
  confirmedMachine,
  EXE,
  freshMachine,
  sentinelOver,
  swapIn,
  versionAt,
} from "../../support/disk/world.ts";

const LAST_GOOD = `${EXE}.last-good`;

test("last-good that had to share the restored program's file gets its own at the next boot", () => {
  const fs = freshMachine();
  sentinelOver(fs).armForSwap(EXE, "2");
  fs.replace(EXE, build("2"), 0o755);
  for (let boot = 1; boot <= 3; boot++) sentinelOver(fs).boot();
  const full = faultFs(fs, [{ code: "noSpace", verb: "copy" }]);
  assert.equal(sentinelOver(full).boot().kind, "rolledBack");
  assert.equal(fs.info(EXE).inode, fs.info(LAST_GOOD).inode, "there was no room for a second file");
  assert.equal(sentinelOver(fs).boot().kind, "proceed");
  assert.notEqual(fs.info(EXE).inode, fs.info(LAST_GOOD).inode);
  fs.writeInPlace(EXE, "");
  assert.equal(sentinelOver(fs).boot().kind, "rolledBack");
  assert.equal(versionAt(fs, EXE), "1");
});

test("the boot that restores after a swap copies nothing and reads no program", () => {
  const fs = confirmedMachine();
  swapIn(fs, "2");
  for (let boot = 1; boot <= 3; boot++) sentinelOver(fs).boot();
  const counted = faultFs(fs, []);
  assert.equal(sentinelOver(counted).boot().kind, "rolledBack");
  assert.equal(counted.count("copy"), 0);
  assert.equal(counted.count("digest"), 0);
});

test("counting boots read the program once", () => {
  const fs = confirmedMachine();
  sentinelOver(fs).armForSwap(EXE, "2");
  fs.replace(EXE, build("2"), 0o755);
  const counted = faultFs(fs, []);
  for (let boot = 1; boot <= 3; boot++) sentinelOver(counted).boot();
  assert.equal(counted.count("fingerprint") + counted.count("digest"), 1);
});

test("a steady boot writes nothing and takes no lock", () => {
  const fs = confirmedMachine();
  const counted = faultFs(fs, []);
  sentinelOver(counted).boot();
  for (
    const verb of [
      "create",
      "overwrite",
      "append",
      "rename",
      "link",
      "copy",
      "remove",
      "digest",
      "fingerprint",
    ] as const
  ) {
    assert.equal(counted.count(verb), 0, verb);
  }
});

test("chained arms within a moment keep the older last-good and one chain", () => {
  const fs = confirmedMachine();
  for (const version of ["2", "1", "2"]) sentinelOver(fs).armForSwap(EXE, version);
  assert.equal(versionAt(fs, LAST_GOOD), "1");
  assert.equal(sentinelOver(fs).status().pending?.version, "2");
  fs.replace(EXE, build("2"), 0o755);
  for (let boot = 1; boot <= 4; boot++) sentinelOver(fs).boot();
  assert.equal(versionAt(fs, EXE), "1");
});

test("a last-good that was damaged before a swap never comes back as a spare of the good build", () => {
  const fs = confirmedMachine();
  fs.writeInPlace(LAST_GOOD, "<html>503</html>");
  swapIn(fs, "2");
  for (let boot = 1; boot <= 4; boot++) sentinelOver(fs).boot();
  assert.equal(versionAt(fs, EXE), "1");
  assert.equal(versionAt(fs, LAST_GOOD), "1");
});

test("a last-good that was damaged is not vouched for by a swap into an empty path", () => {
  const fs = confirmedMachine();
  fs.writeInPlace(LAST_GOOD, "#!build 9");
  fs.remove(EXE);
  swapIn(fs, "2");
  for (let boot = 1; boot <= 4; boot++) sentinelOver(fs).boot();
  assert.equal(versionAt(fs, EXE), "2", "other bytes of the same size are not put back");
});

test("a last-good whose head cannot be read is not put in the place of a program that starts", () => {
  const fs = freshMachine();
  fs.writeInPlace(EXE, "<html>404</html>");
  swapIn(fs, "2");
  for (let boot = 1; boot <= 3; boot++) sentinelOver(fs).boot();
  const counter = faultFs(fs, [{ code: "other", verb: "read", path: (path) => path === LAST_GOOD }]);
  assert.equal(sentinelOver(counter).boot().kind, "proceed");
  assert.equal(versionAt(fs, EXE), "2");
});

test("a rollback by hand does not put a last-good that cannot start in the place of a program that does", () => {
  const fs = freshMachine();
  fs.writeInPlace(EXE, "<html>404</html>");
  swapIn(fs, "2");
  assert.throws(() => sentinelOver(fs).rollback(), { name: "SentinelError", code: "noLastGood" });
  assert.equal(versionAt(fs, EXE), "2");
});

test("what a killed swap, restore or arm left half-made goes with the next confirm", () => {
  const fs = confirmedMachine();
  const leftovers = (["swap", "restore", "ready", "last-good"] as const).map((step) => tempPath(EXE, step));
  for (const path of leftovers) fs.put(path, "half");
  swapIn(fs, "2");
  sentinelOver(fs).boot();
  assert.ok(leftovers.some((path) => fs.texts()[path] !== undefined), "a boot has better things to do");
  sentinelOver(fs).confirmHealthy();
  for (const path of leftovers) assert.equal(fs.texts()[path], undefined, path);
});

test("a rollback to an older build is done, though the build cannot be let out of quarantine", () => {
  const fs = confirmedMachine();
  swapIn(fs, "2");
  sentinelOver(fs).boot();
  sentinelOver(fs).confirmHealthy();
  sentinelOver(fs).rollback({ to: "1" });
  const writes = { path: (path: string) => path.includes("quarantine"), code: "noSpace", onward: true } as const;
  const log: string[] = [];
  // The first write holds the build that goes; from the second on there is no room.
  const full = faultFs(fs, [{ ...writes, verb: ["create", "overwrite", "rename"], at: 3 }]);
  assert.deepEqual(sentinelOver(full, log).rollback({ to: "2" }), { from: "1", to: "2" });
  assert.equal(versionAt(fs, EXE), "2");
  assert.match(log.join("\n"), /Cannot remove 2 from the quarantine.*live all the same/);
});
