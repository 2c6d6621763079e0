/** Directories of data on a real disk: what a copy keeps, what it refuses, and who works with one. @module */
import assert from "node:assert/strict";
import {
  chmodSync,
  closeSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { copyData } from "../../../src/system/trees/data/data_copy.ts";
import { linuxDataTrees as trees } from "../../../src/system/trees/data/data_trees.ts";
import { cannotMount, lacks, must, withTmpfs } from "../../support/mounts.ts";
import { runProcess } from "../../support/sentinel_process.ts";
import { inTempDir } from "../../support/temp.ts";

const skip = process.platform !== "linux" && "snapshots of data are taken on Linux only";
const isRoot = process.geteuid?.() === 0;
const GIB = 2 ** 30;

/** A directory of data, and the name of its copy. */
function withData(use: (dir: string, copy: string) => void | Promise<void>): void | Promise<void> {
  return inTempDir((parent) => {
    const dir = join(parent, "app");
    mkdirSync(dir);
    return use(dir, join(parent, "copy"));
  });
}

test(
  "a copy keeps modes, owners, times, links and hard links, and leaves pipes out",
  { skip },
  () =>
    withData((dir, copy) => {
      mkdirSync(join(dir, "sub"), { mode: 0o750 });
      writeFileSync(join(dir, "sub/db"), "rows", { mode: 0o640 });
      if (isRoot) must("chown", "-R", "65534:12", join(dir, "sub"));
      chmodSync(join(dir, "sub/db"), 0o2640);
      linkSync(join(dir, "sub/db"), join(dir, "same"));
      symlinkSync("sub/db", join(dir, "link"));
      symlinkSync("/nowhere", join(dir, "dangling"));
      must("mkfifo", join(dir, "pipe"));
      utimesSync(join(dir, "sub/db"), 1_000_000_000, 1_100_000_000);
      utimesSync(join(dir, "sub"), 1_000_000_000, 1_200_000_000);
      chmodSync(join(dir, "sub"), 0o550);
      const size = trees.copy(dir, copy, GIB);
      assert.deepEqual([size.bytes, size.files, size.leftOut], [4, 2, 1]);
      assert.deepEqual(readdirSync(copy).sort(), ["dangling", "link", "same", "sub"]);
      const facts = (path: string) => {
        const { mode, uid, gid, mtimeMs, nlink } = lstatSync(path);
        return { mode, uid, gid, mtimeMs, nlink };
      };
      for (const name of [".", "sub", "sub/db", "same"]) {
        assert.deepEqual(facts(join(copy, name)), facts(join(dir, name)), name);
      }
      assert.equal(lstatSync(join(copy, "same")).ino, lstatSync(join(copy, "sub/db")).ino);
      assert.deepEqual(["link", "dangling"].map((name) => readlinkSync(join(copy, name))), ["sub/db", "/nowhere"]);
      assert.equal(readFileSync(join(copy, "same"), "utf8"), "rows");
      chmodSync(join(dir, "sub"), 0o750);
      trees.remove(copy);
      trees.remove(copy);
      assert.equal(lstatSync(copy, { throwIfNoEntry: false }), undefined);
      assert.equal(readFileSync(join(dir, "same"), "utf8"), "rows");
    }),
);

test(
  "a copy keeps extended attributes",
  { skip: skip || lacks("setfattr", "getfattr") },
  (t) =>
    withData((dir, copy) => {
      writeFileSync(join(dir, "db"), "rows");
      if (runProcess("setfattr", ["-n", "user.note", "-v", "mine", join(dir, "db")]).code !== 0) {
        return t.skip("this file system has no extended attributes of users");
      }
      trees.copy(dir, copy, GIB);
      assert.match(must("getfattr", "-n", "user.note", join(copy, "db")), /user\.note="mine"/);
    }),
);

test("what a copy refuses leaves the data as they are", { skip }, () =>
  withData((dir, copy) => {
    writeFileSync(join(dir, "db"), "rows");
    if (!trees.survey(dir).isShared) {
      assert.throws(() => trees.copy(dir, copy, 3), /4 bytes.*--data-budget is 3/);
      truncateSync(join(dir, "db"), 2 ** 43);
      assert.throws(() => trees.copy(dir, copy, 2 ** 50), /are free/);
      truncateSync(join(dir, "db"), 4);
    }
    assert.throws(() => copyData(dir, `${copy}2`, GIB, -1), /takes longer/);
    mkdirSync(copy);
    assert.throws(() => trees.rename(dir, copy), /already exists/);
    assert.deepEqual(readdirSync(dir), ["db"]);
  }));

test("data that are written while they are copied are no snapshot", { skip }, () =>
  withData(async (dir, copy) => {
    writeFileSync(join(dir, "db"), new Uint8Array(32 * 2 ** 20));
    const child = spawn("/bin/sh", ["-c", "echo ready; while :; do echo row >&3; done"], {
      stdio: ["ignore", "pipe", "ignore", openSync(join(dir, "log"), "a")],
    });
    await once(child.stdout as Readable, "data");
    assert.throws(() => trees.copy(dir, copy, GIB), /was changed meanwhile, so it is in use/);
    child.kill("SIGKILL");
  }));

test("a directory in which something is mounted is not copied, nor one that is a mount point", {
  skip: skip || cannotMount,
}, () =>
  withTmpfs("2m", ({ dir }) => {
    assert.match(trees.fault(dir)?.why ?? "", /is a mount point/);
    assert.throws(() => trees.survey(join(dir, "..")), /on another file system/);
  }));

test(
  "root renames only where root alone can write",
  { skip: skip || (!isRoot && "only root is led astray") },
  () =>
    withData((dir) => {
      assert.doesNotMatch(trees.fault(dir)?.why ?? "", /others than root/);
      chmodSync(join(dir, ".."), 0o777);
      assert.match(trees.fault(dir)?.why ?? "", /others than root can write/);
      // Also when a state file says that it was all right.
      const others = /others than root can write/;
      assert.throws(() => trees.rename(dir, `${dir}2`), others);
      assert.throws(() => trees.remove(dir), others);
      assert.throws(() => trees.copy(dir, `${dir}2`, GIB), others);
      assert.deepEqual(readdirSync(join(dir, "..")), ["app"]);
    }),
);

test("who has a file open to write it is at work; who only reads it is not", { skip }, () =>
  withData(async (dir) => {
    const file = join(dir, "db");
    writeFileSync(file, "rows");
    assert.equal(trees.userOf(dir, "/opt/app/server"), undefined);
    for (const [redirect, isUser] of [["<", false], [">>", true]] as const) {
      const child = spawn("/bin/sh", ["-c", `exec 3${redirect}"${file}"; echo ready; read wait`]);
      await once(child.stdout, "data");
      assert.equal(trees.userOf(dir, "/opt/app/server"), isUser ? `process ${child.pid} (sh)` : undefined);
      child.stdin.end("\n");
      await once(child, "exit");
    }
    const own = openSync(file, "a"); // this process is the gate itself
    assert.equal(trees.userOf(dir, "/opt/app/server"), undefined);
    closeSync(own);
  }));

test("who runs the program or was told to read it is at work", { skip }, () =>
  withData(async (dir) => {
    const script = join(dir, "..", "app.sh");
    writeFileSync(script, "echo ready; read wait\n");
    const child = spawn("/bin/sh", [script]);
    await once(child.stdout, "data");
    const exe = readlinkSync(`/proc/${child.pid}/exe`);
    assert.equal(trees.userOf(dir, script), `process ${child.pid} (sh)`);
    assert.match(trees.userOf(dir, exe) ?? "none", /^process \d+ /);
    child.stdin.end("\n");
    await once(child, "exit");
    assert.equal(trees.userOf(dir, script), undefined);
  }));

const mkfs: Record<string, string[]> = { btrfs: ["-q"], xfs: ["-q"] };
for (const [kind, args] of Object.entries(mkfs)) {
  test(
    `on ${kind} the blocks are shared, whatever the budget`,
    { skip: skip || cannotMount || lacks(`mkfs.${kind}`) },
    (t) =>
      inTempDir((parent) => {
        const [image, disk] = [join(parent, "image"), join(parent, "disk")];
        writeFileSync(image, "");
        truncateSync(image, 512 * 2 ** 20);
        mkdirSync(disk);
        must(`mkfs.${kind}`, ...args, image);
        const mounted = runProcess("mount", ["-o", "loop", image, disk]);
        if (mounted.code !== 0) return t.skip(`this container mounts no ${kind}: ${mounted.stderr.trim()}`);
        try {
          const dir = join(disk, "app");
          mkdirSync(dir);
          writeFileSync(join(dir, "db"), new Uint8Array(2 ** 20).fill(7));
          assert.deepEqual(readdirSync(disk), ["app"]);
          assert.equal(trees.survey(dir).isShared, true);
          assert.equal(trees.copy(dir, join(disk, "copy"), 0).isShared, true);
          assert.equal(statSync(join(disk, "copy/db")).size, 2 ** 20);
          assert.ok(readFileSync(join(disk, "copy/db")).equals(readFileSync(join(dir, "db"))));
        } finally {
          must("umount", "--lazy", disk);
        }
      }),
  );
}
