/** The reference implementation's own eight facts. @module */
import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { BootSentinel } from "../../mod.ts";
import { inTempDir } from "../support/temp.ts";

const quiet = { log: () => {} };

interface Fixture {
  readonly dir: string;
  readonly exe: string;
  readonly lastGood: string;
  readonly sentinelFile: string;
  at(version: string): BootSentinel;
}

function fixture(body: string, use: (fixture: Fixture) => void): void {
  inTempDir((dir) => {
    const exe = join(dir, "kanade-agent.exe");
    writeFileSync(exe, body);
    use({
      dir,
      exe,
      lastGood: `${exe}.last-good`,
      sentinelFile: join(dir, ".boot-sentinel.json"),
      at: (version) => new BootSentinel({ dataDir: dir, exe, version }, quiet),
    });
  });
}

const text = (path: string) => readFileSync(path, "utf8");
const PROCEED = { kind: "proceed" };

test("no sentinel proceeds", () => {
  fixture("v1", ({ at }) => assert.deepEqual(at("1.0.0").checkOnBoot(3), PROCEED));
});

test("arming snapshots last-good and writes a sentinel", () => {
  fixture("v1-good", ({ at, exe, lastGood, sentinelFile }) => {
    at("1.0.0").armForSwap(exe, "2.0.0");
    assert.equal(text(lastGood), "v1-good");
    assert.ok(existsSync(sentinelFile));
  });
});

test("a healthy swap is confirmed and promoted", () => {
  fixture("v1-good", ({ at, exe, lastGood, sentinelFile }) => {
    at("1.0.0").armForSwap(exe, "2.0.0");
    writeFileSync(exe, "v2");
    const v2 = at("2.0.0");
    assert.deepEqual(v2.checkOnBoot(3), PROCEED);
    v2.confirmHealthy();
    assert.equal(text(lastGood), "v2");
    assert.ok(!existsSync(sentinelFile));
    assert.ok(!v2.isQuarantined("2.0.0"));
  });
});

test("a crash loop rolls back and quarantines", () => {
  fixture("v1-good", ({ at, exe, sentinelFile }) => {
    at("1.0.0").armForSwap(exe, "2.0.0");
    writeFileSync(exe, "v2-broken");
    const bad = at("2.0.0");
    for (let boot = 1; boot <= 3; boot++) assert.deepEqual(bad.checkOnBoot(3), PROCEED);
    assert.deepEqual(bad.checkOnBoot(3), { kind: "rolledBack", from: "2.0.0" });
    assert.equal(text(exe), "v1-good");
    assert.ok(bad.isQuarantined("2.0.0"));
    assert.ok(!existsSync(sentinelFile));
  });
});

test("without last-good an exhausted build proceeds and is quarantined", () => {
  fixture("v2-broken", ({ at, sentinelFile }) => {
    writeFileSync(sentinelFile, JSON.stringify({ version: "2.0.0", attempts: 5 }));
    const bad = at("2.0.0");
    assert.deepEqual(bad.checkOnBoot(3), PROCEED);
    assert.ok(bad.isQuarantined("2.0.0"));
  });
});

test("a stale sentinel of another version is cleared", () => {
  fixture("v1", ({ at, sentinelFile }) => {
    writeFileSync(sentinelFile, JSON.stringify({ version: "2.0.0", attempts: 9 }));
    assert.deepEqual(at("1.0.0").checkOnBoot(3), PROCEED);
    assert.ok(!existsSync(sentinelFile));
  });
});

test("clearing a quarantined version frees that version alone", () => {
  fixture("v1", ({ at }) => {
    const sentinel = at("1.0.0");
    sentinel.quarantine("2.0.0");
    sentinel.quarantine("2.0.1");
    assert.deepEqual(sentinel.quarantinedVersions(), ["2.0.0", "2.0.1"]);
    sentinel.clearQuarantine("2.0.0");
    assert.ok(!sentinel.isQuarantined("2.0.0"));
    assert.ok(sentinel.isQuarantined("2.0.1"));
  });
});

test("the attempt counter persists across boots", () => {
  fixture("good", ({ at, exe }) => {
    at("1.0.0").armForSwap(exe, "2.0.0");
    writeFileSync(exe, "broken");
    assert.deepEqual(at("2.0.0").checkOnBoot(2), PROCEED);
    assert.deepEqual(at("2.0.0").checkOnBoot(2), PROCEED);
    assert.equal(at("2.0.0").checkOnBoot(2).kind, "rolledBack");
  });
});
