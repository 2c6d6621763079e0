/** By which times a file is recognised, and from when on. @module */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { nodeFs } from "../../../mod.ts";
import { identityOf, isSettled, stampOf } from "../../../src/system/fs/file_calls.ts";
import { inTempDir } from "../../support/temp.ts";

/** A moment, in milliseconds, that is no whole second. */
const NOW = 1_700_000_000_345;
/** A whole second, 345 ms before. */
const SECOND = 1_700_000_000_000;

const ns = (ms: number) => BigInt(ms) * 1_000_000n;

const TABLE: readonly (readonly [what: string, mtimeMs: number, ctimeMs: number, isSettled: boolean])[] = [
  ["written at this moment", NOW, NOW, false],
  ["written 19 ms ago", NOW - 19, NOW - 19, false],
  ["written 20 ms ago", NOW - 20, NOW - 20, true],
  ["written long ago", NOW - 86_400_000, NOW - 86_400_000, true],
  ["written long ago, and renamed at this moment", NOW - 86_400_000, NOW, true],
  ["written long ago, its ctime rounded to a second", NOW - 86_400_000, SECOND - 86_400_000, true],
  ["written in the second that is not over, its times whole seconds", SECOND, SECOND, false],
  ["written 1,345 ms ago, its times whole seconds", SECOND - 1000, SECOND - 1000, false],
  ["written 2,345 ms ago, its times whole seconds", SECOND - 2000, SECOND - 2000, true],
  ["set back to an old whole second by its program, its times whole seconds", SECOND - 86_400_000, SECOND, false],
  ["written in the future, as the clock was set back", NOW + 5000, NOW + 5000, false],
  ["set to the future by its program long ago", NOW + 86_400_000, NOW - 86_400_000, true],
];

for (const [what, mtimeMs, ctimeMs, expected] of TABLE) {
  test(`a file that was ${what}, is ${expected ? "" : "not "}settled`, () => {
    assert.equal(isSettled({ mtimeNs: ns(mtimeMs), ctimeNs: ns(ctimeMs) }, NOW), expected);
  });
}

test("a file that was written at this moment is not settled when its ctime is rounded to a second", () => {
  assert.equal(isSettled({ mtimeNs: ns(NOW), ctimeNs: ns(SECOND) }, NOW), false);
});

test("bytes that are written right after a file was read change its stamp, or it was not settled", () => {
  const fs = nodeFs();
  inTempDir((dir) => {
    const path = join(dir, "file");
    for (let round = 1; round <= 1000; round++) {
      writeFileSync(path, "first");
      const { info } = fs.fingerprint(path);
      writeFileSync(path, "other");
      assert.ok(!info.settled || fs.info(path).stamp !== info.stamp, `in round ${round}: ${info.stamp}`);
    }
  });
});

test("a stamp changes with the inode, the size and each of the times; an identity not with ctime", () => {
  const stat = { dev: 1n, ino: 2n, size: 3, mtimeNs: 4n, ctimeNs: 5n };
  const others = [{ ino: 9n }, { size: 9 }, { mtimeNs: 9n }, { ctimeNs: 9n }].map((other) => ({ ...stat, ...other }));
  assert.equal(new Set([stat, ...others].map(stampOf)).size, 5);
  assert.equal(new Set([stat, { ...stat, dev: 9n }, ...others].map(identityOf)).size, 5);
  assert.equal(identityOf(stat), identityOf({ ...stat, ctimeNs: 9n } as typeof stat));
});
