import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { FsError } from "../../../../src/core/ports.ts";
import { type Fault, faultFs, WRITING_VERBS } from "../../../../src/system/fs/memory/fault_fs.ts";
import { MemoryFs } from "../../../../src/system/fs/memory/memory_fs.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const fails = (code: string) => (error: unknown) => error instanceof FsError && error.code === code;

function disk(): MemoryFs {
  const fs = new MemoryFs();
  fs.put("/data/state", "old state");
  return fs;
}

function save(fs: ReturnType<typeof faultFs>): void {
  fs.create("/data/state.tmp", bytes("new state"));
  fs.rename("/data/state.tmp", "/data/state");
  fs.syncDirectory("/data");
}

describe("faultFs()", () => {
  it("passes every call on and counts it when the plan is empty", () => {
    const inner = disk();
    const fs = faultFs(inner, []);
    save(fs);
    assert.deepEqual(inner.texts(), { "/data/state": "new state" });
    assert.equal(fs.count(), 3);
    assert.equal(fs.count("rename"), 1);
    assert.equal(fs.count(["create", "rename"]), 2);
    assert.deepEqual(fs.calls, [
      "create /data/state.tmp",
      "rename /data/state.tmp /data/state",
      "syncDirectory /data",
    ]);
  });

  it("fails at the N-th call for every N, and only there", () => {
    const struck: string[] = [];
    for (let at = 1; at <= 3; at++) {
      const fs = faultFs(disk(), [{ code: "noSpace", at }]);
      assert.throws(() => save(fs), fails("noSpace"));
      assert.equal(fs.count(), at);
      save(fs);
      struck.push(...fs.struck);
    }
    assert.deepEqual(struck, [
      "noSpace create /data/state.tmp",
      "noSpace rename /data/state",
      "noSpace syncDirectory /data",
    ]);
  });

  it("counts the calls of the given verb alone", () => {
    const fs = faultFs(disk(), [{ code: "denied", verb: "rename", at: 2 }]);
    save(fs);
    assert.throws(() => save(fs), fails("denied"));
    assert.equal(fs.struck.length, 1);
  });

  it("strikes only paths that the plan names, either side of a rename", () => {
    const fs = faultFs(disk(), [{ code: "busy", path: (path) => path === "/data/state.tmp", verb: "rename" }]);
    assert.equal(fs.info("/data/state").size, 9);
    assert.throws(() => save(fs), fails("busy"));
    assert.throws(() => fs.rename("/data/state", "/data/state.tmp"), fails("busy"));
  });

  it("keeps failing from a call onward, as a full disk does", () => {
    const fs = faultFs(disk(), [{ code: "noSpace", verb: WRITING_VERBS, at: 2, onward: true }]);
    fs.create("/data/a", bytes("a"));
    for (const name of ["b", "c"]) assert.throws(() => fs.create(`/data/${name}`, bytes(name)), fails("noSpace"));
    assert.equal(fs.digest("/data/a").length, 64);
  });

  it("injects several faults in one run", () => {
    const fs = faultFs(disk(), [{ code: "busy", verb: "rename", at: 1 }, { code: "other", verb: "create", at: 2 }]);
    assert.throws(() => save(fs), fails("busy"));
    assert.throws(() => save(fs), fails("other"));
    save(fs);
    assert.equal(fs.struck.length, 2);
  });

  it("does the work and then reports a failure when the fault comes after", () => {
    const inner = disk();
    const fs = faultFs(inner, [{ code: "other", verb: "rename", when: "after" }]);
    assert.throws(() => save(fs), fails("other"));
    assert.deepEqual(inner.texts(), { "/data/state": "new state" });
  });

  it("changes nothing when the fault comes before", () => {
    const inner = disk();
    for (const verb of WRITING_VERBS) {
      const fs = faultFs(inner, [{ code: "readOnly", verb }]);
      if (!["copy", "link", "rename", "copyTree", "exchange"].includes(verb)) {
        assert.throws(() => callOf(fs, verb), fails("readOnly"));
      }
    }
    assert.deepEqual(inner.texts(), { "/data/state": "old state" });
  });

  it("leaves half of the bytes when the fault comes halfway", () => {
    const halfway = (verb: Fault["verb"]): Fault[] => [{ code: "noSpace", when: "halfway", verb: verb ?? [] }];
    const inner = disk();
    const before = inner.info("/data/state").inode;
    const texts = () => inner.texts()["/data/state"];
    assert.throws(
      () => faultFs(inner, halfway("overwrite")).overwrite("/data/state", bytes("NEW ST")),
      fails("noSpace"),
    );
    assert.equal(texts(), "NEW state");
    assert.throws(() => faultFs(inner, halfway("append")).append("/data/state", "line"), fails("noSpace"));
    assert.equal(texts(), "NEW state\nli");
    assert.equal(inner.info("/data/state").inode, before);
    assert.throws(() => faultFs(inner, halfway("create")).create("/data/state", bytes("1234")), fails("noSpace"));
    assert.equal(texts(), "12");
  });

  it("takes away the target of a copy that fails halfway", () => {
    const inner = disk();
    inner.put("/data/copy", "older");
    const fs = faultFs(inner, [{ code: "noSpace", when: "halfway", verb: "copy" }]);
    assert.throws(() => fs.copy("/data/state", "/data/copy"), fails("noSpace"));
    assert.deepEqual(inner.texts(), { "/data/state": "old state" });
  });
});

function callOf(fs: ReturnType<typeof faultFs>, verb: string): void {
  if (verb === "create" || verb === "overwrite") fs[verb]("/data/state", bytes("x"));
  if (verb === "append") fs.append("/data/state", "x");
  if (verb === "symlink") fs.symlink("state", "/data/link");
  if (verb === "syncTree" || verb === "removeTree") fs[verb]("/data");
  if (verb === "remove" || verb === "makeDirectory" || verb === "removeDirectory" || verb === "syncDirectory") {
    fs[verb]("/data/state");
  }
}
