/** Archives that other programs make. @module */
import assert from "node:assert/strict";
import {
  chmodSync,
  linkSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import * as zlib from "node:zlib";
import { unpackTree } from "../../../src/system/trees/archives/unpack_tree.ts";
import { lacks, must } from "../../support/mounts.ts";
import { inTempDir } from "../../support/temp.ts";
import { LIMITS, listing, pax, tarOf, zipOf } from "./archives.ts";

const isWindows = process.platform === "win32";

/** A directory with what releases have. */
function makeSource(dir: string): string {
  const source = join(dir, "source");
  mkdirSync(join(source, "bin"), { recursive: true });
  mkdirSync(join(source, "lib/empty"), { recursive: true });
  writeFileSync(join(source, "bin/app"), "#!/bin/sh\n", { mode: 0o755 });
  writeFileSync(join(source, "lib/größe.txt"), "x".repeat(100_000));
  writeFileSync(join(source, "lib", "long-".repeat(45)), "");
  writeFileSync(join(source, "private"), "p");
  chmodSync(join(source, "private"), 0o640);
  symlinkSync("bin/app", join(source, "app"));
  symlinkSync("../../bin", join(source, "lib/empty/up"));
  linkSync(join(source, "private"), join(source, "second-name"));
  for (const name of ["bin/app", "lib/empty", "lib"]) utimesSync(join(source, name), 1_500_000_000, 1_500_000_000);
  return source;
}

const COMMANDS: Record<string, string> = {
  "GNU tar": "tar -cf ARCHIVE .",
  "GNU tar, pax": "tar --format=pax -cf ARCHIVE .",
  "GNU tar, gzip": "tar -czf ARCHIVE .",
  "gzip in several members": "tar -cf - . | (head -c 20000 | gzip; gzip) > ARCHIVE",
  "GNU tar, names without ./": "tar -cf ARCHIVE *",
  "zip": "zip -qry ARCHIVE .",
  "zip from a pipe's stream": "zip -qry - . | cat > ARCHIVE",
  "bsdtar": "bsdtar -cf ARCHIVE .",
  "Python's tarfile": `python3 -c 'import tarfile; t = tarfile.open("ARCHIVE", "w:gz"); t.add("."); t.close()'`,
};

for (const [maker, command] of Object.entries(COMMANDS)) {
  const tool = /^(zip|bsdtar|python3)/.exec(command)?.[1] ?? "tar";
  test(
    `unpackTree() makes what was packed by ${maker}`,
    { skip: isWindows || lacks(tool) },
    () =>
      inTempDir(async (dir) => {
        const source = makeSource(dir);
        // The name tells nothing, and `zip` adds its own ending to one without.
        const archive = join(dir, "archive.bin");
        must("/bin/sh", "-c", `cd ${source} && ${command.replace("ARCHIVE", archive)}`);
        await unpackTree(archive, join(dir, "into"), LIMITS);
        // Zip tells no times of links.
        const known = (lines: string[]) => lines.map((line) => line.replace(/^(link \d+) \d+/, "$1"));
        assert.deepEqual(known(listing(join(dir, "into"))), known(listing(source)));
        assert.equal(statSync(join(dir, "into/private")).nlink, 1);
      }),
  );
}

const noZstd = typeof zlib.zstdCompressSync !== "function" && "this runtime has no zstd";

test(
  "unpackTree() reads zstd in several frames, with a skippable one between them",
  { skip: noZstd },
  () =>
    inTempDir(async (dir) => {
      const whole = tarOf({ name: "a", content: "x".repeat(300_000) }, { name: "b", content: "b" });
      const skippable = Uint8Array.of(0x5a, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3);
      const [first, second] = [whole.subarray(0, 200_000), whole.subarray(200_000)].map((part) =>
        zlib.zstdCompressSync(part)
      );
      writeFileSync(join(dir, "archive"), new Uint8Array([...first ?? [], ...skippable, ...second ?? []]));
      await unpackTree(join(dir, "archive"), join(dir, "into"), LIMITS);
      assert.equal(readFileSync(join(dir, "into/a")).length, 300_000);
      assert.equal(readFileSync(join(dir, "into/b"), "utf8"), "b");
    }),
);

test("a top folder stays, git's global header is no entry, and names of extended headers count", () =>
  inTempDir(async (dir) => {
    const long = `app-1.0/${"n".repeat(200)}`;
    const entries = [pax({ comment: "0".repeat(40) }, "g"), pax({ path: long, mtime: "1500000000.25" })];
    writeFileSync(join(dir, "archive"), tarOf(...entries, { name: "short", content: "x" }, { name: "app-1.0/b" }));
    await unpackTree(join(dir, "archive"), join(dir, "into"), LIMITS);
    assert.equal(statSync(join(dir, "into", long)).mtimeMs, 1_500_000_000_250);
    assert.equal(listing(join(dir, "into")).length, 3);
  }));

test(
  "modes do not depend on the umask, and a zip without modes gets 0644 and 0755",
  { skip: isWindows },
  () =>
    inTempDir(async (dir) => {
      const entries = [{ name: "d/", mode: null }, { name: "d/plain", mode: null }, { name: "d/wide", mode: 0o100666 }];
      writeFileSync(join(dir, "archive"), zipOf(...entries, { name: "e/", mode: 0o040050 }));
      const before = process.umask(0o077);
      try {
        await unpackTree(join(dir, "archive"), join(dir, "into"), LIMITS);
      } finally {
        process.umask(before);
      }
      const mode = (name: string) => (statSync(join(dir, "into", name)).mode & 0o7777).toString(8);
      assert.deepEqual(["", "d", "d/plain", "d/wide", "e"].map(mode), ["755", "755", "644", "666", "750"]);
    }),
);

test(
  "special bits are kept where they are allowed; of directories they are left out",
  { skip: isWindows },
  () =>
    inTempDir(async (dir) => {
      writeFileSync(
        join(dir, "archive"),
        tarOf({ name: "bin", type: "5", mode: 0o2775 }, { name: "bin/su", mode: 0o4755 }),
      );
      const limits = { ...LIMITS, specialBits: (path: string) => path === "bin/su" };
      await unpackTree(join(dir, "archive"), join(dir, "into"), limits);
      assert.equal(statSync(join(dir, "into/bin/su")).mode & 0o7777, 0o4755);
      assert.equal(statSync(join(dir, "into/bin")).mode & 0o7777, 0o775);
    }),
);
