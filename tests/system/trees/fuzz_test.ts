/** Random archives and random cuts. @module */
import assert from "node:assert/strict";
import { mkdirSync, readdirSync, realpathSync, writeFileSync } from "node:fs";
import { join, sep } from "node:path";
import { test } from "node:test";
import * as zlib from "node:zlib";
import fc from "fast-check";
import { FsError } from "../../../src/core/fs_port.ts";
import { removeTree } from "../../../src/system/trees/remove_tree.ts";
import { unpackTree } from "../../../src/system/trees/archives/unpack_tree.ts";
import { inMemoryDir } from "../../support/temp.ts";
import { LIMITS, listing, pax, type TarEntry, tarOf, zipOf } from "./archives.ts";

const text = Array.from({ length: 500 }, (_, at) => (at * at).toString(36)).join(" ");
const tar = tarOf({ name: "a/b", content: text }, pax({ path: "a/c".repeat(50) }), { name: "c", content: "c" });

const FORMATS: Record<string, (() => Uint8Array) | undefined> = {
  "tar": () => tar,
  "tar.gz": () => zlib.gzipSync(tar),
  "tar.zst": zlib.zstdCompressSync && (() => zlib.zstdCompressSync(tar)),
  "tar.zst with a checksum": zlib.zstdCompressSync &&
    (() => zlib.zstdCompressSync(tar, { params: { [zlib.constants.ZSTD_c_checksumFlag]: 1 } })),
  "zip": () => zipOf({ name: "a/b", content: text }, { name: "c", method: 0, content: "c" }),
};

for (const [format, make] of Object.entries(FORMATS)) {
  test(
    `a ${format} archive is refused wherever it is cut`,
    { skip: !make && "this runtime has no zstd" },
    () =>
      inMemoryDir(async (dir) => {
        const whole = make?.() ?? new Uint8Array();
        const [archive, into] = [join(dir, "archive"), join(dir, "into")];
        writeFileSync(archive, whole);
        await unpackTree(archive, into, LIMITS);
        removeTree(into);
        const near = fc.integer({ min: 1, max: Math.min(whole.length, 40) }).map((less) => whole.length - less);
        const length = fc.oneof(fc.nat(whole.length - 1), near, fc.nat(whole.length >> 9).map((blocks) => blocks << 9));
        await fc.assert(
          fc.asyncProperty(length.filter((length) => length < whole.length), async (length) => {
            writeFileSync(archive, whole.subarray(0, length));
            await assert.rejects(unpackTree(archive, into, LIMITS), FsError);
            assert.deepEqual(readdirSync(dir), ["archive"]);
          }),
          { numRuns: 40 },
        );
      }),
  );
}

// Few names, so that entries meet each other; most of them are good alone, so that many archives are.
const path = (...parts: string[]) =>
  fc.array(fc.constantFrom(...parts), { minLength: 1, maxLength: 3 }).map((parts) => parts.join("/"));
const good = path("a", "b", "c", "d", "e", "f");
const any = path("..", "..", ".", "", "a", "b", "c", "d");
const entry: fc.Arbitrary<TarEntry> = fc.record({
  name: fc.oneof({ weight: 9, arbitrary: good }, { weight: 1, arbitrary: any }),
  type: fc.constantFrom("0", "0", "1", "2", "2", "5"),
  target: fc.oneof(good, any),
});

test("a damaged archive is told as one", () =>
  inMemoryDir(async (dir) => {
    const archive = join(dir, "archive");
    for (const make of [FORMATS["tar.gz"], FORMATS["tar.zst with a checksum"], FORMATS["zip"]]) {
      const bytes = make?.();
      if (bytes === undefined) continue;
      const middle = bytes.length >> 1;
      bytes[middle] = (bytes[middle] ?? 0) ^ 1;
      writeFileSync(archive, bytes);
      await assert.rejects(unpackTree(archive, join(dir, "into"), LIMITS), /; get the archive again$/);
    }
  }));

/** A link over others: where it leads is not what its own text says. */
const linkOver = fc.record({
  name: path("a", "b", "c").filter((name) => name.length < 4),
  type: fc.constant("2"),
  target: path("a", "b", "..", "."),
});
const archives = fc.oneof(...[entry, linkOver].map((each) => fc.array(each, { minLength: 1, maxLength: 5 })));

test("no entry leaves the directory, whatever the names, and no link leads out of it", () =>
  inMemoryDir(async (dir) => {
    const box = join(dir, "x/box");
    mkdirSync(box, { recursive: true });
    for (const name of ["a", "b"]) {
      mkdirSync(join(dir, name));
      writeFileSync(join(dir, `x/${name}`), "canary");
    }
    const [archive, into] = [join(dir, "archive"), join(box, "into")];
    const outside = () => listing(dir).map((line) => line.replace(/^(directory \d+) \d+/, "$1"));
    let unpacked = 0;
    writeFileSync(archive, "");
    const before = outside().filter((line) => !line.includes("archive"));
    await fc.assert(
      fc.asyncProperty(archives, async (entries) => {
        const made = entries.map((entry) => entry.type === "0" ? { ...entry, content: "new" } : entry);
        removeTree(into);
        writeFileSync(archive, tarOf(...made));
        try {
          await unpackTree(archive, into, LIMITS);
          unpacked++;
        } catch (error) {
          assert.ok(error instanceof FsError, String(error));
        }
        const lines = outside().filter((line) => !line.includes("archive"));
        assert.deepEqual(lines.filter((line) => !line.includes("x/box/into")), before);
        for (const line of lines) {
          const link = /^link \d+ \d+ (.*) -> /.exec(line)?.[1];
          const real = link === undefined ? into : placeOf(join(dir, link)) ?? into;
          assert.ok(`${real}${sep}`.startsWith(`${into}${sep}`), `${link} leads to ${real}`);
        }
      }),
      { numRuns: 150 },
    );
    assert.ok(unpacked > 5, `${unpacked} were unpacked: too few to tell anything`);
  }));

/** Where a link leads; `undefined`: nowhere. */
function placeOf(link: string): string | undefined {
  try {
    return realpathSync(link);
  } catch {
    return undefined;
  }
}
