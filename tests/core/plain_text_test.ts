/** Texts without control characters. @module */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { escaped, escapedLines, plainText } from "../../src/core/plain_text.ts";

test("control characters become visible escapes", () => {
  assert.equal(escaped("2\x1b]0;x\x07\nboot-sentinel: forged"), "2\\x1b]0;x\\x07\\nboot-sentinel: forged");
  assert.equal(escaped("a\u202eb\u0085"), "a\\u202eb\\x85");
  assert.equal(escaped("1.0.0+é\u{1f600}"), "1.0.0+é\u{1f600}");
  assert.equal(escapedLines("one\ntwo\r"), "one\ntwo\\r");
});

test("a text of any length is shown in one bounded line", () => {
  fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 1500, size: "max" }), (text) => {
    const plain = plainText(text);
    // deno-lint-ignore no-control-regex
    assert.doesNotMatch(plain, /[\u0000-\u001f\u007f-\u009f]/);
    assert.ok(plain.length <= 6 * 1000);
  }));
  assert.equal(plainText("x".repeat(5000)).length, 1000);
});
