/** Files that a disk has damaged, and disks that cannot tell when a file was changed. @module */
import assert from "node:assert/strict";
import { readdirSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { sleep } from "../../src/system/process/clock.ts";
import { cannotMount, lacks, must as tool } from "../support/mounts.ts";
import { onPosix } from "../support/scripts.ts";
import { runProcess } from "../support/sentinel_process.ts";
import { BAD, GOOD, script, type Site, site, siteAt, text } from "../support/site.ts";
import { inTempDir } from "../support/temp.ts";

const test = onPosix("its programs are commands of sh");

/** What a power cut leaves of a file whose blocks were never written. */
function tear(path: string): void {
  writeFileSync(path, new Uint8Array(statSync(path).size));
}

const TWO = script("echo two");

/** 1.0.0 and 2.0.0 were confirmed, 3.0.0 is bad and on probation. */
function withGenerations({ must, file, boot }: Site): void {
  must("confirm", "--app-version", "1.0.0");
  must("swap", file("v2", TWO), "--to", "2.0.0");
  boot();
  must("confirm");
  must("swap", file("v3", BAD), "--to", "3.0.0");
}

/** The copies that are kept of a build: last-good, if it is that, and a generation. */
function keptCopies({ dir, exe }: Site, content: string): string[] {
  const names = readdirSync(dir).filter((name) => /\.(last-good|gen-[0-9a-f]{12})$/.test(name));
  const copies = names.filter((name) => text(join(dir, name)) === content);
  assert.ok(names.includes(`${basename(exe)}.last-good`), names.join());
  return copies;
}

for (
  const [damage, damaged] of [
    ["torn to NUL bytes", tear],
    ["cut short", (path: string) => truncateSync(path, 5)],
    ["a page of a captive portal", (path: string) => writeFileSync(path, "<html>503</html>")],
    ["missing", (path: string) => rmSync(path)],
  ] as const
) {
  test(`a last-good that is ${damage} is replaced by the newest kept build that is whole`, () => {
    for (const allCopies of [false, true]) {
      site((one) => {
        withGenerations(one);
        for (const name of allCopies ? keptCopies(one, TWO) : ["app.last-good"]) damaged(join(one.dir, name));
        const expected = allCopies ? GOOD : TWO;
        const { stdout, stderr } = one.crashLoop();
        assert.equal(stdout, allCopies ? "good\n" : "two\n", stderr);
        assert.deepEqual(one.boot(), { code: 0, signal: null, stdout, stderr: "" });
        assert.equal(text(one.exe), expected);
        assert.equal(text(`${one.exe}.last-good`), expected);
        assert.equal(one.status().lastGood.version, allCopies ? "1.0.0" : "2.0.0");
        assert.equal(one.call("quarantine", "check", "3.0.0").code, 0);
      });
    }
  });
}

for (const torn of [["record"], ["sentinel", "record"], ["sentinel", "record", "quarantine"]]) {
  test(`when a power cut tears the ${torn.join(", the ")}, a bad build is rolled back all the same`, () => {
    site(({ dir, exe, must, boot, file, status }) => {
      must("confirm", "--app-version", "1.0.0");
      must("quarantine", "add", "0.9.0");
      must("swap", file("v2", BAD), "--to", "2.0.0");
      for (const name of torn) tear(join(dir, `.boot-${name}.json`));
      const outputs = [1, 2, 3, 4, 5].map(() => boot().stdout);
      assert.equal(outputs.at(-1), "good\n", JSON.stringify(outputs));
      assert.equal(text(exe), GOOD);
      assert.equal(status().state, "rolled-back");
      assert.deepEqual(status().problems, []);
      assert.ok(readdirSync(dir).some((name) => /record\.json\.corrupt-/.test(name)), "it can be inspected");
    });
  });
}

test("a record that is made anew says of last-good what its bytes are, and the next boots are steady", () => {
  site(({ dir, must, boot, status }) => {
    must("confirm", "--app-version", "1.0.0");
    const { digest } = status().lastGood;
    tear(join(dir, ".boot-record.json"));
    assert.match(boot().stderr, /record .* was corrupt: last-good .* was recorded anew/);
    assert.equal(status().lastGood.digest, digest);
    assert.deepEqual(boot().stderr, "");
    assert.equal(status().state, "steady");
  });
});

/** An ext4 file system in a file. */
interface Loop {
  readonly image: string;
  readonly dir: string;
  /** Unmounts it, changes the image, and mounts it again: nothing is left in the page cache. */
  offline(change: () => void): void;
}

const skipLoop = cannotMount || lacks("mkfs.ext4", "debugfs", "dumpe2fs", "losetup") || cannotLoop();

function withExt4(options: readonly string[], use: (loop: Loop) => void): void {
  inTempDir((parent) => {
    const image = join(parent, "image");
    const dir = join(parent, "disk");
    writeFileSync(image, "");
    truncateSync(image, 16 << 20);
    tool("mkfs.ext4", "-q", "-F", ...options, image);
    tool("mkdir", dir);
    const mount = () => void tool("mount", "-o", "loop", image, dir);
    mount();
    let isMounted = true;
    try {
      use({
        image,
        dir,
        offline(change) {
          tool("umount", dir);
          isMounted = false;
          // Another process's namespace may have had it, too: until that ends, the disk is in use.
          for (let left = 1000; left > 0 && tool("losetup", "-j", image) !== ""; left--) sleep(10);
          change();
          mount();
          isMounted = true;
        },
      });
    } finally {
      if (isMounted) tool("umount", "--lazy", dir);
    }
  });
}

function cannotLoop(): string | false {
  try {
    withExt4([], () => {});
    return false;
  } catch (error) {
    return `no loop device can be mounted here: ${(error as Error).message.slice(0, 200)}`;
  }
}

/** Changes bytes of a file on the medium: no time, and no other field of its inode. */
function rot(image: string, name: string, offset: number, bytes: string): void {
  const [, block = ""] = tool("debugfs", "-R", `blocks /${name}`, image).match(/^\s*(\d+)/m) ?? [];
  const [, size = ""] = tool("dumpe2fs", "-h", image).match(/^Block size:\s*(\d+)/m) ?? [];
  assert.ok(Number(block) > 0 && Number(size) > 0, `${block} ${size}`);
  const seek = Number(block) * Number(size) + offset;
  const { code, stderr } = runProcess("/bin/sh", [
    "-c",
    `printf %s '${bytes}' | dd of='${image}' bs=1 seek=${seek} conv=notrunc`,
  ]);
  assert.equal(code, 0, stderr);
}

/** Inode, size and times. */
function stampOf(path: string): string {
  const { ino, size, mtimeMs, ctimeMs } = statSync(path);
  return [ino, size, mtimeMs, ctimeMs].join();
}

test("a kept build that rotted under an unchanged stamp is not restored", { skip: skipLoop }, () => {
  withExt4([], ({ image, dir, offline }) => {
    const one = siteAt(dir);
    const { exe, boot } = one;
    withGenerations(one);
    for (let attempt = 1; attempt <= 3; attempt++) boot();
    const kept = [...keptCopies(one, TWO), ...keptCopies(one, GOOD)];
    const stamps = () => kept.map((name) => stampOf(join(dir, name)));
    const before = stamps();
    offline(() => kept.forEach((name) => rot(image, name, GOOD.indexOf("echo"), "ROT!")));
    for (const name of kept) assert.match(text(join(dir, name)), /ROT!/);
    assert.deepEqual(stamps(), before);
    const { stdout, stderr } = boot();
    assert.equal(stdout, "", stderr);
    assert.match(stderr, /there is no valid last-good/);
    assert.equal(text(exe), BAD, "the bad build is better than a rotten one");
  });
});

test("a last-good that rotted is replaced by a kept build that is whole", { skip: skipLoop }, () => {
  for (const allCopies of [false, true]) {
    withExt4([], ({ image, dir, offline }) => {
      const one = siteAt(dir);
      withGenerations(one);
      for (let attempt = 1; attempt <= 3; attempt++) one.boot();
      const rotten = allCopies ? keptCopies(one, TWO) : ["app.last-good"];
      offline(() => rotten.forEach((name) => rot(image, name, TWO.indexOf("echo"), "ROT!")));
      assert.equal(one.boot().stdout, allCopies ? "good\n" : "two\n");
      assert.equal(text(one.exe), allCopies ? GOOD : TWO);
    });
  }
});

/** How often a write is tried that has to fall into the second of another one. */
const TRIES = 30;

test("on a disk with times of whole seconds, bytes of the same length within one second are seen", {
  skip: skipLoop,
}, () => {
  const bad = script("exit 1 ##");
  assert.equal(bad.length, GOOD.length);
  const changes: Record<string, (site: Site) => void> = {
    "after a confirm": ({ must }) => void must("confirm"),
    "after a boot": ({ must, boot }) => (must("confirm"), void boot()),
  };
  for (const [when, change] of Object.entries(changes)) {
    const isSeen = Array.from({ length: TRIES }).some(() => {
      let isSameSecond = false;
      withExt4(["-I", "128"], ({ dir }) => {
        const one = siteAt(dir);
        const before = stampOf(one.exe);
        change(one);
        writeFileSync(one.exe, bad);
        isSameSecond = stampOf(one.exe) === before;
        if (!isSameSecond) return;
        assert.equal(one.crashLoop().stdout, "good\n", when);
        assert.equal(text(one.exe), GOOD);
      });
      return isSameSecond;
    });
    assert.ok(isSeen, `${when}: no two writes fell into one second`);
  }
});
