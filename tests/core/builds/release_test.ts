/** The library over releases: a link that leads to a directory is the guarded build. @module */
import assert from "node:assert/strict";
import { test } from "node:test";
import { BootSentinel } from "../../../mod.ts";
import { type MemoryFiles, memoryFs, memoryPorts } from "../../../src/testing.ts";

/** Three releases, of which the first is live. */
function machine(): { fs: MemoryFiles; sentinel: () => BootSentinel } {
  const fs = memoryFs();
  for (const version of [1, 2, 3]) {
    fs.put(`/opt/app/releases/${version}/main.js`, `main ${version}`);
    fs.put(`/opt/app/releases/${version}/lib/part.js`, `part ${version}`);
  }
  fs.symlink("releases/1", "/opt/app/current");
  const options = { dataDir: "/state", guard: "/opt/app/current" };
  return { fs, sentinel: () => new BootSentinel(options, memoryPorts(fs)) };
}

test("a release is swapped in by flipping the link, counted, and put back whole", () => {
  const { fs, sentinel } = machine();
  sentinel().confirmHealthy();
  sentinel().swap("/opt/app/releases/2", "2");
  assert.equal(fs.linkTarget("/opt/app/current"), "releases/2");
  assert.deepEqual([1, 2, 3].map(() => sentinel().checkOnBoot().kind), ["proceed", "proceed", "proceed"]);
  assert.deepEqual(sentinel().checkOnBoot(), { kind: "rolledBack", from: "2" });
  assert.equal(fs.linkTarget("/opt/app/current"), "releases/1");
  assert.equal(fs.texts()["/opt/app/releases/2/main.js"], "main 2", "it stays for the post-mortem");
  assert.throws(() => sentinel().swap("/opt/app/releases/2", "2.0.1"), /quarantined/);
});

test("a link that somebody else flips is on probation by itself, and a known bad one is put back at once", () => {
  const { fs, sentinel } = machine();
  sentinel().confirmHealthy();
  const flip = () => {
    fs.remove("/opt/app/current");
    fs.symlink("releases/3", "/opt/app/current");
  };
  flip();
  sentinel().checkOnBoot();
  assert.equal(sentinel().status().pending?.attempts, 1);
  sentinel().fail("it answers 500");
  assert.equal(sentinel().checkOnBoot().kind, "rolledBack");
  flip();
  assert.equal(sentinel().checkOnBoot().kind, "rolledBack");
  assert.equal(fs.linkTarget("/opt/app/current"), "releases/1");
});

test("a confirmed release is last-good, the one before is kept, and status names where they lie", () => {
  const { sentinel } = machine();
  sentinel().confirmHealthy();
  sentinel().swap("/opt/app/releases/2", "2");
  sentinel().checkOnBoot();
  sentinel().confirmHealthy();
  const { live, lastGood, generations } = sentinel().status();
  const found = [live, lastGood, ...generations].map((build) => build?.release);
  assert.deepEqual(found, ["releases/2", "releases/2", "releases/1"]);
});
