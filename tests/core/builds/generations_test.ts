/** Which older builds are kept beside last-good, and when one of them is put back. @module */
import assert from "node:assert/strict";
import { test } from "node:test";
import { faultFs } from "../../../src/system/fs/memory/fault_fs.ts";
import type { MemoryFs } from "../../../src/system/fs/memory/memory_fs.ts";
import type { MemoryFsOptions } from "../../../src/system/fs/memory/memory_files.ts";
import {
  build,
  confirmedMachine,
  DOWNLOAD,
  EXE,
  freshMachine,
  sentinelOver,
  swapIn,
  versionAt,
} from "../../support/disk/world.ts";

const LAST_GOOD = `${EXE}.last-good`;

/** A machine with build 1 confirmed, then each of the others. */
function confirmedInTurn(versions: readonly string[], keep?: number, options: MemoryFsOptions = {}): MemoryFs {
  const fs = confirmedMachine(options);
  for (const version of versions) confirmNext(fs, version, keep);
  return fs;
}

function confirmNext(fs: MemoryFs, version: string, keep?: number): void {
  swapIn(fs, version);
  sentinelOver(fs).boot();
  sentinelOver(fs, [], { keep }).confirmHealthy();
}

/** The versions of the older builds that the status tells. */
const kept = (fs: MemoryFs) => sentinelOver(fs).status().generations.map(({ version }) => version);
/** The files of older builds, with what they hold. */
const filesOf = (fs: MemoryFs) => Object.entries(fs.texts()).filter(([path]) => path.startsWith(`${EXE}.gen-`));
const pathOf = (fs: MemoryFs) => filesOf(fs)[0]?.[0] ?? assert.fail("no older build is kept");

test("the confirmed build before is kept under the head of its digest", () => {
  const fs = confirmedMachine();
  const digest = fs.digest(EXE);
  confirmNext(fs, "2");
  assert.deepEqual(kept(fs), ["1"]);
  assert.deepEqual(filesOf(fs), [[`${EXE}.gen-${digest.slice(0, 12)}`, build("1")]]);
});

test("older builds are told newest first, and the oldest beyond the number to keep is removed with its file", () => {
  const fs = confirmedInTurn(["2", "3", "4"], 2);
  assert.deepEqual(kept(fs), ["3", "2"]);
  assert.deepEqual(filesOf(fs).map(([, text]) => text).sort(), [build("2"), build("3")]);
});

test("a smaller number to keep counts from the next confirm on", () => {
  const fs = confirmedInTurn(["2", "3"]);
  assert.equal(filesOf(fs).length, 2);
  sentinelOver(fs, [], { keep: 1 }).confirmHealthy();
  assert.deepEqual(kept(fs), ["2"]);
  assert.equal(filesOf(fs).length, 1);
});

test("with none to keep no file is made for an older build", () => {
  const fs = confirmedMachine();
  sentinelOver(fs, [], { keep: 0 }).swap(DOWNLOAD, "2");
  assert.deepEqual(filesOf(fs), []);
  sentinelOver(fs, [], { keep: 0 }).confirmHealthy();
  assert.deepEqual(filesOf(fs), []);
});

test("a build that comes back as an update is not kept beside itself", () => {
  const fs = confirmedInTurn(["2", "1"]);
  assert.deepEqual(kept(fs), ["2"]);
  assert.deepEqual(filesOf(fs).map(([, text]) => text), [build("2")]);
});

test("a build that nobody has confirmed is not kept", () => {
  const fs = freshMachine();
  confirmNext(fs, "2");
  assert.deepEqual([kept(fs), filesOf(fs)], [[], []]);
});

test("without hard links there is last-good and no older build, and a confirm is done all the same", () => {
  const fs = confirmedInTurn(["2"], 2, { hardLinks: false });
  assert.equal(versionAt(fs, LAST_GOOD), "2");
  assert.deepEqual([kept(fs), filesOf(fs)], [[], []]);
});

test("a last-good that was lost is not kept, and a confirm is done all the same", () => {
  const fs = confirmedMachine();
  sentinelOver(fs).armForSwap(EXE, "2");
  fs.replace(EXE, build("2"));
  fs.remove(LAST_GOOD);
  assert.equal(sentinelOver(fs).confirmHealthy().kind, "promoted");
  assert.deepEqual([kept(fs), filesOf(fs)], [[], []]);
});

test("a last-good that was lost after a swap is kept all the same: the swap left a second file of it", () => {
  const fs = confirmedMachine();
  swapIn(fs, "2");
  fs.remove(LAST_GOOD);
  sentinelOver(fs).confirmHealthy();
  assert.deepEqual(kept(fs), ["1"]);
});

