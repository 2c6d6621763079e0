/** Which files a machine can start, by their first bytes. @module */
import assert from "node:assert/strict";
import { closeSync, openSync, readSync } from "node:fs";
import process from "node:process";
import { test } from "node:test";
import { IMAGE_HEAD_BYTES, imageFault, isWindowsScript } from "../../../src/core/builds/executable_format.ts";
import type { Host } from "../../../src/core/ports.ts";
import { thisHost } from "../../../src/system/process/runtime.ts";

const LINUX: Host = { os: "linux", arch: "x64" };
const LINUX_ARM: Host = { os: "linux", arch: "arm64" };
const LINUX_OTHER: Host = { os: "linux", arch: "other" };
const WINDOWS: Host = { os: "windows", arch: "x64" };
const OTHER: Host = { os: "other", arch: "arm64" };

/** `e_machine` of the ELF format. */
const MACHINE = { i386: 3, arm: 40, x86_64: 62, aarch64: 183, riscv: 243, loongarch: 258 };

/** The header of an ELF program, 52 bytes in the 32-bit class and 64 in the 64-bit class. */
function elf(machine: number, bits: 32 | 64, order: "little" | "big" = "little"): Uint8Array {
  const head = new Uint8Array(bits === 64 ? 64 : 52);
  head.set([0x7f, 0x45, 0x4c, 0x46, bits === 64 ? 2 : 1, order === "little" ? 1 : 2, 1]);
  new DataView(head.buffer).setUint16(18, machine, order === "little");
  return head;
}

const text = (content: string) => new TextEncoder().encode(content);
const bytes = (...list: number[]) => new Uint8Array([...list, ...new Array(60).fill(0)]);

const ACCEPTED: readonly (readonly [fact: string, host: Host, head: Uint8Array])[] = [
  ["Linux on x64 runs an x86-64 program", LINUX, elf(MACHINE.x86_64, 64)],
  ["Linux on x64 runs a 32-bit x86 program", LINUX, elf(MACHINE.i386, 32)],
  ["Linux on arm64 runs an AArch64 program", LINUX_ARM, elf(MACHINE.aarch64, 64)],
  ["Linux on arm64 runs a 32-bit ARM program", LINUX_ARM, elf(MACHINE.arm, 32)],
  ["Linux on a processor without a table runs any ELF program", LINUX_OTHER, elf(MACHINE.riscv, 64)],
  ["Linux runs a script with #!", LINUX, text("#!/bin/sh\nexit 0\n")],
  ["Linux runs a script whatever the processor is", LINUX_OTHER, text("#!/usr/bin/env python3\n")],
  ["Linux runs a script of two bytes", LINUX, text("#!")],
  ["Windows runs a PE program", WINDOWS, bytes(0x4d, 0x5a, 0x90)],
  ["an unknown system runs a Mach-O program", OTHER, bytes(0xcf, 0xfa, 0xed, 0xfe)],
  ["an unknown system runs whatever is not empty", OTHER, text("x")],
];
for (const [fact, host, head] of ACCEPTED) {
  test(fact, () => assert.equal(imageFault(head, host), undefined));
}

const REJECTED: readonly (readonly [fact: string, host: Host, head: Uint8Array, fault: RegExp])[] = [
  ["Linux on x64 does not run an AArch64 program", LINUX, elf(MACHINE.aarch64, 64), /183/],
  ["Linux on x64 does not run a RISC-V program", LINUX, elf(MACHINE.riscv, 64), /243/],
  ["Linux on x64 does not run a LoongArch program", LINUX, elf(MACHINE.loongarch, 64), /258/],
  ["Linux on arm64 does not run an x86-64 program", LINUX_ARM, elf(MACHINE.x86_64, 64), /62/],
  ["Linux does not run a program of the other byte order", LINUX_ARM, elf(MACHINE.aarch64, 64, "big"), /ELF/],
  ["Linux does not run a PE program", LINUX, bytes(0x4d, 0x5a, 0x90), /neither/],
  ["Linux does not run a Mach-O program", LINUX, bytes(0xcf, 0xfa, 0xed, 0xfe), /neither/],
  ["Linux does not run an archive", LINUX, bytes(0x1f, 0x8b, 8), /neither/],
  ["Linux does not run an error page", LINUX, text("<html>404</html>"), /neither/],
  ["Linux does not run a script without #!", LINUX, text("echo hello\n"), /neither/],
  ["Linux does not run a script with a byte order mark before #!", LINUX, text("\ufeff#!/bin/sh\n"), /neither/],
  ["Linux does not run a script with a space before #!", LINUX, text(" #!/bin/sh\n"), /neither/],
  ["Linux does not run a script that ends after one byte", LINUX, text("#"), /neither/],
  [
    "Linux does not run a program that ends within the ELF magic",
    LINUX,
    bytes(0x7f, 0x45, 0x4c).subarray(0, 3),
    /neither/,
  ],
  ["Windows does not run an ELF program", WINDOWS, elf(MACHINE.x86_64, 64), /Windows/],
  ["Windows does not run a script with #!", WINDOWS, text("#!/bin/sh\n"), /Windows/],
  ["Windows does not run an error page", WINDOWS, text("<html>404</html>"), /Windows/],
  ["Windows does not run a program that ends after one byte", WINDOWS, text("M"), /Windows/],
];
for (const [fact, host, head, fault] of REJECTED) {
  test(fact, () => assert.match(imageFault(head, host) ?? "accepted", fault));
}

test("no system runs an empty file", () => {
  for (const host of [LINUX, LINUX_ARM, LINUX_OTHER, WINDOWS, OTHER]) {
    assert.match(imageFault(new Uint8Array(), host) ?? "accepted", /empty/);
  }
});

test("Linux does not run an ELF program that ends within the header of a 32-bit one", () => {
  const whole = elf(MACHINE.i386, 32);
  for (let size = 4; size < whole.length; size++) {
    assert.match(imageFault(whole.subarray(0, size), LINUX) ?? "accepted", /header/, `${size} bytes`);
    assert.match(imageFault(whole.subarray(0, size), LINUX_OTHER) ?? "accepted", /header/, `${size} bytes`);
  }
});

test("the head is all that counts: what comes after it changes no answer", () => {
  for (const [, host, head] of [...ACCEPTED, ...REJECTED]) {
    const long = new Uint8Array(4096).fill(0xff);
    long.set(head);
    assert.equal(imageFault(long.subarray(0, IMAGE_HEAD_BYTES), host), imageFault(long, host));
  }
});

test("this machine runs the program that runs this test", () => {
  const file = openSync(process.execPath, "r");
  const head = new Uint8Array(IMAGE_HEAD_BYTES);
  try {
    readSync(file, head, 0, head.length, 0);
  } finally {
    closeSync(file);
  }
  assert.equal(imageFault(head, thisHost()), undefined);
});

test("Windows knows a batch file by its extension, in capitals or not", () => {
  for (const path of ["C:\\app\\server.cmd", "C:\\app\\server.bat", "server.CMD", "C:\\app.exe\\server.Bat"]) {
    assert.ok(isWindowsScript(path, WINDOWS), path);
  }
});

test("no other name is that of a batch file", () => {
  for (const path of ["C:\\app\\server.exe", "server.cmd.exe", "servercmd", "server.ps1", "C:\\app.cmd\\server"]) {
    assert.ok(!isWindowsScript(path, WINDOWS), path);
  }
});

test("the extension of a batch file means nothing elsewhere", () => {
  assert.ok(!isWindowsScript("/opt/app/server.cmd", LINUX));
  assert.ok(!isWindowsScript("/opt/app/server.bat", OTHER));
});
