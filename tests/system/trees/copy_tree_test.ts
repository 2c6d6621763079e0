/** Directories: copied, flushed and removed. @module */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import {
  appendFileSync,
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  readdirSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { copyTree } from "../../../src/system/trees/copy_tree.ts";
import { flushTree } from "../../../src/system/trees/flush_tree.ts";
import { removeTree } from "../../../src/system/trees/remove_tree.ts";
import { unpackTree } from "../../../src/system/trees/archives/unpack_tree.ts";
import { cannotMount, must, withTmpfs } from "../../support/mounts.ts";
import { inTempDir } from "../../support/temp.ts";
import { LIMITS, listing, tarOf } from "./archives.ts";

const isWindows = process.platform === "win32";
const isRoot = process.geteuid?.() === 0;

/** Runs `use` with a directory `from`, and a path `into` beside it. */
function withTree(use: (tree: { dir: string; from: string; into: string }) => Promise<void> | void): Promise<void> {
  return inTempDir(async (dir) => {
    const from = join(dir, "from");
    mkdirSync(join(from, "d/e"), { recursive: true });
    writeFileSync(join(from, "d/file"), "content");
    await use({ dir, from, into: join(dir, "into") });
  });
}

async function refused(from: string, into: string, message: RegExp, limits = LIMITS): Promise<void> {
  await assert.rejects(copyTree(from, into, limits), (error: Error) => {
    assert.match(error.message, message);
    assert.match(error.message, /; nothing was put in place; [a-z]+ /);
    return true;
  });
  assert.ok(!existsSync(into));
}

test(
  "copyTree() keeps content, modes, times and links; hard links become separate files",
  { skip: isWindows },
  () =>
    withTree(async ({ dir, from, into }) => {
      writeFileSync(join(from, "large"), Buffer.alloc(3_000_000, "pattern"));
      linkSync(join(from, "large"), join(from, "d/large"));
      writeFileSync(join(from, "d/e/run"), "", { mode: 0o750 });
      chmodSync(join(from, "d/e"), 0o555);
      symlinkSync("../d/file", join(from, "d/link"));
      symlinkSync("d/missing", join(from, "dangling"));
      lutimesSync(join(from, "dangling"), 1_400_000_000, 1_400_000_000);
      for (const name of ["d/e", "d", "large"]) utimesSync(join(from, name), 1_500_000_000, 1_500_000_000);
      symlinkSync("from", join(dir, "current"));
      await copyTree(join(dir, "current"), into, LIMITS);
      // Whoever may remove it can write into its directories.
      const expected = listing(from).map((line) => line.replace("directory 555 ", "directory 755 "));
      assert.deepEqual(listing(into), expected);
      assert.equal(statSync(join(into, "large")).nlink, 1);
      removeTree(from); // not everyone may remove what is in it otherwise
    }),
);

test(
  "copyTree() refuses links that lead outside, sockets and FIFOs, and special bits",
  { skip: isWindows },
  () =>
    withTree(async ({ dir, from, into }) => {
      const bad = join(from, "d/bad");
      symlinkSync("../../secret", bad);
      await refused(from, into, /"d\/bad" is a link to "\.\.\/\.\.\/secret", which leads outside/);
      removeTree(bad);
      symlinkSync(join(from, "d/file"), bad);
      await refused(from, into, /"d\/bad" is a link to ".*", an absolute path/);
      removeTree(bad);
      must("mkfifo", bad);
      await refused(from, into, /"d\/bad" is a device, FIFO or socket/);
      removeTree(bad);
      writeFileSync(bad, "");
      chmodSync(bad, 0o4755);
      await refused(from, into, /"d\/bad" has the mode 4755/);
      await copyTree(from, into, { ...LIMITS, specialBits: (path) => path === "d/bad" });
      assert.equal(statSync(join(into, "d/bad")).mode & 0o7777, 0o4755);
      assert.deepEqual(readdirSync(dir).sort(), ["from", "into"]);
    }),
);

test(
  "copyTree() refuses a name that is not UTF-8, and removeTree() removes it",
  { skip: process.platform !== "linux" },
  () =>
    withTree(async ({ from, into }) => {
      must("/bin/sh", "-c", `touch ${from}/d/$(printf '\\377')`);
      await refused(from, into, /has a name that is not UTF-8/);
      must("/bin/sh", "-c", `mkdir ${from}/d/e/$(printf '\\376')`);
      removeTree(from);
      assert.ok(!existsSync(from));
    }),
);

test("copyTree() has limits, and copies no directory into itself", () =>
  withTree(async ({ from, into }) => {
    await refused(from, into, /more than 2 files/, { ...LIMITS, maxFiles: 2 });
    await refused(from, into, /more than 6 bytes/, { ...LIMITS, maxBytes: 6 });
    await refused(from, join(from, "d/copy"), /the copy would lie in it/);
    await refused(join(from, "d/file"), into, /is no directory/);
    await copyTree(from, into, { ...LIMITS, maxFiles: 3, maxBytes: 7 });
  }));

test(
  "copyTree() refuses a file that changes while it is copied",
  { skip: isWindows },
  () =>
    withTree(async ({ from, into }) => {
      // Whether the bits are allowed is asked between the look at a file and its copy.
      writeFileSync(join(from, "d/grows"), "1");
      chmodSync(join(from, "d/grows"), 0o4755);
      const changing = {
        ...LIMITS,
        specialBits: (path: string) => {
          if (path === "d/grows") appendFileSync(join(from, path), "2");
          return true;
        },
      };
      await refused(from, into, /"d\/grows" was changed meanwhile/, changing);
    }),
);

test(
  "removeTree() removes what its modes forbid, follows no link, and finds nothing to do",
  { skip: isWindows },
  () =>
    withTree(({ dir, from }) => {
      mkdirSync(join(dir, "outside"));
      writeFileSync(join(dir, "outside/file"), "");
      symlinkSync("../../outside", join(from, "d/link"));
      symlinkSync("from", join(dir, "name"));
      for (const name of ["d/e", "d", ""]) chmodSync(join(from, name), 0o500);
      asOther(dir, () => removeTree(from));
      removeTree(from);
      removeTree(join(dir, "name"));
      assert.deepEqual(readdirSync(dir), ["outside"]);
      assert.deepEqual(readdirSync(join(dir, "outside")), ["file"]);
    }),
);

/** As root modes forbid nothing: then the tree gets another owner, whose rights are taken. */
function asOther(dir: string, action: () => void): void {
  if (isRoot) must("chown", "-R", "65534:65534", dir);
  action();
}

test(
  "in a folder of another user root works with that user's rights",
  { skip: !isRoot && "only root can" },
  () =>
    withTree(async ({ dir, from, into }) => {
      const folder = join(dir, "theirs");
      chmodSync(dir, 0o755); // so that the other user comes by
      mkdirSync(folder);
      chownSync(folder, 65534, 65534);
      writeFileSync(into, tarOf({ name: "a/b" }, { name: "l", type: "2", target: "a" }));
      await unpackTree(into, join(folder, "unpacked"), LIMITS);
      await copyTree(from, join(folder, "copied"), LIMITS);
      for (const name of ["unpacked", "unpacked/a/b", "unpacked/l", "copied/d", "copied/d/file"]) {
        assert.equal(lstatSync(join(folder, name)).uid, 65534, name);
      }
      // That user cannot read this, and so root does not either.
      writeFileSync(join(folder, "unpacked/secret"), "", { mode: 0o600 });
      await refused(join(folder, "unpacked"), join(dir, "copy"), /EACCES/);
      removeTree(join(folder, "unpacked"));
      assert.deepEqual(readdirSync(folder), ["copied"]);
    }),
);

test(
  "flushTree() flushes file by file where it cannot flush the whole",
  { skip: cannotMount },
  () =>
    withTmpfs("4m", ({ dir }) => {
      // Of an overlay it is not known whether errors are told.
      for (const name of ["lower", "upper", "work", "merged"]) mkdirSync(join(dir, name));
      const options = `lowerdir=${dir}/lower,upperdir=${dir}/upper,workdir=${dir}/work`;
      const merged = join(dir, "merged");
      must("mount", "-t", "overlay", "overlay", "-o", options, merged);
      try {
        mkdirSync(join(merged, "d"));
        writeFileSync(join(merged, "d/unreadable"), "x");
        chmodSync(join(merged, "d/unreadable"), 0o000);
        symlinkSync("missing", join(merged, "d/link"));
        // Root could read it all the same; its owner, whose rights are taken, cannot.
        for (const folder of [dirname(dir), dir]) chmodSync(folder, 0o755);
        must("chown", "-R", "65534:65534", merged);
        flushTree(merged);
        assert.equal(statSync(join(merged, "d/unreadable")).mode & 0o7777, 0);
      } finally {
        must("umount", merged);
      }
    }),
);
