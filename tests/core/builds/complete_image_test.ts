/** Programs whose files were cut short. @module */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import process from "node:process";
import { test } from "node:test";
import { HEADER_BYTES, missingEnd } from "../../../src/core/builds/complete_image.ts";
import type { MemoryFs } from "../../../src/system/fs/memory/memory_fs.ts";
import { DOWNLOAD, EXE, freshMachine, sentinelOver } from "../../support/disk/world.ts";

/** A 64-bit ELF program with one segment, and a table of sections behind it. */
function elf({ segmentEnd = 0x300, sections = 0 } = {}): Uint8Array {
  const bytes = new Uint8Array(0x400);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  const view = new DataView(bytes.buffer);
  view.setUint16(18, 62, true);
  view.setBigUint64(32, 64n, true);
  view.setUint16(54, 56, true);
  view.setUint16(56, 1, true);
  view.setBigUint64(64 + 8, 0x100n, true);
  view.setBigUint64(64 + 32, BigInt(segmentEnd - 0x100), true);
  if (sections > 0) {
    view.setBigUint64(40, 0x300n, true);
    view.setUint16(58, 64, true);
    view.setUint16(60, sections, true);
  }
  return bytes;
}

function pe(end: number): Uint8Array {
  const bytes = new Uint8Array(0x400);
  bytes.set([0x4d, 0x5a]);
  const view = new DataView(bytes.buffer);
  view.setUint32(0x3c, 0x80, true);
  view.setUint32(0x80, 0x4550, true);
  view.setUint16(0x86, 1, true);
  view.setUint16(0x94, 0xf0, true);
  const section = 0x80 + 24 + 0xf0;
  view.setUint32(section + 16, end - 0x200, true);
  view.setUint32(section + 20, 0x200, true);
  return bytes;
}

test("a program is complete with its last byte, and not without it", () => {
  const whole = [[elf(), 0x300], [elf({ sections: 2 }), 0x380], [pe(0x400), 0x400]] as const;
  for (const [head, end] of whole) {
    assert.equal(missingEnd(head, end), undefined);
    assert.match(missingEnd(head, end - 1) ?? "", /cut short: it has \d+ bytes, and its headers tell of \d+/);
  }
});

test("what has no such headers is not judged", () => {
  for (const text of ["", "MZ", "#!/bin/sh\n", "\x7fELF", "{}"]) {
    assert.equal(missingEnd(new TextEncoder().encode(text), text.length), undefined, text);
  }
});

test("the programs of this machine are complete", () => {
  const program = readFileSync(process.execPath);
  assert.equal(missingEnd(program.subarray(0, HEADER_BYTES), program.length), undefined);
});

test("swap refuses a program that was cut short, and changes nothing", () => {
  const fs: MemoryFs = freshMachine();
  const before = fs.texts()[EXE];
  fs.create(DOWNLOAD, elf({ segmentEnd: 0x1000 }), 0o755);
  assert.throws(() => sentinelOver(fs).swap(DOWNLOAD, "2.0.0"), /is not a program: it is cut short/);
  assert.equal(fs.texts()[EXE], before);
});
