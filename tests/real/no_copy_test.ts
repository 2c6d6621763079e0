/** Swap and restore move files; how large they are does not matter. @module */
import assert from "node:assert/strict";
import { closeSync, existsSync, mkdtempSync, openSync, rmSync, statfsSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { lacks, must as tool, sparse } from "../support/mounts.ts";
import { sentinelWords } from "../support/sentinel_process.ts";
import { BAD, script, type Site, siteAt, text } from "../support/site.ts";

const GIB = 1 << 30;
/** State files and heads of programs; a gibibyte is 16,000 times as much. */
const LITTLE = 64 * 1024;

/** Bytes that a command moves from and to files of the site. */
function traffic({ dir, exe }: Site, ...command: string[]): { read: number; written: number } {
  const log = join(dir, "trace");
  const calls = "trace=read,pread64,readv,write,pwrite64,writev,copy_file_range,sendfile,splice";
  const words = [...sentinelWords(), ...command, "--exe", exe, "--quiet"];
  // An end of 75 is the rollback's.
  tool("/bin/sh", "-c", '"$@" || [ $? -eq 75 ]', "sh", "strace", "-f", "-y", "-o", log, "-e", calls, ...words);
  const moved = { read: 0, written: 0 };
  for (const line of text(log).split("\n")) {
    const [, call, path = "", bytes = "0"] = line.match(/ (\w+)\(\d+<([^>]*)>.* = (\d+)$/) ?? [];
    if (call === undefined || !path.startsWith(dir)) continue;
    if (/read/.test(call)) moved.read += Number(bytes);
    else moved.written += Number(bytes);
  }
  assert.ok(moved.read > 0, "the trace saw the state being read");
  return moved;
}

/** A program of that size; sparse, and shared with its copies where the file system can. */
function withHugeProgram(size: number, use: (site: Site) => void): void {
  const dir = mkdtempSync(join(tmpdir(), "huge-"));
  try {
    const site = siteAt(dir);
    writeFileSync(site.exe, script("echo huge; exit"), { mode: 0o755 });
    sparse(site.exe, size);
    use(site);
  } finally {
    rmSync(dir, { recursive: true });
  }
}

const { bavail, bsize } = statfsSync(tmpdir());
const skip = lacks("strace") || (bavail * bsize < 4 * GIB && "it needs 4 GiB of free disk");

test("swap and restore of a program of 1 GiB read and copy none of it, and give back the very file", { skip }, () => {
  withHugeProgram(GIB, (site) => {
    const { exe, file, must, boot } = site;
    must("confirm", "--app-version", "1.0.0");
    const outgoing = statSync(exe).ino;
    const swap = traffic(site, "swap", file("v2", BAD), "--to", "2.0.0");
    assert.ok(swap.read < LITTLE && swap.written < LITTLE, JSON.stringify(swap));
    assert.equal(statSync(`${exe}.last-good`).ino, outgoing);
    for (let attempt = 1; attempt <= 3; attempt++) boot();
    const restore = traffic(site, "check");
    assert.ok(restore.read < LITTLE && restore.written < LITTLE, JSON.stringify(restore));
    assert.equal(statSync(exe).ino, outgoing);
    assert.equal(statSync(`${exe}.last-good`).nlink, 1, "last-good has a file of its own");
    const steady = traffic(site, "check");
    assert.ok(steady.read < LITTLE, JSON.stringify(steady));
    assert.equal(boot().stdout, "huge\n");
  });
});

test(
  "a restored program of 128 MiB without a spare shares its file until the next boot, which copies",
  { skip },
  () => {
    withHugeProgram(GIB / 8, (site) => {
      const { exe, must, boot } = site;
      must("confirm", "--keep", "0");
      must("arm", "2.0.0", "--keep", "0");
      rmSync(exe);
      writeFileSync(exe, BAD, { mode: 0o755 });
      for (let attempt = 1; attempt <= 3; attempt++) boot("--keep", "0");
      const restore = traffic(site, "check", "--keep", "0");
      assert.ok(restore.written < LITTLE, JSON.stringify(restore));
      assert.equal(statSync(`${exe}.last-good`).nlink, 2);
      assert.equal(boot("--keep", "0").stdout, "huge\n");
      assert.equal(statSync(`${exe}.last-good`).nlink, 1);
      closeSync(openSync(exe, "w")); // somebody writes in place
      assert.equal(statSync(`${exe}.last-good`).size, GIB / 8);
      assert.ok(existsSync(exe));
      assert.equal(boot().stdout, "huge\n");
    });
  },
);
