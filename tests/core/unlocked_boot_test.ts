/** A boot that does not get the lock, while another command is at work. @module */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { MemoryFs } from "../../src/system/fs/memory/memory_fs.ts";
import { CoreSentinel } from "../support/core_sentinel.ts";
import { atEveryMoment, type Base, watching } from "../support/disk/moments.ts";
import { DATA, EXE, portsOver } from "../support/disk/world.ts";

const BASES: readonly Base[] = ["steady", "probation", "exhausted", "restored", "failed"];
const LAST_GOOD = `${EXE}.last-good`;

/** A boot that finds the lock busy. */
function bootWithoutLock(fs: MemoryFs): void {
  const ports = { ...portsOver(fs), lock: { acquire: () => "busy" as const } };
  new CoreSentinel({ dataDir: DATA, exe: EXE, watchBytes: true }, ports).boot();
}

/** What the state says that is not so. */
function untruths(fs: MemoryFs, when: string): string[] {
  const { live, quarantined } = watching(fs).status();
  const wrong: string[] = [];
  if (live?.digest !== fs.digest(EXE)) {
    wrong.push(`${when} the live program is called ${live?.version}, which it is not`);
  }
  if (fs.texts()[LAST_GOOD] === undefined) return [...wrong, `${when} there is no last-good`];
  const digest = fs.digest(LAST_GOOD);
  if (quarantined.some((entry) => entry.digest === digest)) wrong.push(`${when} last-good is quarantined`);
  return wrong;
}

test("a boot without the lock, at any moment of any command, changes no file", () => {
  const { moments, bad } = atEveryMoment({
    commands: { boot: BASES, confirm: BASES, swap: BASES, arm: BASES, rollback: BASES },
    act(fs) {
      const before = JSON.stringify(fs.texts());
      bootWithoutLock(fs);
      return JSON.stringify(fs.texts()) === before ? [] : ["it changes a file"];
    },
    judge(fs) {
      const wrong = untruths(fs, "at once");
      for (let boot = 1; boot <= 2; boot++) watching(fs).boot();
      wrong.push(...untruths(fs, "after two boots"));
      fs.replace(EXE, "#!build 9", 0o755);
      for (let boot = 1; boot <= 6; boot++) watching(fs).boot();
      if (fs.texts()[EXE] === "#!build 9") wrong.push("a bad build that comes later is not rolled back");
      return wrong;
    },
  });
  console.log(`a boot without the lock at ${moments} moments`);
  assert.deepEqual(bad, []);
  assert.ok(moments > 500, `only ${moments} moments`);
});
