import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { windowsLock } from "../../src/system/windows/lock.ts";
import { moveWriteThrough } from "../../src/system/windows/move.ts";
import { startInJob } from "../../src/system/windows/process.ts";
import { CHILD, DRIVER, onWindows, textOf, until } from "./support.ts";

function take(path: string, waitMs = 0) {
  const held = windowsLock.acquire(path, waitMs);
  assert.ok(typeof held === "object", `The lock is ${held}`);
  return held;
}

onWindows("windowsLock has one holder at a time", (dir) => {
  const path = join(dir, "lock");
  const held = take(path);
  assert.equal(windowsLock.acquire(path, 0), "busy");
  held.release();
  held.release();
  take(path).release();
});

onWindows("windowsLock is held together by those who want it so, and by nobody alone meanwhile", (dir) => {
  const path = join(dir, "lock");
  const together = () => windowsLock.acquire(path, 0, "shared");
  const holders = [together(), together()];
  for (const held of holders) {
    assert.ok(typeof held === "object");
    assert.equal(windowsLock.acquire(path, 0), "busy");
    held.release();
  }
  take(path).release();
});

onWindows("windowsLock waits as long as it is told, and no longer", (dir) => {
  const path = join(dir, "lock");
  const held = take(path);
  const begun = Date.now();
  assert.equal(windowsLock.acquire(path, 300), "busy");
  const waited = Date.now() - begun;
  assert.ok(waited >= 290 && waited < 5000, `${waited} ms`);
  held.release();
});

onWindows("windowsLock is given back by the death of its holder", async (dir) => {
  const [path, up] = [join(dir, "lock"), join(dir, "up")];
  const holder = startInJob({ exe: DRIVER, args: ["lock", path, up] });
  await until("the holder is up", () => textOf(up) !== "");
  assert.equal(textOf(up), "held");
  assert.equal(windowsLock.acquire(path, 0), "busy");
  holder.killTree(1);
  await holder.exited;
  take(path, 5000).release();
  holder.close();
});

onWindows("windowsLock has one winner when many processes come at once", async (dir) => {
  const path = join(dir, "lock");
  const ups = Array.from({ length: 6 }, (_, index) => join(dir, `up${index}`));
  const rivals = ups.map((up) => startInJob({ exe: DRIVER, args: ["lock", path, up] }));
  await until("all have tried", () => ups.every((up) => textOf(up) !== ""));
  assert.deepEqual(ups.map(textOf).sort(), ["busy", "busy", "busy", "busy", "busy", "held"]);
  for (const rival of rivals) {
    rival.killTree(1);
    await rival.exited;
    rival.close();
  }
});

onWindows("windowsLock is not inherited by programs that are started", (dir) => {
  const path = join(dir, "lock");
  const held = take(path);
  const child = startInJob({ exe: CHILD, args: [] });
  held.release();
  take(path).release();
  child.close();
});

onWindows("windowsLock does not take somebody who reads the file for a holder", async (dir) => {
  const path = join(dir, "lock");
  writeFileSync(path, "");
  const { openSync, closeSync } = await import("node:fs");
  const reader = openSync(path, "r");
  take(path).release();
  closeSync(reader);
});

onWindows("windowsLock is unavailable where no file can be made", (dir) => {
  assert.equal(windowsLock.acquire(join(dir, "missing", "lock"), 0), "unavailable");
  assert.equal(windowsLock.acquire(join(dir, "a\0b"), 0), "unavailable");
});

onWindows("moveWriteThrough() replaces a file", (dir) => {
  const [from, to] = [join(dir, "from"), join(dir, "tö ☃")];
  writeFileSync(from, "new");
  writeFileSync(to, "old");
  moveWriteThrough(from, to);
  assert.equal(readFileSync(to, "utf8"), "new");
  assert.ok(!existsSync(from));
});

onWindows("moveWriteThrough() tells what is missing from what cannot be replaced", (dir) => {
  assert.throws(() => moveWriteThrough(join(dir, "missing"), join(dir, "to")), { name: "FsError", code: "notFound" });
  writeFileSync(join(dir, "from"), "new");
  mkdirSync(join(dir, "folder"));
  assert.throws(() => moveWriteThrough(join(dir, "from"), join(dir, "folder")), { name: "FsError" });
  assert.equal(readFileSync(join(dir, "from"), "utf8"), "new");
});
