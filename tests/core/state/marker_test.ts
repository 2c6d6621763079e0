/** The marker beside a program whose state lies elsewhere. @module */
import assert from "node:assert/strict";
import { test } from "node:test";
import { isSameDirectory, mark, markedDataDir, markerPath } from "../../../src/core/state/marker.ts";
import type { MemoryFs } from "../../../src/system/fs/memory/memory_fs.ts";
import { BootSentinel } from "../../../mod.ts";
import { withOutsider } from "../../support/disk/outsider.ts";
import {
  confirmedMachine,
  DATA,
  EXE,
  freshMachine,
  portsOver,
  sentinelOver,
  swapIn,
} from "../../support/disk/world.ts";

const MARKER = markerPath(EXE);

function marked(content = JSON.stringify({ dataDir: DATA })): MemoryFs {
  const fs = freshMachine();
  fs.put(MARKER, content, 0o644);
  return fs;
}

test("a confirm marks a program whose state is not beside it", () => {
  const fs = confirmedMachine();
  assert.equal(markedDataDir(fs, EXE), DATA);
  assert.equal(fs.info(MARKER).mode & 0o777, 0o644, "every user's command finds the state");
});

test("a program with its state beside it needs no marker", () => {
  const fs = freshMachine();
  new BootSentinel({ dataDir: "/app", exe: EXE }, portsOver(fs)).confirmHealthy();
  assert.equal(fs.texts()[MARKER], undefined);
  fs.symlink("/app", "/current");
  mark(fs, EXE, "/current");
  assert.equal(fs.texts()[MARKER], undefined, "the same directory by another path");
});

test("a marker is written once, and again for another directory", () => {
  const fs = marked();
  let writes = 0;
  const counting = withOutsider(fs, "rename", () => writes++);
  mark(counting, EXE, DATA);
  assert.equal(writes, 0);
  mark(counting, EXE, "/other");
  assert.equal(markedDataDir(fs, EXE), "/other");
  assert.equal(writes, 1);
});

const UNBELIEVED: Record<string, (fs: MemoryFs) => void> = {
  missing: (fs) => fs.remove(MARKER),
  empty: (fs) => fs.replace(MARKER, ""),
  "no JSON": (fs) => fs.replace(MARKER, "/state\n"),
  "without a directory": (fs) => fs.replace(MARKER, "{}"),
  "torn to NUL bytes": (fs) => fs.replace(MARKER, "\0".repeat(20)),
  "a link": (fs) => (fs.rename(MARKER, "/elsewhere"), fs.symlink("/elsewhere", MARKER)),
  "a directory": (fs) => (fs.remove(MARKER), fs.makeDirectory(MARKER)),
  "of another user": (fs) => fs.options = { foreign: [MARKER] },
  "writable for others": (fs) => fs.chmod(MARKER, 0o666),
};

for (const [what, change] of Object.entries(UNBELIEVED)) {
  test(`a marker that is ${what} names no directory`, () => {
    const fs = marked();
    assert.equal(markedDataDir(fs, EXE), DATA);
    change(fs);
    assert.equal(markedDataDir(fs, EXE), undefined);
  });
}

test("with a second state directory nothing is changed, and the status says which one is right", () => {
  const fs = confirmedMachine();
  swapIn(fs, "2");
  const before = fs.texts();
  const log: string[] = [];
  const second = sentinelOver(fs, log, { dataDir: "/second" });
  for (
    const change of [() => second.confirmHealthy(), () => second.armForSwap(EXE, "3"), () => second.quarantine("9")]
  ) {
    assert.throws(change, { name: "SentinelError", code: "untouchable" });
  }
  assert.deepEqual(second.boot(), { kind: "proceed", state: "steady", attempts: 0 });
  const { "/second/.boot-sentinel.lock": _, ...after } = fs.texts();
  assert.deepEqual(after, before);
  assert.match(log.join("\n"), /--data-dir \/state/);
  const [problem] = second.status().problems;
  assert.equal(problem?.code, "state-of-another");
  assert.match(problem?.advice ?? "", /use --data-dir \/state; if it was moved to \/second: rm /);
});

test("a state directory that was reached by a link is the marked one", () => {
  const fs = confirmedMachine();
  fs.symlink(DATA, "/var-state");
  assert.ok(isSameDirectory(fs, "/var-state", DATA));
  assert.ok(!isSameDirectory(fs, "/var-state", "/app"));
  assert.deepEqual(sentinelOver(fs, [], { dataDir: "/var-state" }).status().problems, []);
});
