/** Writing state files where there is no room, and refusing what could not be read again. @module */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { FsError } from "../../../src/core/fs_port.ts";
import { bounded } from "../../../src/core/state/bounded_quarantine.ts";
import { sparePath } from "../../../src/core/state/paths.ts";
import { type Quarantine, quarantineShape, recordShape } from "../../../src/core/state/schemas.ts";
import { readState, SIZE_LIMIT } from "../../../src/core/state/state_files.ts";
import { keepSpare, writeState } from "../../../src/core/state/write_state.ts";
import { killStates } from "../../support/disk/crash_states.ts";
import { faultFs } from "../../../src/system/fs/memory/fault_fs.ts";
import { MemoryFs } from "../../../src/system/fs/memory/memory_fs.ts";

const PATH = "/state/.boot-record.json";
const SPARE = sparePath("/state");

const json = (value: unknown) => `${JSON.stringify(value)}\n`;
/** Padded, as state files are. */
const padded = (value: unknown) => json(value).padEnd(4096);

function stateWith(content: Record<string, unknown>): MemoryFs {
  const fs = new MemoryFs();
  fs.put(PATH, json(content), 0o600);
  return fs;
}

/** Takes all room that is left. */
function fillUp(fs: MemoryFs): void {
  const used = Object.values(fs.texts()).reduce((sum, text) => sum + new TextEncoder().encode(text).length, 0);
  fs.options = { ...fs.options, capacity: used };
  assert.equal(fs.free(), 0);
}

test("a spare file is made once, and not where there is no room for it", () => {
  const fs = stateWith({ a: 1 });
  keepSpare(fs, "/state");
  assert.equal(fs.info(SPARE).size, 16384);
  const { stamp } = fs.info(SPARE);
  keepSpare(fs, "/state");
  assert.equal(fs.info(SPARE).stamp, stamp);
  fs.remove(SPARE);
  fillUp(fs);
  keepSpare(fs, "/state");
  assert.equal(JSON.parse(fs.texts()[PATH] ?? "").a, 1);
});

test("on a full disk the spare file takes the place of the state file, again and again", () => {
  const fs = stateWith({ attempts: 0 });
  keepSpare(fs, "/state");
  fillUp(fs);
  for (let attempts = 1; attempts <= 5; attempts++) {
    writeState(fs, PATH, { attempts });
    assert.equal(fs.texts()[PATH], padded({ attempts }));
  }
  assert.deepEqual(Object.keys(fs.texts()).sort(), [SPARE, PATH].sort());
});

test("on a full disk there is room again after a kill at each step of a write", () => {
  const fs = stateWith({});
  fs.put(PATH, padded({ a: 1 }));
  keepSpare(fs, "/state");
  fillUp(fs);
  writeState(fs, PATH, { a: 2 });
  writeState(fs, PATH, { a: 3 });
  fillUp(fs);
  const from = fs.disk.log.length;
  writeState(fs, PATH, { a: 4 });
  const sentinel = "/state/.boot-sentinel.json";
  for (const { fs: left, note } of killStates(fs, { from })) {
    // A file that did not exist has no blocks that could be written again.
    writeState(left, sentinel, { attempts: 1 });
    assert.equal(left.texts()[sentinel], padded({ attempts: 1 }), note);
  }
});

test("on a full disk a state file that is new is written into the spare file", () => {
  const fs = new MemoryFs();
  fs.put("/state/keep", "");
  keepSpare(fs, "/state");
  fillUp(fs);
  writeState(fs, PATH, { attempts: 1 });
  assert.equal(fs.texts()[PATH], padded({ attempts: 1 }));
});

test("where no name can be changed, the state file is written in place", () => {
  const fs = stateWith({ attempts: 0 });
  const { inode } = fs.info(PATH);
  const fixed = faultFs(fs, [{ code: "denied", verb: ["create", "rename", "link"] }]);
  writeState(fixed, PATH, { attempts: 1 });
  assert.equal(fs.texts()[PATH], padded({ attempts: 1 }));
  assert.equal(fs.info(PATH).inode, inode);
});

test("where nothing can be written that is thrown, and the old state stays", () => {
  const fs = stateWith({ a: 1 });
  keepSpare(fs, "/state");
  const before = fs.texts();
  const full = faultFs(fs, [{ code: "noSpace", verb: ["create", "overwrite"] }]);
  assert.throws(() => writeState(full, PATH, { a: 2 }), { name: "FsError", code: "noSpace", path: PATH });
  assert.deepEqual(fs.texts(), before);
});

test("what could not be read again is not written", () => {
  const fs = stateWith({ a: 1 });
  const before = fs.texts();
  assert.throws(() => writeState(fs, PATH, { a: "x".repeat(SIZE_LIMIT) }), (error: FsError) => {
    assert.equal(error.message, `Cannot write ${PATH}: it would be larger than 1 MiB`);
    return true;
  });
  assert.deepEqual(fs.texts(), before);
  const room = SIZE_LIMIT - json({ a: "" }).length;
  writeState(fs, PATH, { a: "x".repeat(room) });
  assert.equal(readState(fs, PATH, recordShape).kind, "value");
});

for (const [depth, kind] of [[98, "value"], [101, "corrupt"], [60_000, "corrupt"]] as const) {
  test(`a state file that is nested ${depth} levels deep is read as ${kind}`, () => {
    const fs = new MemoryFs();
    fs.put(PATH, `{"other":${"[".repeat(depth)}${"]".repeat(depth)}}`, 0o600);
    const read = readState(fs, PATH, recordShape);
    assert.equal(read.kind, kind);
    if (read.kind === "corrupt") assert.equal(read.why, "it is nested more than 100 levels deep");
    if (read.kind === "value") writeState(fs, PATH, read.value);
  });
}

/** A quarantine of so many builds, with reasons of that length. */
function quarantineOf(count: number, length: number): Quarantine {
  const versions = Array.from({ length: count }, (_, n) => `0.0.${n}`);
  const entry = (version: string) => ({ version, reason: "\u20ac".repeat(length), attempts: 1, time: "" });
  return { versions, entries: versions.map(entry) };
}

test("a quarantine with long reasons keeps all of its builds, and can be read again", () => {
  const fs = new MemoryFs();
  fs.put("/state/keep", "");
  const kept = bounded(quarantineOf(10, 115_000));
  writeState(fs, PATH, { ...kept });
  assert.equal(readState(fs, PATH, quarantineShape).kind, "value");
  assert.deepEqual(kept.versions, quarantineOf(10, 1).versions);
  assert.deepEqual(kept.entries?.map(({ reason }) => reason.length), Array.from({ length: 10 }, () => 60));
});

test("a quarantine of too many builds loses the oldest ones, and can be read again", () => {
  const fs = new MemoryFs();
  fs.put("/state/keep", "");
  const all = quarantineOf(20_000, 1000);
  const kept = bounded(all);
  writeState(fs, PATH, { ...kept });
  assert.equal(readState(fs, PATH, quarantineShape).kind, "value");
  assert.ok(kept.versions.length > 1000, `${kept.versions.length}`);
  assert.deepEqual(kept.versions, all.versions.slice(-kept.versions.length));
});

test("a quarantine of usual size is left as it is", () => {
  const quarantine = quarantineOf(50, 500);
  assert.deepEqual(bounded(quarantine), quarantine);
});
