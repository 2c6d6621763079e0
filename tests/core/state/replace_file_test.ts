/** The one way in which a file is written over. @module */
import assert from "node:assert/strict";
import { test } from "node:test";
import { replaceFile } from "../../../src/core/state/replace_file.ts";
import { faultFs, type FsVerb, memoryFs } from "../../../src/testing.ts";

const SYNCED = "syncDirectory";

function disk() {
  const fs = memoryFs();
  fs.put("/etc/unit", "the old unit", 0o644);
  return fs;
}

test("replaceFile() puts the new content there, with the mode that is asked for", () => {
  const fs = disk();
  replaceFile(fs, "/etc/unit", "new", 0o644);
  assert.deepEqual(fs.texts(), { "/etc/unit": "new" });
  assert.equal(fs.info("/etc/unit").mode & 0o777, 0o644);
});

test("replaceFile() makes a file that only its owner can read, unless it is told otherwise", () => {
  const fs = disk();
  replaceFile(fs, "/etc/secret", "x");
  assert.equal(fs.info("/etc/secret").mode & 0o777, 0o600);
});

test("replaceFile() leaves the old content when the disk fills up in the middle of the new one", () => {
  const fs = disk();
  const filling = faultFs(fs, [{ code: "noSpace", verb: "create", when: "halfway" }]);
  assert.throws(() => replaceFile(filling, "/etc/unit", "a much longer new unit"), {
    name: "FsError",
    code: "noSpace",
    path: "/etc/unit",
    message: "Cannot write /etc/unit: no space left",
  });
  assert.deepEqual(fs.texts(), { "/etc/unit": "the old unit" });
});

test("replaceFile() leaves the old or the new content wherever it fails, and no temporary file", () => {
  const verbs: readonly FsVerb[] = ["create", "rename", SYNCED];
  for (const verb of verbs) {
    for (const when of ["before", "after"] as const) {
      const fs = disk();
      assert.throws(() => replaceFile(faultFs(fs, [{ code: "other", verb, when }]), "/etc/unit", "new"));
      const done = verb === SYNCED || (verb === "rename" && when === "after");
      assert.deepEqual(fs.texts(), { "/etc/unit": done ? "new" : "the old unit" }, `${verb} ${when}`);
    }
  }
});
