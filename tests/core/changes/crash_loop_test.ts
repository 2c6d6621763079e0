/** A confirmed build that ends right after each start: counted, told once, never rolled back. @module */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type BootReports, bootReports } from "../../../src/core/changes/reports.ts";
import { tokenAfterCrash } from "../../../src/core/state/crashes.ts";
import { State } from "../../../src/core/state/state.ts";
import type { MemoryFs } from "../../../src/system/fs/memory/memory_fs.ts";
import {
  confirmedMachine,
  DATA,
  EXE,
  freshMachine,
  sentinelOver,
  swapIn,
  versionAt,
} from "../../support/disk/world.ts";

const FILE = `${DATA}/.boot-crashes.json`;

function reportsOf(fs: MemoryFs, instance?: string): BootReports {
  const { ports, subject } = sentinelOver(fs);
  return bootReports(ports, { ...subject, watched: true, instance });
}

const crash = (fs: MemoryFs, invocation?: string, instance?: string) =>
  reportsOf(fs, instance).crashed({ how: "exit 1", words: ["no such table"], limit: 3, invocation });
const stateOf = (fs: MemoryFs) => sentinelOver(fs).status().state;
const told = (fs: MemoryFs) => sentinelOver(fs).history().filter(({ event }) => event === "crash-looping");

/** A machine whose confirmed build 2 is in a crash loop, and which keeps build 1. */
function loopingMachine(): MemoryFs {
  const fs = confirmedMachine();
  swapIn(fs, "2");
  sentinelOver(fs).confirmHealthy();
  for (let start = 1; start <= 3; start++) crash(fs);
  assert.equal(stateOf(fs), "crash-looping");
  return fs;
}

test("a confirmed build is in a crash loop after so many ends, told once, and nothing is rolled back", () => {
  const fs = confirmedMachine();
  assert.deepEqual([crash(fs), crash(fs), stateOf(fs)], [false, false, "steady"]);
  assert.deepEqual([crash(fs), stateOf(fs)], [true, "crash-looping"]);
  const before = fs.texts();
  for (let start = 1; start <= 100; start++) assert.equal(crash(fs), false);
  assert.equal(sentinelOver(fs).boot().kind, "proceed");
  assert.deepEqual(fs.texts(), before, "nothing is written any more");
  assert.deepEqual(told(fs).map(({ version, attempts }) => [version, attempts]), [["1", 3]]);
  assert.match(
    told(fs)[0]?.reason ?? "",
    /3 times in a row, and is not rolled back: exit 1; last words: no such table$/,
  );
});

test("the status says what to paste to go back to an older build", () => {
  const [problem] = sentinelOver(loopingMachine()).status().problems;
  assert.equal(problem?.code, "crash-looping");
  assert.match(
    problem?.text ?? "",
    /^2 is confirmed and ended by itself right after its start, 3 times in a row since 2.*: exit 1; last words: no such table; nothing/,
  );
  assert.ok(problem?.advice.endsWith(`to go back to 1: boot-sentinel rollback --to 1 --exe ${EXE}`), problem?.advice);
});

test("one start counts once, however often its end is reported", () => {
  const fs = confirmedMachine();
  for (const invocation of ["a", "a", "a", "b"]) assert.equal(crash(fs, invocation), false);
  assert.equal(crash(fs, "c"), true);
});

for (
  const [what, act, event] of [
    ["a start that lasted", (fs: MemoryFs) => void reportsOf(fs).lasted("healthy", "it ran again"), "healthy"],
    ["a stop on request", (fs: MemoryFs) => void reportsOf(fs).lasted("stopped", "asked"), "stopped"],
    ["a watcher's report", (fs: MemoryFs) => {
      const { ports, subject } = sentinelOver(fs);
      const token = tokenAfterCrash(new State(ports, subject));
      assert.ok(token?.lenient);
      assert.deepEqual(reportsOf(fs).healthy(token), { kind: "lasted", version: "2" });
      assert.deepEqual(reportsOf(fs).healthy(token).kind, "superseded");
    }, "healthy"],
    ["a confirm", (fs: MemoryFs) => void sentinelOver(fs).confirmHealthy(), undefined],
    ["a swap", (fs: MemoryFs) => swapIn(fs, "3"), "armed"],
    ["a rollback", (fs: MemoryFs) => void sentinelOver(fs).rollback({ to: "1" }), "rolled-back"],
  ] as const
) {
  test(`${what} ends the loop`, () => {
    const fs = loopingMachine();
    act(fs);
    assert.equal(fs.texts()[FILE], undefined);
    assert.notEqual(stateOf(fs), "crash-looping");
    assert.equal(sentinelOver(fs).history().at(-1)?.event, event ?? "crash-looping");
  });
}

test("what a loop has not begun with is not told when it ends", () => {
  const fs = confirmedMachine();
  crash(fs);
  assert.equal(reportsOf(fs).lasted("healthy", "it ran again"), true);
  assert.equal(reportsOf(fs).lasted("healthy", "it ran again"), false);
  assert.equal(sentinelOver(fs).history().at(-1)?.event, "confirmed");
});

test("a build that was never confirmed, one on probation and one that was put back are counted elsewhere", () => {
  const restored = confirmedMachine();
  swapIn(restored, "2");
  sentinelOver(restored).rollback();
  const armed = confirmedMachine();
  swapIn(armed, "2");
  for (const fs of [freshMachine(), restored, armed]) {
    const before = stateOf(fs);
    for (let start = 1; start <= 4; start++) assert.equal(crash(fs), false);
    assert.deepEqual([stateOf(fs), fs.texts()[FILE]], [before, undefined]);
  }
});

test("a file of a newer program is left as it is", () => {
  const fs = confirmedMachine();
  fs.put(FILE, '{"schema":99}', 0o600);
  assert.throws(() => crash(fs), { code: "untouchable" });
  assert.deepEqual([fs.texts()[FILE], stateOf(fs)], ['{"schema":99}', "steady"]);
});

test("each instance is counted apart, and the one that loops is named", () => {
  const fs = confirmedMachine();
  for (const instance of ["web@1", "web@2", "web@1"]) crash(fs, undefined, instance);
  assert.equal(stateOf(fs), "steady");
  crash(fs, undefined, "web@1");
  assert.match(sentinelOver(fs).status().problems[0]?.text ?? "", /\(web@1\), 3 times/);
  reportsOf(fs, "web@2").lasted("healthy", "it ran again");
  assert.equal(stateOf(fs), "crash-looping");
  reportsOf(fs, "web@1").lasted("healthy", "it ran again");
  assert.deepEqual([stateOf(fs), fs.texts()[FILE], versionAt(fs, EXE)], ["steady", undefined, "1"]);
});
