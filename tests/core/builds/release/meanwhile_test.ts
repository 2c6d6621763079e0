/** Somebody who takes no lock flips the link, or removes a release, while a command runs. @module */
import assert from "node:assert/strict";
import { test } from "node:test";
import { SentinelError } from "../../../../src/core/errors.ts";
import { FsError } from "../../../../src/core/ports.ts";
import { MemoryFs } from "../../../../src/system/fs/memory/memory_fs.ts";
import { observedFs, withOutsider } from "../../../support/disk/outsider.ts";
import { confirmed, type Proof, PROOFS, RELEASE_MACHINES } from "../../../support/disk/transactions.ts";
import {
  EXE,
  flip,
  layRelease,
  RELEASES,
  releaseSentinel,
  removeRelease,
  versionAt,
} from "../../../support/disk/world.ts";

const LAST_GOOD = `${EXE}.last-good`;

/** Tries a transaction with somebody who acts before each of its calls in turn; returns how often that was. */
function atEveryCall({ name, transaction, make }: Proof, act: (fs: MemoryFs) => void, judge: Judge): number {
  const start = transaction.start(make);
  layRelease(start, "9");
  for (let at = 1;; at++) {
    const fs = new MemoryFs({}, new Map(start.disk.image));
    let calls = 0;
    const seen = observedFs(fs, { before: () => void (++calls === at && act(fs)) });
    try {
      transaction.act(make.sentinel(seen), make);
    } catch (error) {
      assert.ok(error instanceof FsError || error instanceof SentinelError, `${name}, call ${at}: ${error}`);
      assert.ok(!name.includes("boot"), `${name}, call ${at}: the gate threw ${error}`);
    }
    if (calls < at) return at - 1;
    for (let boot = 0, steady = 0; boot < 7 && steady < 2; boot++) {
      const outcome = releaseSentinel(fs).boot();
      steady = outcome.kind === "proceed" && outcome.state === "steady" ? steady + 1 : 0;
    }
    judge(fs, `${name}, call ${at}`);
  }
}

type Judge = (fs: MemoryFs, where: string) => void;

const OF_RELEASES = PROOFS.filter(({ make }) => make === RELEASE_MACHINES);

test("a release that the link is flipped to at any moment is no last-good, and is rolled back", () => {
  let moments = 0;
  for (const proof of OF_RELEASES) {
    const isFirst = proof.name.includes("first");
    moments += atEveryCall(proof, (fs) => flip(fs, "9"), (fs, where) => {
      const lastGood = versionAt(fs, LAST_GOOD);
      // Before the first confirm nothing else is known.
      if (isFirst && (lastGood === undefined || lastGood === "9")) return;
      assert.match(String(lastGood), /^[123]$/, `${where}: last-good`);
      assert.notEqual(versionAt(fs, EXE), "9", `${where}: it is never rolled back`);
    });
  }
  assert.ok(moments > 200, `${moments} moments`);
});

test("a copy leads to what was read, or it is none", () => {
  const fs = confirmed(RELEASE_MACHINES);
  layRelease(fs, "9");
  const seen = withOutsider(fs, "tree", () => flip(fs, "9"));
  assert.throws(() => releaseSentinel(seen).ports.fs.copy(EXE, `${EXE}.copy`), { name: "FsError", code: "busy" });
  const late = withOutsider(fs, "syncTree", () => flip(fs, "1"));
  assert.throws(() => releaseSentinel(late).ports.fs.copy(EXE, `${EXE}.copy`), { name: "FsError", code: "busy" });
  assert.equal(versionAt(fs, `${EXE}.copy`), undefined);
});

test("a clean-up that takes last-good's release at any moment leaves a release that can be started", () => {
  let moments = 0;
  for (const proof of OF_RELEASES) {
    const clean = (fs: MemoryFs) => {
      const root = fs.resolve(LAST_GOOD);
      const isUsed = [EXE, fs.linkTarget(EXE) ?? ""].some((path) => fs.resolve(path) === root);
      if (!isUsed && root.startsWith(RELEASES)) removeRelease(fs, root.slice(RELEASES.length + 1));
    };
    moments += atEveryCall(proof, clean, (fs, where) => {
      assert.ok(versionAt(fs, EXE) !== undefined, where);
    });
  }
  assert.ok(moments > 200, `${moments} moments`);
});
