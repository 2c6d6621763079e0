/** Archives that are refused, and leave nothing behind. @module */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { FsError } from "../../../src/core/fs_port.ts";
import { entryPath } from "../../../src/system/trees/entry_name.ts";
import type { TreeLimits } from "../../../src/system/trees/new_tree.ts";
import { unpackTree } from "../../../src/system/trees/archives/unpack_tree.ts";
import { cannotMount, withTmpfs } from "../../support/mounts.ts";
import { inMemoryDir } from "../../support/temp.ts";
import { END, LIMITS, pax, tarEntry, tarOf, zipOf } from "./archives.ts";

/** Unpacks, and returns the message of the refusal. */
async function refusal(bytes: Uint8Array, limits: TreeLimits = LIMITS): Promise<string> {
  return await inMemoryDir(async (dir) => {
    const [archive, into] = [join(dir, "archive"), join(dir, "into")];
    writeFileSync(archive, bytes);
    const error = await unpackTree(archive, into, limits).then(() => assert.fail("it was unpacked"), (error) => error);
    assert.ok(error instanceof FsError, error);
    assert.deepEqual(readdirSync(dir), ["archive"]);
    const [start, state, advice = ""] = error.message.split("; ");
    assert.equal(state, "nothing was put in place");
    assert.match(advice, /^(make|get|raise|give|name) /);
    assert.ok(start?.startsWith(`Cannot unpack ${archive}: `), error.message);
    return start?.slice(`Cannot unpack ${archive}: `.length) ?? "";
  });
}

const link = (name: string, target: string) => ({ name, type: "2", target });
const hard = (name: string, target: string) => ({ name, type: "1", target });
const broken = (at: number, byte: number) => {
  const archive = tarOf({ name: "a", content: "x" });
  archive[at] = byte;
  return archive;
};

