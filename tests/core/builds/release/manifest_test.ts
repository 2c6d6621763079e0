/** What the manifest of a release says, and what cannot be in a release. @module */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { execFileSync } from "node:child_process";
import { chmodSync, linkSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import process from "node:process";
import { afterEach, beforeEach, describe, it, test } from "node:test";
import { FsError } from "../../../../src/core/ports.ts";
import { MemoryFs } from "../../../../src/system/fs/memory/memory_fs.ts";
import { nodeFs } from "../../../../src/system/fs/node_fs.ts";
import { makeTempDir, removeTree } from "../../../support/temp_dir.ts";

/** A release with one thing of each kind. */
function sample(): MemoryFs {
  const fs = new MemoryFs();
  fs.put("/r/main.js", "one", 0o755);
  fs.put("/r/lib/deep.js", "deep");
  fs.makeDirectory("/r/empty");
  fs.symlink("lib", "/r/link");
  return fs;
}

const digestOf = (fs: MemoryFs) => fs.tree("/r", 10).digest;

test("paths are sorted by their bytes, not by the units of UTF-16", () => {
  const fs = new MemoryFs();
  const names = ["z", "\u{1F600}", "\uff21", "é", "a/b", "a.b", "A", "\u{1F600}x"];
  for (const name of names) fs.put(`/r/${name}`, "");
  const listed = fs.tree("/r", 10).manifest.split("\n").filter((line) => /^[0-9a-f]{64} {2}/.test(line));
  const sorted = names.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  assert.deepEqual(listed.map((line) => line.slice(66)), sorted);
});

test("each thing that a start can depend on changes the digest, a time does not", () => {
  const digest = digestOf(sample());
  const changes: Record<string, (fs: MemoryFs) => void> = {
    "bytes": (fs) => fs.writeInPlace("/r/lib/deep.js", "deeq"),
    "a mode": (fs) => fs.chmod("/r/main.js", 0o4755),
    "a name": (fs) => fs.rename("/r/main.js", "/r/main2.js"),
    "an empty directory": (fs) => fs.removeDirectory("/r/empty"),
    "where a link leads": (fs) => {
      fs.remove("/r/link");
      fs.symlink("empty", "/r/link");
    },
    "a link in the place of what it leads to": (fs) => {
      fs.rename("/r/lib", "/lib");
      fs.symlink("/lib", "/r/lib");
    },
  };
  for (const [name, change] of Object.entries(changes)) {
    const fs = sample();
    change(fs);
    assert.notEqual(digestOf(fs), digest, name);
  }
  const later = sample();
  later.writeInPlace("/r/main.js", "one");
  assert.equal(digestOf(later), digest);
});

test("a name cannot pass for a line of another path", () => {
  const fs = new MemoryFs();
  fs.put("/r/a\n# directory 755 b", "");
  assert.equal(fs.tree("/r", 1).manifest.trimEnd().split("\n").length, 3);
});

describe("the manifest of a real tree", {
  skip: process.platform === "linux" ? false : "sha256sum, pipes and sockets are of Linux",
}, () => {
  let root: string;
  const tree = () => nodeFs().tree(root, 10);
  const refused = (why: RegExp) =>
    assert.throws(tree, (error) => error instanceof FsError && error.code === "other" && why.test(error.message));
  const put = (path: string | Buffer, text = "x") => writeFileSync(path, text);

  beforeEach(() => void (root = makeTempDir("manifest")));
  afterEach(() => removeTree(root));

  it("is checked by sha256sum -c, also with names that have line breaks and backslashes", () => {
    mkdirSync(`${root}/lib`);
    for (
      const name of [
        "main.js",
        "lib/a b",
        "lib/back\\slash",
        "lib/back\\and\nline",
        "lib/line\nbreak",
        "#begins",
        "lib/carriage\rreturn",
      ]
    ) {
      put(`${root}/${name}`, name);
    }
    symlinkSync("lib", `${root}/link`);
    const check = () =>
      execFileSync("sha256sum", ["-c", "--strict"], { cwd: root, input: tree().manifest, stdio: "pipe" });
    assert.equal(String(check()).trimEnd().split("\n").length, 7);
    const { manifest } = tree();
    put(`${root}/lib/line\nbreak`, "other");
    assert.throws(() => execFileSync("sha256sum", ["-c"], { cwd: root, input: manifest, stdio: "pipe" }));
  });

  it("is the same as in memory", () => {
    const fs = sample();
    for (const name of ["lib", "empty"]) mkdirSync(`${root}/${name}`);
    put(`${root}/main.js`, "one");
    put(`${root}/lib/deep.js`, "deep");
    for (const name of ["lib", "empty", "main.js"]) chmodSync(`${root}/${name}`, 0o755);
    chmodSync(`${root}/lib/deep.js`, 0o644);
    symlinkSync("lib", `${root}/link`);
    assert.equal(tree().manifest, fs.tree("/r", 10).manifest);
  });

  it("has no pipes and no sockets", async () => {
    mkdirSync(`${root}/run`);
    execFileSync("mkfifo", [`${root}/run/pipe`]);
    refused(/run\/pipe: it is a device, a pipe or a socket/);
    nodeFs().remove(`${root}/run/pipe`);
    const server = createServer();
    await new Promise<void>((listening) => server.listen(`${root}/run/socket`, listening));
    refused(/run\/socket: it is a device, a pipe or a socket/);
    await new Promise((closed) => server.close(closed));
  });

  it("has no name that is not UTF-8", () => {
    put(Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0x61, 0xff])]));
    refused(/a name in it is not UTF-8/);
    execFileSync("sh", ["-c", 'rm -- "$0"/a*', root]);
  });

  it("has no file that another release has, too", () => {
    for (const name of ["1", "2"]) mkdirSync(`${root}/${name}`);
    put(`${root}/1/main.js`);
    linkSync(`${root}/1/main.js`, `${root}/2/main.js`);
    assert.throws(() => nodeFs().tree(`${root}/2`, 10), /1?.*main\.js: it has a name outside of the release/);
    assert.equal(tree().files, 2);
  });
});
