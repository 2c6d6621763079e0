import assert from "node:assert/strict";
import { test } from "node:test";
import { crashStates, killStates } from "../../../support/disk/crash_states.ts";
import type { MemoryFs } from "../../../../src/system/fs/memory/memory_fs.ts";
import { statePaths } from "../../../../src/core/state/paths.ts";
import { homeLock, noteMade } from "../../../../src/core/builds/release/places.ts";
import { releaseSite } from "./site.ts";

const releases = (fs: MemoryFs) => fs.list("/opt/releases").filter((name) => !/\.(manifest|made)$/.test(name));
const manifests = (fs: MemoryFs) => fs.list("/opt/releases").filter((name) => name.endsWith(".manifest"));

test("a confirm removes what was made here and nothing leads to, and never what others have made", () => {
  const { fs, put, confirmed } = releaseSite({ keep: 1 });
  put("others", false);
  for (const version of ["2", "3", "4"]) confirmed(version);
  // 4 is live, 3 is the older build that is kept, 1 and others are not ours.
  assert.deepEqual(releases(fs), ["1", "3", "4", "others"]);
  assert.deepEqual(manifests(fs), [".boot-sentinel-3.manifest", ".boot-sentinel-4.manifest"]);
});

test("the newest failed releases stay, as many as older builds are kept", () => {
  const { fs, failed, confirmed } = releaseSite({ keep: 2 });
  for (const version of ["2", "3", "4"]) failed(version);
  assert.deepEqual(releases(fs), ["1", "2", "3", "4"]);
  confirmed("5");
  assert.deepEqual(releases(fs), ["1", "3", "4", "5"]);
});

test("what a process runs from, or another link leads into, stays", () => {
  const { fs, put, sentinel } = releaseSite({ keep: 0 });
  for (const version of ["run", "seen", "gone"]) put(version);
  fs.put("/proc/7/environ", "");
  fs.symlink("/opt/releases/run/lib", "/proc/7/cwd");
  fs.symlink("releases/seen/lib", "/opt/assets");
  sentinel().confirmHealthy();
  assert.deepEqual(releases(fs), ["1", "run", "seen"]);
});

test("a link or a file in the place of a release or of its mark is left alone", () => {
  const { fs, put, sentinel } = releaseSite({ keep: 0 });
  fs.put("/srv/data/file", "kept");
  fs.symlink("/srv/data", "/opt/releases/2");
  noteMade(fs, "/opt/releases/2", "/srv/data");
  put("3", false);
  fs.put("/opt/releases/other", fs.info("/opt/releases/3").inode);
  fs.symlink("other", "/opt/releases/.boot-sentinel-3.made");
  sentinel().confirmHealthy();
  assert.equal(fs.texts()["/srv/data/file"], "kept");
  assert.deepEqual(releases(fs), ["1", "2", "3", "other"]);
});

test("while a release is put in place nothing is removed, also when another service puts it there", () => {
  const { fs, held, put, sentinel, said } = releaseSite({ keep: 0 });
  put("2");
  for (const lock of [statePaths("/state").releasesLock, homeLock("/opt/releases")]) {
    held.add(lock);
    sentinel().confirmHealthy();
    assert.deepEqual(releases(fs), ["1", "2"]);
    held.clear();
  }
  sentinel().confirmHealthy();
  assert.deepEqual(releases(fs), ["1"]);
  assert.deepEqual(said.filter((line) => line.includes("releases/2")), [
    "info: The release /opt/releases/2 was removed: nothing leads to it any more",
  ]);
});

test("a removal that is cut leaves no release that looks whole, and the next confirm completes it", () => {
  const { fs, put, sentinel } = releaseSite({ keep: 0 });
  put("2");
  fs.makeDurable();
  sentinel().confirmHealthy();
  for (const states of [killStates, crashStates]) {
    for (const { fs: left, note } of states(fs)) {
      const isWhole = left.texts()["/opt/releases/2/lib/main.js"] === "release 2";
      assert.ok(isWhole || !releases(left).includes("2"), note);
      assert.equal(left.texts()["/opt/releases/1/lib/main.js"], "release 1", note);
      sentinel(left).confirmHealthy();
      assert.deepEqual(left.list("/opt/releases"), ["1"], note);
    }
  }
});