const TARS: Record<string, [RegExp, Uint8Array]> = {
  "a name with ..": [/"a\/\.\.\/\.\.\/x" leads outside/, tarOf({ name: "a/../../x" })],
  "an absolute name": [/"\/etc\/x" is an absolute name/, tarOf({ name: "/etc/x" })],
  "an absolute name in an extended header": [/"\/x" is an absolute name/, tarOf(pax({ path: "/x" }), { name: "a" })],
  "a name with NUL": [/"a\\u0000b" has a NUL/, tarOf(pax({ path: "a\0b" }), { name: "a" })],
  "a name that is not UTF-8": [/"a\\\\xff" is not UTF-8/, tarOf({ name: Uint8Array.of(0x61, 0xff) })],
  "an entry through a link": [
    /"a\/passwd" lies below "a", which is a link/,
    tarOf(link("a", "b"), { name: "a/passwd" }),
  ],
  "a link in the place of a directory": [/"a" is there twice/, tarOf({ name: "a/b" }, link("a", "/etc"))],
  "an absolute link": [/"a" is a link to "\/etc", an absolute path/, tarOf(link("a", "/etc"))],
  "a link outside": [/"d\/a" is a link to "\.\.\/\.\.", which leads outside/, tarOf(link("d/a", "../.."))],
  "a link outside over another link": [
    /"b" is a link to "x\/l\/\.\.", which leads outside/,
    tarOf(link("x/l", ".."), link("b", "x/l/..")),
  ],
  "a link outside over a link that comes later": [
    /"b" is a link to "a\/\.\."/,
    tarOf(link("b", "a/.."), link("a", ".")),
  ],
  "links in a circle": [/"a" is a link to "b", which leads in a circle/, tarOf(link("a", "b"), link("b", "a"))],
  "a hard link outside": [/"\.\.\/x" leads outside/, tarOf(hard("a", "../x"))],
  "a hard link to what is not there": [/"a" is a hard link to "x", which is no file before it/, tarOf(hard("a", "x"))],
  "a hard link to a link": [/"b" is a hard link to "a"/, tarOf(link("a", "x"), hard("b", "a"))],
  "a device": [/"a" is a device/, tarOf({ name: "a", type: "3" })],
  "a FIFO": [/"a" is a FIFO/, tarOf({ name: "a", type: "6" })],
  "a sparse file": [/"a" is stored as a sparse file/, tarOf({ name: "a", type: "S" })],
  "a sparse file of pax": [/"a" is stored as a sparse/, tarOf(pax({ "GNU.sparse.major": "1" }), { name: "a" })],
  "an unknown type": [/"a" is of a type that is not known here \("V"\)/, tarOf({ name: "a", type: "V" })],
  "setuid": [/"a" has the mode 4755, with special bits/, tarOf({ name: "a", mode: 0o4755 })],
  "setgid": [/"a" has the mode 2755/, tarOf({ name: "a", mode: 0o2755 })],
  "a name twice": [/"a" is there twice/, tarOf({ name: "a" }, { name: "./a" })],
  "a directory twice": [/"a" is there twice/, tarOf({ name: "a", type: "5" }, { name: "a/", type: "5" })],
  "a file below a file": [/"a\/b" lies below "a", which is a file/, tarOf({ name: "a" }, { name: "a/b" })],
  "a file as the tree": [/"\.\/" is a file with the name of a directory/, tarOf({ name: "./" })],
  "a global name": [/a global header with path/, tarOf(pax({ path: "x" }, "g"), { name: "a" })],
  "two names of one entry": [/two extended headers/, tarOf(pax({ path: "x" }), pax({ path: "y" }), { name: "a" })],
  "a name of no entry": [/ends too early/, tarOf({ name: "a" }, pax({ path: "x" }))],
  "nothing": [/holds nothing/, tarOf({ name: "./", type: "5" })],
  "data behind the end": [/data behind its end/, Buffer.concat([tarOf({ name: "a" }), tarOf({ name: "b" })])],
  "a lone block of zeros": [/ends too early/, tarOf({ name: "a" }).subarray(0, -512)],
  "no end": [/ends too early/, tarOf({ name: "a" }).subarray(0, -1024)],
  "a wrong checksum": [/no header where one must be/, broken(0, 0x62)],
  "zeros in the middle": [/data behind/, Buffer.concat([tarEntry({ name: "a" }), END, tarEntry({ name: "b" }), END])],
  "garbage behind gzip": [/cut or damaged/, Buffer.concat([gzipSync(tarOf({ name: "a" })), Buffer.from("garbage")])],
  "zeros behind gzip": [/data behind its end/, Buffer.concat([gzipSync(tarOf({ name: "a" })), Buffer.alloc(9)])],
  "a text": [/is no archive that is known here/, Buffer.from("#!/bin/sh\necho this is no archive\n")],
  "an empty file": [/is no archive that is known here/, Buffer.alloc(0)],
};

const LINK = 0o120777;
const ZIPS: Record<string, [RegExp, Uint8Array]> = {
  "a name with ..": [/"\.\.\/x" leads outside/, zipOf({ name: "../x" })],
  "an absolute name": [/"\/x" is an absolute name/, zipOf({ name: "/x" })],
  "a name that is not UTF-8": [/is not UTF-8/, zipOf({ name: Uint8Array.of(0x61, 0xe4), flags: 0 })],
  "a second name": [
    /"a" has a second name/,
    zipOf({ name: "a", extra: Buffer.concat([Buffer.from("up\x06\0\x01\0\0\0\0", "latin1"), Buffer.from("b")]) }),
  ],
  "a link outside": [/"a" is a link to "\.\.\/x", which/, zipOf({ name: "a", mode: LINK, content: "../x" })],
  "an entry through a link": [/"a\/x" lies below "a"/, zipOf({ name: "a", mode: LINK, content: "b" }, { name: "a/x" })],
  "a FIFO": [/"a" is a device, FIFO or socket/, zipOf({ name: "a", mode: 0o010644 })],
  "setuid": [/"a" has the mode 4755/, zipOf({ name: "a", mode: 0o104755 })],
  "a name twice": [/"a" is there twice/, zipOf({ name: "a" }, { name: "a" })],
  "encryption": [/"a" is encrypted/, zipOf({ name: "a", flags: 0x801 })],
  "an unknown method": [/"a" is compressed by method 12/, zipOf({ name: "a", method: 12 })],
  "another name before the content": [/two headers of "a" do not agree/, zipOf({ name: "a", local: { name: "b" } })],
  "another method before the content": [/two headers of "a"/, zipOf({ name: "a", local: { method: 0 } })],
  "another checksum before the content": [/two headers of "a"/, zipOf({ name: "a", local: { crc: 1 } })],
  "another size before the content": [/two headers of "a"/, zipOf({ name: "a", local: { size: 1 } })],
  "a wrong checksum": [/content of "a" is not what its header says/, zipOf({ name: "a", content: "x", crc: 1 })],
  "more content than told": [/content of "a" is not/, zipOf({ name: "a", content: "x".repeat(9), size: 3 })],
  "a directory with content": [/"a\/" is a directory with content/, zipOf({ name: "a/", mode: 0, content: "x" })],
  "nothing": [/holds nothing/, zipOf()],
  "data behind the end": [/cut or damaged/, Buffer.concat([zipOf({ name: "a" }), Buffer.from("x")])],
};

