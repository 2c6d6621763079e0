import assert from "node:assert/strict";
import { test } from "node:test";
import { SentinelError } from "../../../src/core/errors.ts";
import { FsError } from "../../../src/core/ports.ts";
import { adopt } from "../../../src/service/releases/adopt.ts";
import { faultFs } from "../../../src/system/fs/memory/fault_fs.ts";
import type { MemoryFsOptions } from "../../../src/system/fs/memory/memory_files.ts";
import { MemoryFs } from "../../../src/system/fs/memory/memory_fs.ts";
import { crashStates, killStates } from "../../support/disk/crash_states.ts";

const BEFORE = { "/opt/app/bin/server": "#!one", "/opt/app/run": "-> bin/server" };
const AFTER = {
  "/opt/app": "-> app.releases/0",
  "/opt/app.releases/0/bin/server": "#!one",
  "/opt/app.releases/0/run": "-> bin/server",
};

function disk(options: MemoryFsOptions = {}): MemoryFs {
  const fs = new MemoryFs(options);
  fs.put("/opt/app/bin/server", "#!one", 0o755);
  fs.symlink("bin/server", "/opt/app/run");
  fs.makeDurable();
  return fs;
}

/** The content of the directory by its old path, which is what a unit names. */
function served(fs: MemoryFs): string {
  try {
    return new TextDecoder().decode(fs.read("/opt/app/run", 99));
  } catch (error) {
    return (error as FsError).code;
  }
}

for (const exchange of [true, false]) {
  const how = exchange ? "by an exchange" : "by two renames";
  test(`adopt() puts a link in the place of a directory, ${how}`, () => {
    const fs = disk({ exchange });
    const before = fs.info("/opt/app/bin/server").inode;
    assert.deepEqual(adopt(fs, "/opt/app", "linux"), {
      kind: "adopted",
      root: "/opt/app.releases/0",
      size: { files: 1, bytes: 5 },
    });
    assert.deepEqual(fs.texts(), AFTER);
    assert.equal(fs.info("/opt/app/bin/server").inode, before);
    assert.equal(adopt(fs, "/opt/app", "linux").kind, "already");
    assert.deepEqual(fs.texts(), AFTER);
  });

  test(`adopt() that is killed is completed by the next one, ${how}`, () => {
    const run = disk({ exchange });
    adopt(run, "/opt/app", "linux");
    let missing = 0;
    for (const { fs, note } of killStates(run)) {
      // A rename is one step: between its two names in the log nobody can look.
      if (note.includes("rename") && fs.texts()["/opt/app/run"] && fs.texts()["/opt/app.releases/0/run"]) continue;
      if (served(fs) !== "#!one") missing++;
      adopt(fs, "/opt/app", "linux");
      assert.deepEqual(fs.texts(), AFTER, note);
    }
    assert.equal(missing, exchange ? 0 : 1);
  });
}

test("adopt() leaves the directory or the link at every power cut, and is durable when it returns", () => {
  const run = disk();
  adopt(run, "/opt/app", "linux");
  for (const { fs, note } of crashStates(run)) {
    assert.equal(served(fs), "#!one", note);
    adopt(fs, "/opt/app", "linux");
    assert.deepEqual(fs.texts(), AFTER, note);
  }
  for (const { fs, note } of crashStates(run, { from: run.mark() })) assert.deepEqual(fs.texts(), AFTER, note);
});

test("adopt() that fails says truly what it has left", () => {
  for (const exchange of [true, false]) {
    const clean = faultFs(disk({ exchange }), []);
    adopt(clean, "/opt/app", "linux");
    for (let at = 1; at <= clean.count(); at++) {
      const inner = disk({ exchange });
      const fs = faultFs(inner, [{ code: "noSpace", at }]);
      let said = "";
      try {
        adopt(fs, "/opt/app", "linux");
      } catch (error) {
        assert.ok(error instanceof FsError || error instanceof SentinelError, `${error}`);
        said = error.message;
      }
      const [struck = ""] = fs.struck;
      const isLink = inner.linkTarget("/opt/app") !== undefined;
      assert.equal(served(inner), "#!one", struck);
      if (isLink) assert.doesNotMatch(said, /nothing was changed/, struck);
      else assert.match(said, /nothing was changed/, struck);
      if (!isLink && !/removeDirectory|remove |linkTarget/.test(struck)) {
        assert.deepEqual(inner.texts(), BEFORE, struck);
      }
      adopt(inner, "/opt/app", "linux");
      assert.deepEqual(inner.texts(), AFTER, struck);
    }
  }
});

const REFUSED: readonly (readonly [why: RegExp, change: (fs: MemoryFs) => void, path?: string])[] = [
  [/does not exist/, () => {}, "/opt/none"],
  [/no directory/, (fs) => fs.put("/opt/file", ""), "/opt/file"],
  [/no directory that can be moved/, () => {}, "/"],
  [/is a mount point/, (fs) => void (fs.options = { mounts: ["/opt/app"] })],
  [/read-only/, (fs) => void (fs.options = { readOnly: ["/opt"] })],
  [/belongs to a user who does not own/, (fs) => void (fs.options = { foreign: ["/opt/app"] })],
  [/name outside/, (fs) => fs.link("/opt/app/bin/server", "/opt/server")],
  [/program that is guarded in it/, (fs) => fs.put("/opt/app/state/.boot-record.json", "{}")],
  [/program that is guarded in it/, (fs) => fs.put("/opt/app/bin/server.last-good", "")],
  [/leads out of it by a relative way/, (fs) => fs.symlink("../../shared", "/opt/app/bin/data")],
  [/these are releases already/, (fs) => fs.symlink("bin", "/opt/app/current")],
  [/is such a link already/, (fs) => (fs.put("/opt/app/in/x", ""), void adopt(fs, "/opt/app/in", "linux"))],
  [/its place, .*, is taken/, (fs) => fs.put("/opt/app.releases/0/x", "")],
  [
    /part of the releases that \/opt\/app leads to/,
    (fs) => (fs.put("/opt/app/in/x", ""), void adopt(fs, "/opt/app", "linux")),
    "/opt/app/in",
  ],
  [/a link that leads to no directory/, (fs) => fs.symlink("none", "/opt/dangling"), "/opt/dangling"],
];

for (const [why, change, path = "/opt/app"] of REFUSED) {
  test(`adopt() refuses: ${why.source}`, () => {
    const fs = disk();
    change(fs);
    const before = fs.texts();
    assert.throws(() => adopt(fs, path, "linux"), (error: Error) => {
      assert.match(error.message, why);
      assert.match(error.message, /^Cannot adopt .*nothing was changed/s);
      return true;
    });
    assert.deepEqual(fs.texts(), before);
  });
}
