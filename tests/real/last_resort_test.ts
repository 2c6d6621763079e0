/** A program that is lost or damaged where nothing can be written: last-good is started from where it lies. @module */
import assert from "node:assert/strict";
import { closeSync, mkdirSync, openSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { cannotMount, fill, type Mount, withTmpfs } from "../support/mounts.ts";
import { BAD, GOOD, script, type Site, siteAt, text } from "../support/site.ts";

const skip = cannotMount;

const DAMAGES: Record<string, (exe: string) => void> = {
  missing: (exe) => rmSync(exe),
  empty: (exe) => writeFileSync(exe, ""),
  torn: (exe) => writeFileSync(exe, "\x7fELF\x02\x01"),
  "a directory": (exe) => (rmSync(exe), mkdirSync(exe)),
};

/** Takes the last inode of a file system. */
function takeInodes(dir: string): void {
  try {
    for (let n = 0;; n++) closeSync(openSync(join(dir, `taken-${n}`), "wx"));
  } catch (error) {
    assert.equal((error as { code?: string }).code, "ENOSPC");
  }
}

const DISKS: Record<string, (disk: Mount) => void> = {
  "has room": () => {},
  "is read-only": (disk) => disk.readOnly(),
  "is full": ({ dir }) => void fill(dir),
  "has no inode left": ({ dir }) => takeInodes(dir),
};

function onSmallDisk(use: (site: Site, disk: Mount) => void): void {
  withTmpfs("2m,nr_inodes=60", (disk) => use(siteAt(disk.dir), disk));
}

for (const [damage, damaged] of Object.entries(DAMAGES)) {
  for (const [state, changed] of Object.entries(DISKS)) {
    test(`a confirmed program that is ${damage} is served from last-good on a disk that ${state}`, { skip }, () => {
      onSmallDisk(({ exe, must, boot }, disk) => {
        must("confirm");
        boot();
        damaged(exe);
        changed(disk);
        for (let time = 1; time <= 2; time++) {
          const { code, stdout, stderr } = boot();
          assert.deepEqual([code, stdout], [0, "good\n"], stderr);
        }
        assert.equal(text(has(exe, GOOD) ? exe : `${exe}.last-good`), GOOD, "a good build is kept");
      });
    });
  }
}

function has(path: string, content: string): boolean {
  try {
    return text(path) === content;
  } catch {
    return false;
  }
}

test("an update that was armed and is torn is served from last-good on a read-only disk", { skip }, () => {
  onSmallDisk(({ exe, must, boot, file }, disk) => {
    must("confirm");
    must("swap", file("v2", script("echo two")), "--to", "2.0.0");
    DAMAGES["torn"]?.(exe);
    disk.readOnly();
    const { code, stdout, stderr } = boot();
    assert.deepEqual([code, stdout], [0, "good\n"], stderr);
    assert.ok(stderr.includes(`${exe}.last-good is started from where it lies`), stderr);
  });
});

for (const how of ["swapped in", "moved into place"] as const) {
  for (const state of ["is full", "has no inode left"]) {
    test(`a bad build that is ${how} on a disk that ${state} is counted and rolled back`, { skip }, () => {
      onSmallDisk(({ exe, must, boot, file }, disk) => {
        must("confirm", "--app-version", "1.0.0");
        boot();
        const v2 = file("v2", BAD);
        if (how === "swapped in") must("swap", v2, "--to", "2.0.0");
        else renameSync(v2, exe);
        DISKS[state]?.(disk);
        for (let attempt = 1; attempt <= 3; attempt++) {
          const { code, stderr } = boot();
          assert.equal(code, 1, "the program's own");
          assert.match(stderr, new RegExp(`attempt ${attempt} of 3`));
          assert.doesNotMatch(stderr, /undefined/);
        }
        const { stdout, stderr } = boot();
        assert.equal(stdout, "good\n", stderr);
        assert.equal(boot().stdout, "good\n", "and at the boot after that");
      });
    });
  }
}

test("on a disk without an inode a kept build is moved into place, and the service goes on", { skip }, () => {
  onSmallDisk(({ dir, exe, must, boot, file, status }) => {
    must("confirm", "--app-version", "1.0.0");
    must("swap", file("v2", script("echo two")), "--to", "2.0.0");
    boot();
    must("confirm");
    must("swap", file("v3", BAD), "--to", "3.0.0");
    takeInodes(dir);
    for (let attempt = 1; attempt <= 3; attempt++) boot();
    for (let time = 1; time <= 2; time++) {
      const { stdout, stderr } = boot();
      assert.equal(stdout, "two\n", stderr);
    }
    assert.equal(status().quarantined.some((entry: { version: string }) => entry.version === "3.0.0"), true);
    assert.equal(text(exe), script("echo two"));
  });
});
