import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { crashStates, killStates } from "./crash_states.ts";
import type { MemoryFsOptions } from "../../../src/system/fs/memory/memory_files.ts";
import { MemoryFs } from "../../../src/system/fs/memory/memory_fs.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

/** A disk on which `/data/state` reads OLD-STATE, durably. */
function disk(options: MemoryFsOptions = {}): MemoryFs {
  const fs = new MemoryFs(options);
  fs.put("/data/state", "OLD-STATE");
  fs.makeDurable();
  return fs;
}

/** The write protocol: complete and flushed beside the target, then renamed over it. */
function save(fs: MemoryFs, text = "new state"): void {
  fs.create("/data/state.tmp", bytes(text));
  fs.rename("/data/state.tmp", "/data/state");
  fs.syncDirectory("/data");
}

/** What the file can read after a power cut, each text once; "(none)" when it is missing. */
function readings(fs: MemoryFs, path = "/data/state", from = 0): string[] {
  return [...new Set([...crashStates(fs, { from })].map((state) => state.fs.texts()[path] ?? "(none)"))].sort();
}

describe("crashStates()", () => {
  it("finds only whole states, old or new, when the write is flushed and renamed", () => {
    const fs = disk();
    save(fs);
    assert.deepEqual(readings(fs), ["OLD-STATE", "new state"]);
  });

  it("finds empty, NUL-filled and torn states when the flush of the data is forgotten", () => {
    const fs = disk({ forgetSync: true });
    save(fs);
    const found = readings(fs);
    for (const torn of ["", "new ", "\0".repeat(9), "\0\0\0\0state"]) {
      assert.ok(found.includes(torn), JSON.stringify(torn));
    }
  });

  it("lets an unflushed file stay torn even after its directory is synced", () => {
    const fs = disk({ forgetSync: true });
    save(fs);
    assert.ok(readings(fs, "/data/state", fs.mark()).includes(""));
  });

  it("finds nothing but the new state once the directory is synced", () => {
    const fs = disk();
    save(fs);
    assert.deepEqual(readings(fs, "/data/state", fs.mark()), ["new state"]);
  });

  it("can lose the rename when the sync of the directory is forgotten", () => {
    const fs = disk({ forgetDirectorySync: true });
    save(fs);
    assert.deepEqual(readings(fs, "/data/state", fs.mark()), ["OLD-STATE", "new state"]);
  });

  it("tears a file that is overwritten in place, in every way that blocks can go missing", () => {
    const fs = disk();
    fs.overwrite("/data/state", bytes("new"));
    const [front, back, uncut] = ["nLD-STATE", "Oew", "new-STATE"];
    assert.deepEqual(readings(fs), ["OLD", "OLD-STATE", "new", front, back, uncut].sort());
    assert.deepEqual(readings(fs, "/data/state", fs.mark()), ["new"]);
  });

  it("finds no state in which a name is gone from both ends of a rename within a directory", () => {
    const fs = new MemoryFs();
    fs.put("/data/a", "bytes");
    fs.makeDurable();
    fs.rename("/data/a", "/data/b");
    const states = [...crashStates(fs)].map((state) => Object.keys(state.fs.texts()));
    assert.deepEqual(states, [["/data/a"], ["/data/b"]]);
  });

  it("can tear a rename from one directory to another into its halves", () => {
    const fs = new MemoryFs();
    fs.put("/a/file", "bytes");
    fs.makeDirectory("/b");
    fs.makeDurable();
    fs.rename("/a/file", "/b/file");
    const states = [...crashStates(fs)].map((state) => Object.keys(state.fs.texts()).join());
    assert.deepEqual(states.sort(), ["", "/a/file", "/a/file,/b/file", "/b/file"]);
  });

  it("finds a copy whole, with the mode of its model, once its name is durable", () => {
    const fs = disk();
    fs.chmod("/data/state", 0o755);
    fs.makeDurable();
    fs.copy("/data/state", "/data/copy");
    fs.syncDirectory("/data");
    const left = [...crashStates(fs, { from: fs.mark() })].map((state) => state.fs);
    assert.deepEqual(left.map((each) => [each.texts()["/data/copy"], each.info("/data/copy").mode]), [[
      "OLD-STATE",
      0o755,
    ]]);
    assert.ok(readings(fs, "/data/copy").includes("OLD-"));
  });

  it("lets a later name survive an earlier one that is lost", () => {
    const fs = new MemoryFs();
    fs.create("/first", bytes("1"));
    fs.create("/second", bytes("2"));
    const names = [...crashStates(fs)].map((state) => state.fs.list("/").join());
    assert.ok(names.includes("second"));
    assert.ok(names.includes("first"));
  });

  it("makes the names of one directory durable and no other's", () => {
    const fs = new MemoryFs();
    fs.makeDirectory("/a");
    fs.makeDirectory("/b");
    fs.makeDurable();
    fs.create("/a/file", bytes("a"));
    fs.create("/b/file", bytes("b"));
    fs.syncDirectory("/a");
    const left = [...crashStates(fs, { from: fs.mark() })].map((state) => Object.keys(state.fs.texts()).join());
    assert.deepEqual(left.sort(), ["/a/file", "/a/file,/b/file"]);
  });

  it("can lose a line that was appended, because that is not flushed", () => {
    const fs = disk();
    fs.append("/data/state", "line");
    const found = readings(fs, "/data/state", fs.mark());
    assert.ok(found.includes("OLD-STATE") && found.includes("OLD-STATE\nline\n"));
    assert.ok(found.includes("OLD-STATE\0\0\0\0\0\0"));
  });

  it("takes a rename on Windows as durable at once, and the sync as nothing", () => {
    const fs = disk({ windows: true });
    save(fs);
    assert.deepEqual(readings(fs, "/data/state", fs.mark()), ["new state"]);
    fs.create("/data/other", bytes("x"));
    fs.syncDirectory("/data");
    assert.deepEqual(readings(fs, "/data/other", fs.mark()), ["(none)", "x"]);
  });

  it("can lose what an outsider wrote", () => {
    const fs = disk();
    fs.replace("/data/state", "program");
    assert.ok(readings(fs).includes(""));
    fs.makeDurable();
    fs.writeInPlace("/data/state", "PROGRAM");
    assert.ok(readings(fs, "/data/state", fs.mark()).includes("PROgram"));
  });

  it("yields each state once and leaves the file system as it was", () => {
    const fs = disk();
    save(fs);
    const [before, log] = [fs.texts(), fs.mark()];
    const states = [...crashStates(fs)];
    const seen = states.map((state) =>
      JSON.stringify([state.fs.texts(), state.fs.list("/data").map((name) => state.fs.info(`/data/${name}`))])
    );
    assert.equal(new Set(seen).size, states.length);
    for (const state of states) state.fs.put("/data/state", "booted");
    assert.deepEqual([fs.texts(), fs.mark()], [before, log]);
  });

  it("says at which moment the power went and what was lost", () => {
    const fs = disk({ forgetSync: true, forgetDirectorySync: true });
    save(fs);
    const notes = [...crashStates(fs, { from: fs.mark() })].map((state) => state.note);
    const moment = `power cut at step ${fs.mark()}, rename /data/state.tmp -> /data/state; lost: `;
    assert.ok(notes.includes(`${moment}nothing`));
    assert.ok(
      notes.includes(`${moment}names of rename /data/state.tmp -> /data/state, data of create /data/state.tmp`),
    );
  });

  it("yields disks with an empty log that can be cut again", () => {
    const fs = disk();
    save(fs, "second");
    for (const { fs: left } of crashStates(fs)) {
      assert.equal(left.mark(), 0);
      save(left, "third");
      const whole = ["OLD-STATE", "second", "third"];
      for (const reading of readings(left)) assert.ok(whole.includes(reading), reading);
    }
  });

  it("never gives two contents of a file the same stamp when the data was flushed", () => {
    const fs = disk();
    for (const text of ["one", "two", "six"]) save(fs, text);
    fs.overwrite("/data/state", bytes("ten"));
    const contents = new Map<string, string>();
    for (const { fs: left } of crashStates(fs, { from: fs.mark() })) {
      const { stamp } = left.info("/data/state");
      const digest = left.digest("/data/state");
      assert.equal(contents.get(stamp) ?? digest, digest);
      contents.set(stamp, digest);
    }
    assert.equal(contents.get(fs.info("/data/state").stamp), fs.digest("/data/state"));
  });

  it("tries no more than two losses or two survivors when too many names are volatile", () => {
    const fs = new MemoryFs();
    for (let at = 0; at < 12; at++) fs.create(`/${at}`, bytes("x"));
    const counts = [...crashStates(fs, { from: fs.mark(), maxVolatile: 3 })].map((state) => state.fs.list("/").length);
    assert.deepEqual([...new Set(counts)].sort((one, other) => one - other), [0, 1, 2, 10, 11, 12]);
  });

  it("yields thousands of states a second", () => {
    const fs = disk();
    for (let at = 0; at < 9; at++) fs.create(`/data/${at}`, bytes(`file ${at}`));
    const start = performance.now();
    const count = [...crashStates(fs)].length;
    const each = (performance.now() - start) / count;
    assert.ok(count > 500, String(count));
    assert.ok(each < 1, `${each} ms a state`);
  });
});

