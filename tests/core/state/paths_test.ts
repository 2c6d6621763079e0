/** Paths of state files and of the files beside a program. @module */
import assert from "node:assert/strict";
import { test } from "node:test";
import { basename } from "@std/path/posix/basename.js";
import { dirname } from "@std/path/posix/dirname.js";
import { join } from "@std/path/posix/join.js";
import { resolve } from "@std/path/posix/resolve.js";
import fc from "fast-check";
import { absolutePath, directoryOf, fileIn, lastGoodPath, nameOf, sibling } from "../../../src/core/state/paths.ts";
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
  // Cut between two letters, not within one.
  assert.doesNotMatch(lastGoodPath(`/opt/${"é".repeat(127)}`), /\ufffd/);
});
