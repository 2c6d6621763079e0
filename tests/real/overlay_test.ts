/** In a container's image: the program lies in a lower layer that is read-only. @module */
import assert from "node:assert/strict";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { cannotMount, must as tool, withTmpfs } from "../support/mounts.ts";
import { inTempDir } from "../support/temp.ts";
import { runProcess } from "../support/sentinel_process.ts";
import { BAD, GOOD, siteAt, text } from "../support/site.ts";

const skip = cannotMount || withoutOverlay();

/** `apart`: the layers are on two file systems, where the names of one file can have different inodes. */
function withOverlay(use: (dir: string, lower: string) => void, apart = false): void {
  withTmpfs("16m", ({ dir }) => {
    if (apart) inTempDir((lower) => overlay(lower, dir, use));
    else overlay(dir, dir, use);
  });
}

function overlay(dir: string, other: string, use: (dir: string, lower: string) => void): void {
  const [lower, upper, work, merged] = [
    join(dir, "lower"),
    ...["upper", "work", "merged"].map((n) => join(other, n)),
  ] as [
    string,
    string,
    string,
    string,
  ];
  for (const each of [lower, upper, work, merged]) mkdirSync(each);
  writeFileSync(join(lower, "app"), GOOD, { mode: 0o755 });
  tool("mount", "-t", "overlay", "overlay", "-o", `lowerdir=${lower},upperdir=${upper},workdir=${work}`, merged);
  try {
    use(merged, lower);
  } finally {
    runProcess("umount", ["--lazy", merged]);
  }
}

function withoutOverlay(): string | false {
  try {
    withOverlay(() => {});
    return false;
  } catch (error) {
    return `overlay file systems cannot be mounted here: ${(error as Error).message}`;
  }
}

for (const [way, apart] of [["swap", false], ["arm", false], ["swap", true], ["arm", true]] as const) {
  const where = apart ? " on another file system" : "";
  test(`a program in a lower layer${where}: ${way}, crash loop, restore`, { skip }, () => {
    withOverlay((dir, lower) => {
      const { exe, file, must, boot, crashLoop, status } = siteAt(dir);
      must("confirm");
      if (way === "swap") must("swap", file("v2", BAD), "--to", "2.0.0");
      else {
        must("arm", "2.0.0");
        writeFileSync(exe, BAD);
      }
      assert.equal(crashLoop().stdout, "good\n");
      assert.equal(boot().stderr, "");
      assert.deepEqual(status().problems, []);
      assert.deepEqual(readdirSync(lower), ["app"]);
      assert.equal(text(join(lower, "app")), GOOD);
    }, apart);
  });
}