test("a rollback to an older build puts it back, and the one before it becomes the older one", () => {
  const fs = confirmedInTurn(["2"]);
  assert.deepEqual(sentinelOver(fs).rollback({ to: "v1" }), { from: "2", to: "1" });
  assert.deepEqual([versionAt(fs, EXE), versionAt(fs, LAST_GOOD)], ["1", "1"]);
});

test("an older build whose file is gone is not told, and no rollback leads to it", () => {
  const fs = confirmedInTurn(["2"]);
  fs.remove(pathOf(fs));
  assert.deepEqual(kept(fs), []);
  assert.throws(() => sentinelOver(fs).rollback({ to: "1" }), { name: "SentinelError", code: "noLastGood" });
  assert.equal(versionAt(fs, EXE), "2");
});

test("an older build whose bytes have changed is not put back, and the live build stays, free", () => {
  const fs = confirmedInTurn(["2"]);
  fs.writeInPlace(pathOf(fs), build("9"));
  assert.throws(() => sentinelOver(fs).rollback({ to: "1" }), { name: "SentinelError", code: "mismatch" });
  assert.deepEqual([versionAt(fs, EXE), versionAt(fs, LAST_GOOD)], ["2", "2"]);
  assert.deepEqual([sentinelOver(fs).boot().kind, sentinelOver(fs).quarantinedVersions()], ["proceed", []]);
});

test("a damaged last-good that is asked for by its version is refused, and nothing is marked as bad", () => {
  const fs = confirmedInTurn(["2"]);
  swapIn(fs, "3");
  sentinelOver(fs).boot();
  fs.writeInPlace(LAST_GOOD, build("9"));
  const before = fs.texts();
  assert.throws(() => sentinelOver(fs).rollback({ to: "2" }), { name: "SentinelError", code: "mismatch" });
  assert.deepEqual(fs.texts(), before);
});

test("a last-good that was damaged before it became an older build is not put back", () => {
  const fs = confirmedMachine();
  sentinelOver(fs).armForSwap(EXE, "2");
  fs.replace(EXE, build("2"));
  fs.writeInPlace(LAST_GOOD, build("9"));
  sentinelOver(fs).boot();
  sentinelOver(fs).confirmHealthy();
  assert.throws(() => sentinelOver(fs).rollback({ to: "1" }), { name: "SentinelError", code: "mismatch" });
  assert.equal(versionAt(fs, EXE), "2");
});

test("the copy that an arm made is a second file of last-good once the swap has come, and no older build", () => {
  const fs = freshMachine();
  sentinelOver(fs).armForSwap(EXE, "2");
  swapIn(fs, "2");
  assert.deepEqual(filesOf(fs).map(([, text]) => text), [build("1")]);
  assert.deepEqual(kept(fs), []);
});

test("a restore makes no last-good of a second file of it whose bytes have changed", () => {
  const fs = confirmedMachine();
  swapIn(fs, "2");
  fs.writeInPlace(pathOf(fs), build("9"));
  sentinelOver(fs).rollback();
  assert.deepEqual([versionAt(fs, EXE), versionAt(fs, LAST_GOOD)], ["1", "1"]);
});

test("a restore makes last-good of a second file of it without reading or copying either", () => {
  const fs = confirmedMachine();
  swapIn(fs, "2");
  sentinelOver(fs).boot();
  const { inode } = fs.info(pathOf(fs));
  const counted = faultFs(fs, []);
  sentinelOver(counted).rollback();
  assert.equal(fs.info(LAST_GOOD).inode, inode);
  assert.equal(counted.count(["digest", "copy"]), 0);
});

test("an older build that cannot be removed is told, the confirm counts, and the next one removes it", () => {
  const fs = confirmedInTurn(["2"]);
  const path = pathOf(fs);
  swapIn(fs, "3");
  const log: string[] = [];
  const stuck = faultFs(fs, [{ code: "busy", verb: "remove", path: (each) => each === path }]);
  assert.equal(sentinelOver(stuck, log, { keep: 1 }).confirmHealthy().kind, "promoted");
  assert.ok(log.some((line) => line.startsWith("Cannot ") && line.includes(path)), log.join("\n"));
  assert.deepEqual(kept(fs), ["2", "1"]);
  sentinelOver(fs, [], { keep: 1 }).confirmHealthy();
  assert.deepEqual(kept(fs), ["2"]);
});

test("the boot after a confirm reads neither the program nor an older build", () => {
  const counted = faultFs(confirmedInTurn(["2", "3"]), []);
  sentinelOver(counted).boot();
  assert.equal(counted.count("digest"), 0);
});
