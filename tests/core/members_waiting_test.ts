/** A member that cannot be put in place now is neither forgotten nor left with another build's program. @module */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Fs } from "../../src/core/ports.ts";
import { faultFs } from "../../src/system/fs/memory/fault_fs.ts";
import type { MemoryFs } from "../../src/system/fs/memory/memory_fs.ts";
import { killStates } from "../support/disk/crash_states.ts";
import { confirmed, edited, LIMITS, NEW, OLD, onProbation, sentinel, TOML, versions } from "../support/disk/members.ts";
import { DOWNLOAD, sentinelOver } from "../support/disk/world.ts";

/** A swap that was killed after the program was replaced, and before any member was. */
function interrupted(): MemoryFs {
  const fs = confirmed();
  fs.makeDurable();
  sentinel(fs).swap(DOWNLOAD, "2", { members: NEW });
  for (const state of killStates(fs)) if (versions(state.fs) === "2, of 1, none") return state.fs;
  throw new Error("no such state");
}

/** The disk of the configuration is not mounted. */
function unmounted(fs: MemoryFs): Fs {
  return faultFs(fs, [{ code: "notFound", path: (path) => path.startsWith("/etc/app") }]);
}

test("a boot and a confirm that do not name a member of an interrupted change say so, and leave it to be finished", () => {
  const fs = interrupted();
  for (const named of [[], [LIMITS]]) {
    const log: string[] = [];
    sentinelOver(fs, log, { members: named }).boot();
    assert.match(log.join("\n"), /app\.toml: it is not named with this command; add --with \/etc\/app\/app\.toml/);
    const { problems } = sentinelOver(fs, [], { members: named }).status();
    assert.match(problems.find(({ code }) => code === "members-unfinished")?.text ?? "", /does not name .*app\.toml/);
    assert.throws(() => sentinelOver(fs, [], { members: named }).confirmHealthy(), /Nothing was changed: .*app\.toml/);
  }
  sentinel(fs).boot();
  assert.equal(versions(fs), "2, of 2, of 2");
  assert.equal(sentinel(fs).confirmHealthy().kind, "promoted");
});

test("an interrupted change waits for a disk that is not mounted; the other members are put in place", () => {
  const fs = interrupted();
  const log: string[] = [];
  sentinel(unmounted(fs), log).boot();
  assert.equal(versions(fs), "2, of 1, of 2");
  assert.match(log.join("\n"), /Cannot replace .*app\.toml: \/etc\/app does not exist/);
  assert.throws(() => sentinel(unmounted(fs)).confirmHealthy(), /Nothing was changed: .*\/etc\/app does not exist/);
  sentinel(fs).boot();
  assert.equal(versions(fs), "2, of 2, of 2");
});

test("an interrupted change waits for a disk that is read-only for a while", () => {
  const fs = interrupted();
  fs.options = { readOnly: ["/etc/app"] };
  sentinel(fs).boot();
  assert.throws(() => sentinel(fs).confirmHealthy(), /Nothing was changed: .* is on a read-only file system/);
  fs.options = {};
  sentinel(fs).boot();
  assert.equal(versions(fs), "2, of 2, of 2");
});

test("a member of an interrupted change that became a link is left as it is, which is told, and the change ends", () => {
  const fs = interrupted();
  fs.remove(TOML);
  fs.symlink("/tmp/app.toml", TOML);
  const log: string[] = [];
  sentinel(fs, log).boot();
  assert.match(log.join("\n"), /app\.toml stays as it is: .* is a symbolic link, which is not followed/);
  assert.equal(fs.texts()[TOML], "-> /tmp/app.toml");
  assert.equal(sentinel(fs).confirmHealthy().kind, "promoted");
});

for (
  const [state, away] of Object.entries({
    "not mounted": unmounted,
    "read-only": (fs: MemoryFs) => faultFs(Object.assign(fs, { options: { readOnly: ["/etc/app"] } }), []),
  })
) {
  test(`a build stays until its member's disk, which is ${state}, is back: then both are put back together`, () => {
    const fs = onProbation(3);
    const log: string[] = [];
    sentinel(away(fs), log).boot();
    assert.equal(versions(fs), "2, of 2, of 2");
    assert.match(log.join("\n"), /Degraded: .*Cannot replace \/etc\/app\/app\.toml: .*; the next boot tries again/);
    assert.throws(() => sentinel(away(fs)).rollback(), /Cannot replace \/etc\/app\/app\.toml: /);
    fs.options = {};
    sentinel(fs).boot();
    assert.equal(versions(fs), OLD);
  });

  test(`what is kept of a member whose disk is ${state} is kept on through a confirm, a swap and a rollback`, () => {
    const fs = confirmed();
    sentinel(away(fs)).confirmHealthy();
    sentinel(away(fs)).swap(DOWNLOAD, "2");
    fs.options = {};
    edited(fs);
    sentinel(fs).rollback();
    assert.equal(versions(fs), OLD);
  });
}

test("a member that lies as last-good has it is no obstacle on a read-only disk, nor is a folder that no build uses", () => {
  const fs = confirmed();
  sentinel(fs).swap(DOWNLOAD, "2");
  fs.options = { readOnly: ["/etc/app"] };
  fs.removeTree(LIMITS.slice(0, LIMITS.lastIndexOf("/")));
  sentinel(fs).rollback();
  assert.equal(versions(fs), OLD);
});

test("a rollback that leaves a member as it is says so in the history", () => {
  const fs = onProbation(1);
  fs.remove(TOML);
  fs.symlink("/tmp/app.toml", TOML);
  sentinel(fs).rollback();
  assert.match(sentinel(fs).history().at(-1)?.reason ?? "", /app\.toml stays as it is: .* is a symbolic link/);
});