for (const [format, archives] of [["tar", TARS], ["zip", ZIPS]] as const) {
  for (const [what, [message, bytes]] of Object.entries(archives)) {
    test(`a ${format} archive with ${what} is refused`, async () => assert.match(await refusal(bytes), message));
  }
}

test("limits: as many files and bytes as told, and not one more", async () => {
  const archive = tarOf({ name: "d/a", content: "12345" }, hard("d/b", "d/a"), { name: "c", content: "1" });
  const bomb = gzipSync(tarOf({ name: "a", content: "0".repeat(5_000_000) }));
  assert.match(await refusal(archive, { ...LIMITS, maxFiles: 3 }), /more than 3 files, directories and links/);
  assert.match(
    await refusal(archive, { ...LIMITS, maxBytes: 10 }),
    /more than 10 bytes \(the limit was reached in "c"\)/,
  );
  assert.match(await refusal(bomb, { ...LIMITS, maxBytes: 1_000_000 }), /more than 1000000 bytes/);
  assert.match(await refusal(zipOf({ name: "a", content: "123" }), { ...LIMITS, maxBytes: 2 }), /more than 2 bytes/);
  await inMemoryDir(async (dir) => {
    writeFileSync(join(dir, "archive"), archive);
    await unpackTree(join(dir, "archive"), join(dir, "into"), { ...LIMITS, maxFiles: 4, maxBytes: 11 });
    assert.deepEqual(readdirSync(join(dir, "into/d")).sort(), ["a", "b"]);
  });
});

test("what is at the new directory's path stays", () =>
  inMemoryDir(async (dir) => {
    mkdirSync(join(dir, "into"));
    writeFileSync(join(dir, "into/old"), "");
    writeFileSync(join(dir, "archive"), tarOf({ name: "a" }));
    await assert.rejects(unpackTree(join(dir, "archive"), join(dir, "into"), LIMITS), { code: "exists" });
    assert.deepEqual(readdirSync(join(dir, "into")), ["old"]);
  }));

test("a full disk leaves nothing behind", { skip: cannotMount }, () =>
  withTmpfs("1m", async ({ dir }) => {
    await inMemoryDir(async (elsewhere) => {
      const archive = join(elsewhere, "archive");
      writeFileSync(
        archive,
        tarOf({ name: "a/b", content: "x".repeat(700_000) }, { name: "c", content: "y".repeat(700_000) }),
      );
      await assert.rejects(unpackTree(archive, join(dir, "into"), LIMITS), {
        code: "noSpace",
        message: `Cannot unpack ${archive}: no space left; nothing was put in place; make room and try again`,
      });
      assert.ok(!existsSync(join(dir, "into")));
    });
  }));

test("names that Windows takes for others are refused there, and fine elsewhere", () => {
  for (
    const name of ["a\\b", "C:x", "a:stream", "dir /x", "nul", "CON.txt", "lib/com1.so", "a?", "x/dots..", "a\x1f"]
  ) {
    assert.throws(() => entryPath(name, false), /Windows/, name);
    assert.equal(entryPath(name, true), name);
  }
  for (const name of ["console.txt", "a b/.c", "com10", "größe"]) assert.equal(entryPath(name, false), name);
});