describe("killStates()", () => {
  it("yields each moment with everything before it done, also in the middle of a write", () => {
    const fs = disk();
    save(fs);
    const left = [...killStates(fs)].map((state) => state.fs.texts());
    assert.deepEqual(left, [
      { "/data/state": "OLD-STATE" },
      { "/data/state": "OLD-STATE", "/data/state.tmp": "" },
      { "/data/state": "OLD-STATE", "/data/state.tmp": "new " },
      { "/data/state": "OLD-STATE", "/data/state.tmp": "new state" },
      { "/data/state": "new state" },
    ]);
  });

  it("keeps what was written without a flush: the page cache outlives the process", () => {
    const fs = disk({ forgetSync: true, forgetDirectorySync: true });
    save(fs);
    assert.deepEqual([...killStates(fs, { from: fs.mark() })].map((state) => state.fs.texts()), [fs.texts()]);
  });

  it("keeps programs running on Windows, which a power cut ends", () => {
    const fs = new MemoryFs({ windows: true });
    fs.put("/service.exe", "program");
    fs.lockRunning("/service.exe");
    fs.makeDurable();
    const [killed] = killStates(fs);
    const [cut] = crashStates(fs);
    assert.throws(() => killed?.fs.remove("/service.exe"), { code: "busy" });
    cut?.fs.remove("/service.exe");
    assert.deepEqual(cut?.fs.list("/"), []);
  });
});
