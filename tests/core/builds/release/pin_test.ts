import assert from "node:assert/strict";
import { test } from "node:test";
import { crashStates } from "../../../support/disk/crash_states.ts";
import { BootSentinel } from "../../../../src/system/boot_sentinel.ts";
import { memoryPorts } from "../../../../src/testing.ts";
import { GUARD, releaseSite } from "./site.ts";

const live = (fs: ReturnType<typeof releaseSite>["fs"]) => fs.texts()[GUARD];
const pinned = /^-> releases\/\.boot-sentinel-pinned-[0-9a-f]{12}$/;

test("pinned, last-good is a copy of our own, and says so once", () => {
  const { fs, said, sentinel } = releaseSite({ pin: true });
  assert.match(fs.texts()[`${GUARD}.last-good`] ?? "", pinned);
  assert.equal(live(fs), "-> releases/1");
  assert.equal(fs.tree(`${GUARD}.last-good`, 9).digest, fs.tree(GUARD, 9).digest);
  sentinel().confirmHealthy();
  assert.equal(said.filter((line) => /is a copy of 1 files with 9 bytes/.test(line)).length, 1);
});

test("a rollback goes back to the release itself while that is whole", () => {
  const { fs, failed } = releaseSite({ pin: true });
  failed("2");
  assert.equal(live(fs), "-> releases/1");
  assert.match(fs.texts()[`${GUARD}.last-good`] ?? "", pinned);
});

test("a rollback goes back to the copy when the release was removed or changed", () => {
  for (const harm of ["removed", "changed", "replaced by a link"]) {
    const { fs, put, sentinel } = releaseSite({ pin: true });
    sentinel().swap(put("2"), "2");
    if (harm === "changed") fs.put("/opt/releases/1/new", "");
    else fs.removeTree("/opt/releases/1");
    if (harm === "replaced by a link") fs.symlink("2", "/opt/releases/1");
    assert.equal(sentinel().status().state, "probation", harm);
    sentinel().rollback();
    assert.match(live(fs) ?? "", pinned, harm);
    assert.equal(fs.texts()[`/opt/${live(fs)?.slice(3)}/lib/main.js`], "release 1", harm);
    assert.equal(sentinel().status().live.version, sentinel().status().lastGood?.version, harm);
  }
});

test("the build that a swap leaves is pinned, too; copies that nothing leads to go with a confirm", () => {
  const { fs, confirmed, put, sentinel } = releaseSite({ pin: true, keep: 0 });
  const pins = () => fs.list("/opt/releases").filter((name) => /pinned-[0-9a-f]{12}$/.test(name));
  const first = pins();
  fs.remove(`${GUARD}.last-good`);
  sentinel().swap(put("2"), "2");
  assert.deepEqual(pins(), first);
  assert.match(fs.texts()[`${GUARD}.last-good`] ?? "", pinned);
  sentinel().confirmHealthy();
  confirmed("3");
  assert.equal(pins().length, 1);
  assert.notDeepEqual(pins(), first);
  assert.equal(fs.list("/opt/releases").filter((name) => name.endsWith(".origin")).length, 1);
});

test("a damaged copy is made anew", () => {
  const { fs, sentinel } = releaseSite({ pin: true });
  const path = `/opt/${fs.texts()[`${GUARD}.last-good`]?.slice(3)}`;
  fs.writeInPlace(`${path}/lib/main.js`, "damaged");
  fs.remove(`${GUARD}.last-good`);
  sentinel().confirmHealthy();
  assert.equal(fs.texts()[`${path}/lib/main.js`], "release 1");
});

test("a power cut while a release is pinned leaves last-good whole or absent", () => {
  const { fs, put, sentinel } = releaseSite({ pin: true, keep: 0 });
  sentinel().swap(put("2"), "2");
  fs.syncTree("/opt");
  fs.makeDurable();
  sentinel().confirmHealthy();
  for (const { fs: left, note } of crashStates(fs, { maxVolatile: 6 })) {
    const { digest } = left.tree(`${GUARD}.last-good`, 9);
    assert.ok([1, 2].some((n) => left.tree(`/opt/releases/${n}`, 9).digest === digest), note);
    sentinel(left).confirmHealthy();
    assert.match(left.texts()[`${GUARD}.last-good`] ?? "", pinned, note);
    assert.equal(left.tree(`${GUARD}.last-good`, 9).digest, left.tree(GUARD, 9).digest, note);
    const own = left.list("/opt/releases").filter((name) => name.startsWith(".boot-sentinel-pinned-"));
    assert.equal(own.length, 2, `${note}: ${own}`);
  }
});

test("a last-good that was taken without a pin is told, until a confirm pins it", () => {
  const { fs } = releaseSite();
  const sentinel = () => new BootSentinel({ dataDir: "/state", guard: GUARD, pin: true }, memoryPorts(fs));
  const problems = () => sentinel().status().problems.map(({ code }) => code);
  assert.doesNotMatch(fs.texts()[`${GUARD}.last-good`] ?? "", pinned);
  assert.deepEqual(problems(), ["last-good-not-pinned"]);
  for (let n = 0; n < 2; n++) {
    assert.equal(sentinel().confirmHealthy().kind, "already");
    assert.match(fs.texts()[`${GUARD}.last-good`] ?? "", pinned);
    assert.deepEqual(problems(), []);
  }
  assert.equal(fs.tree(`${GUARD}.last-good`, 9).digest, fs.tree(GUARD, 9).digest);
});
