/** Windows' access lists, read by their bytes. @module */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { allowedBy, sidText, writersByList } from "../../../src/system/windows/access_list.ts";

const SYSTEM = [18];
const ADMINISTRATORS = [32, 544];
const USERS = [32, 545];
const BOB = [21, 1, 2, 3, 1001];
const bob = "S-1-5-21-1-2-3-1001";

const FULL = 0x1f_01ff;
const READ = 0x12_00a9;
const ADD_FOLDER = 0x4;
const ADD_FILE = 0x2;
const DELETE_CHILD = 0x40;

/** An entry of a list: its type, flags, rights, and whose it is. */
function entry(parts: readonly number[], rights: number, { type = 0, flags = 0 } = {}): Uint8Array {
  const bytes = new Uint8Array(16 + parts.length * 4);
  const view = new DataView(bytes.buffer);
  bytes.set([type, flags, bytes.length, 0]);
  view.setUint32(4, rights, true);
  bytes.set([1, parts.length, 0, 0, 0, 0, 0, 5], 8);
  parts.forEach((part, index) => view.setUint32(16 + index * 4, part, true));
  return bytes;
}

function list(...entries: readonly Uint8Array[]): Uint8Array {
  const size = entries.reduce((sum, { length }) => sum + length, 8);
  const bytes = new Uint8Array(size);
  bytes.set([2, 0, size & 0xff, size >> 8, entries.length, 0, 0, 0]);
  let at = 8;
  for (const one of entries) {
    bytes.set(one, at);
    at += one.length;
  }
  return bytes;
}

const changers = (depth: number, owner: string, ...entries: readonly Uint8Array[]) =>
  [...writersByList(allowedBy(list(...entries)), owner, depth)].sort();

describe("allowedBy()", () => {
  it("reads whose each right is, and leaves out what is denied or only handed down", () => {
    const entries = [entry(BOB, FULL, { type: 1 }), entry(USERS, READ), entry(BOB, FULL, { flags: 0x0b })];
    assert.deepEqual(allowedBy(list(...entries)), [{ sid: "S-1-5-32-545", rights: READ }]);
  });

  it("reads authorities beyond 32 bits", () => {
    assert.equal(sidText(Uint8Array.of(1, 1, 1, 0, 0, 0, 0, 2, 7, 0, 0, 0)), "S-1-1099511627778-7");
  });
});

describe("writersByList()", () => {
  const mighty = [entry(SYSTEM, FULL), entry(ADMINISTRATORS, FULL)];

  it("counts neither administrators nor the system, and nobody who can only read", () => {
    assert.deepEqual(changers(0, "S-1-5-32-544", ...mighty, entry(USERS, READ)), []);
  });

  it("counts the owner, who may write the list anew", () => {
    assert.deepEqual(changers(0, bob, ...mighty), [bob]);
  });

  it("counts the crowd of all users as everybody, and so when there is no list at all", () => {
    assert.deepEqual(changers(0, "", entry(USERS, FULL)), ["everybody"]);
    assert.deepEqual([...writersByList(undefined, "", 0)], ["everybody"]);
  });

  it("counts who may add a file beside the program, but not who may add a folder high above it", () => {
    assert.deepEqual(changers(1, "", entry(BOB, ADD_FILE)), [bob]);
    assert.deepEqual(changers(2, "", entry(BOB, ADD_FILE | ADD_FOLDER)), []);
    assert.deepEqual(changers(2, "", entry(BOB, DELETE_CHILD)), [bob]);
  });
});
