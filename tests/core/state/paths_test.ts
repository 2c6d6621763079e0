/** Paths of state files and of the files beside a program. @module */
import assert from "node:assert/strict";
import { test } from "node:test";
import { basename } from "@std/path/posix/basename.js";
import { dirname } from "@std/path/posix/dirname.js";
import { join } from "@std/path/posix/join.js";
import { resolve } from "@std/path/posix/resolve.js";
import fc from "fast-check";
import {
  absolutePath,
  directoryOf,
  fileIn,
  lastGoodPath,
  nameOf,
  rollbackBakPath,
  sibling,
  statePaths,
  tempPath,
} from "../../../src/core/state/paths.ts";
import { onPosix } from "../../support/scripts.ts";

const path = fc.oneof(
  fc.stringMatching(/^[/.a\\ ]{1,8}$/),
  fc.array(fc.constantFrom("a", "..b", "é", ".", "..", "")).map((segments) => `/${segments.join("/")}`),
);

onPosix("it compares with the rules of POSIX")("paths come apart and together as the library does it", () => {
  fc.assert(
    fc.property(path, (path) => {
      assert.equal(directoryOf(path), dirname(path));
      assert.equal(nameOf(path), basename(path));
      assert.equal(fileIn(path, "name"), join(path, "name"));
      assert.equal(absolutePath("/from/here", path), resolve("/from/here", path));
    }),
    { numRuns: 2000 },
  );
});

test("a name beside a program has the program's name in front", () => {
  assert.equal(lastGoodPath("/opt/app/server"), "/opt/app/server.last-good");
  assert.equal(sibling("/opt/app/server", "gen-0123"), "/opt/app/server.gen-0123");
});

test("a name that would be too long is cut, and still tells two programs apart", () => {
  const bytes = (path: string) => new TextEncoder().encode(nameOf(path)).length;
  const [one, other] = [`/opt/${"x".repeat(250)}1`, `/opt/${"x".repeat(250)}2`].map(lastGoodPath);
  assert.ok(bytes(one ?? "") <= 255 && bytes(other ?? "") <= 255);
  assert.notEqual(one, other);
});

/** As many of the letters as a file system takes for a name. */
function longestName(letters: readonly string[]): string {
  let name = "";
  for (const letter of letters) if (new TextEncoder().encode(name + letter).length <= 255) name += letter;
  return name;
}

/** All files that lie beside a program. */
function besideProgram(exe: string): string[] {
  const temps = (["swap", "restore", "ready", "last-good"] as const).map((step) => tempPath(exe, step));
  return [exe, lastGoodPath(exe), rollbackBakPath(exe), sibling(exe, "gen-0123"), ...temps];
}

test("the files beside a program, with a name of any length, are in its folder and told apart", () => {
  const letters = fc.array(fc.constantFrom("a", ".", "é", "\u{1f600}"), { minLength: 1, maxLength: 300, size: "max" });
  const name = letters.map(longestName).filter((name) => !/^\.+$/.test(name));
  fc.assert(fc.property(name, (name) => {
    const paths = besideProgram(`/opt/app/${name}`);
    assert.equal(new Set(paths).size, paths.length);
    for (const path of paths) {
      assert.match(directoryOf(path), /^[\\/]opt[\\/]app$/);
      assert.ok(new TextEncoder().encode(nameOf(path)).length <= 255, path);
      assert.ok(path.isWellFormed(), "it was cut between two letters, not within one");
    }
  }));
});

test("the state files lie in the data directory, under the names that the reference and older versions know", () => {
  const { dir, ...paths } = statePaths("/var/lib/app");
  assert.equal(dir, "/var/lib/app");
  for (const path of Object.values(paths)) assert.equal(fileIn(dir, nameOf(path)), path);
  const names = Object.fromEntries(Object.entries(paths).map(([key, path]) => [key, nameOf(path)]));
  assert.deepEqual(names, {
    sentinel: ".boot-sentinel.json",
    quarantine: ".boot-quarantine.json",
    record: ".boot-record.json",
    crashes: ".boot-crashes.json",
    history: ".boot-history.jsonl",
    lock: ".boot-sentinel.lock",
    workLock: ".boot-work.lock",
    releasesLock: ".boot-releases.lock",
    deployLock: ".boot-deploy.lock",
    watcher: ".boot-watcher.json",
    watcherLock: ".boot-watcher.lock",
  });
});

onPosix("it compares with the rules of POSIX")(
  "however a data directory is written, its state files are the same",
  () => {
    for (const dir of ["/state/", "//state", "/./state", "/other/../state"]) {
      assert.deepEqual({ ...statePaths(dir), dir: "/state" }, statePaths("/state"), dir);
    }
  },
);

test("state files can lie in the root directory", () => {
  assert.equal(fileIn("/", ".boot-sentinel.json").replaceAll("\\", "/"), "/.boot-sentinel.json");
  assert.equal(sibling("/app", "last-good"), "/app.last-good");
});
