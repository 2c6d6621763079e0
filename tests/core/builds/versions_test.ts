/** When two texts name the same version. @module */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { plainText } from "../../../src/core/plain_text.ts";
import { normalVersion, sameVersion, versionOfDigest } from "../../../src/core/builds/versions.ts";

const SAME: readonly (readonly [fact: string, a: string, b: string])[] = [
  ["a leading v does not count", "v1.2.0", "1.2.0"],
  ["a leading V does not count", "V1.2.0", "v1.2.0"],
  ["spaces around it do not count", "  1.2.0 ", "1.2.0"],
  ["the line end of a file does not count", "v0.2.121\r\n", "0.2.121"],
];
for (const [fact, a, b] of SAME) {
  test(`in a version ${fact}`, () => assert.ok(sameVersion(a, b)));
}

const DIFFERENT: readonly (readonly [fact: string, a: string, b: string])[] = [
  ["a trailing zero counts: it is not a number", "1.10", "1.1"],
  ["build metadata counts", "1.0.0+7", "1.0.0"],
  ["a pre-release counts", "1.0.0-rc.1", "1.0.0"],
  ["the case of letters counts", "1.0.0-RC1", "1.0.0-rc1"],
  ["a v before a letter counts", "vnext", "next"],
  ["a second v counts", "vv1", "v1"],
  ["a space within it counts", "v 1", "1"],
  ["nothing at all is a version of its own", "", "0"],
];
for (const [fact, a, b] of DIFFERENT) {
  test(`in a version ${fact}`, () => assert.ok(!sameVersion(a, b)));
}

const anyText = fc.oneof(fc.string(), fc.stringMatching(/^[ vV\d.\r\n-]{0,8}$/));

test("the normal form of a normal form is itself", () => {
  fc.assert(fc.property(anyText, (version) => {
    assert.equal(normalVersion(normalVersion(version)), normalVersion(version));
  }));
});

test("the normal form keeps all but what does not count", () => {
  fc.assert(fc.property(anyText, (version) => {
    const normal = normalVersion(version);
    assert.ok([normal, `v${normal}`, `V${normal}`].includes(plainText(version.trim())));
  }));
});

test("a build without a version is called by the first 12 digits of its sha256", () => {
  assert.equal(versionOfDigest(`0123456789ab${"c".repeat(52)}`), "sha256:0123456789ab");
});

test("the name of a build without a version is in normal form", () => {
  const name = versionOfDigest("0".repeat(64));
  assert.equal(normalVersion(name), name);
});
