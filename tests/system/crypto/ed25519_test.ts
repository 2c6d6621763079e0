/** Keys as texts. @module */
import assert from "node:assert/strict";
import { test } from "node:test";
import { isSigned, keyPairOf, newKeyPair, signText } from "../../../src/system/crypto/ed25519.ts";

test("no public key looks like an option, whatever chance makes of it", () => {
  const keys = Array.from({ length: 500 }, () => newKeyPair().publicKey);
  assert.deepEqual(keys.filter((key) => !/^[A-Za-z0-9_][\w-]{42}$/.test(key)), []);
});

test("a signature is that of its key and of its text alone", () => {
  const [one, other] = [newKeyPair(), newKeyPair()];
  const signature = signText("text", one.secretKey);
  assert.equal(isSigned("text", signature, one.publicKey), true);
  assert.equal(isSigned("other", signature, one.publicKey), false);
  assert.equal(isSigned("text", signature, other.publicKey), false);
  assert.deepEqual(keyPairOf(one.secretKey), one);
});
