/** Plain paths beside what takes any path apart. @module */
import assert from "node:assert/strict";
import { test } from "node:test";
import { basename } from "@std/path/posix/basename.js";
import { dirname } from "@std/path/posix/dirname.js";
import { join } from "@std/path/posix/join.js";
import { normalize } from "@std/path/posix/normalize.js";
import fc from "fast-check";
import { isPlainPath, plainDirectory, plainName } from "../../../src/core/state/plain_path.ts";

const path = fc.oneof(
  fc.stringMatching(/^[/.a\\ ]{0,8}$/),
  fc.array(fc.constantFrom("a", "..b", "é", "..", "../..", ""))
    .map((segments) => `/${segments.join("/")}`),
);

test("a plain path comes apart and together as the library does it", () => {
  let plain = 0;
  fc.assert(
    fc.property(path, (path) => {
      if (!isPlainPath(path)) return;
      plain++;
      assert.equal(normalize(path), path);
      assert.equal(plainDirectory(path), dirname(path));
      assert.equal(plainName(path), basename(path));
      assert.equal(`${path}/name`, join(path, "name"));
    }),
    { numRuns: 2000 },
  );
  assert.ok(plain > 100, `${plain} plain paths`);
});

test("what is relative, roundabout or no path at all is not plain", () => {
  for (const path of ["", "/", "a", "./a", "../a", "/a/", "//a", "/a//b", "/a/./b", "/a/..", "/a\0b", "C:\\a"]) {
    assert.equal(isPlainPath(path), false, JSON.stringify(path));
  }
  for (const path of ["/a", "/a/b.c", "/a/..b/.c", "/a b/\\/é"]) assert.equal(isPlainPath(path), true, path);
});
