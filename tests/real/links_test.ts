/** Programs behind links. @module */
import assert from "node:assert/strict";
import {
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { BAD, GOOD, script, type Site, site, siteAt, text } from "../support/site.ts";
import { inTempDir } from "../support/temp.ts";

/** A program behind a link; the state lies beside neither. */
function linked(target: (dir: string) => string, use: (site: Site, file: string) => void): void {
  inTempDir((dir) => {
    const file = join(dir, "releases/v1/app");
    mkdirSync(join(dir, "releases/v1"), { recursive: true });
    writeFileSync(file, "", { mode: 0o755 });
    symlinkSync(target(dir), join(dir, "app"));
    use(siteAt(dir, { dataDir: join(dir, "state") }), file);
  });
}

for (
  const [kind, target] of [
    ["a relative", () => "releases/v1/app"],
    ["an absolute", (dir: string) => join(dir, "releases/v1/app")],
  ] as const
) {
  test(`${kind} link stays through swap and restore; the file it leads to is replaced`, () => {
    linked(target, ({ dir, exe, file: add, must, crashLoop }, file) => {
      must("confirm");
      must("swap", add("v2", BAD), "--to", "2.0.0");
      assert.equal(readlinkSync(exe), target(dir));
      assert.equal(text(file), BAD);
      assert.equal(crashLoop().stdout, "good\n");
      assert.equal(readlinkSync(exe), target(dir));
      assert.equal(text(file), GOOD);
      assert.equal(text(`${file}.last-good`), GOOD);
    });
  });
}

/** `current -> releases/v1`, the program being `current/app`. */
function releases(use: (site: Site, flip: (to: string) => void) => void): void {
  inTempDir((dir) => {
    mkdirSync(join(dir, "releases/v1"), { recursive: true });
    symlinkSync("releases/v1", join(dir, "current"));
    const flip = (to: string) => {
      symlinkSync(`releases/${to}`, join(dir, "next"));
      renameSync(join(dir, "next"), join(dir, "current"));
    };
    use(siteAt(dir, { exe: join(dir, "current/app"), dataDir: join(dir, "state") }), flip);
  });
}

function release(dir: string, name: string, content: string): string {
  mkdirSync(join(dir, "releases", name), { recursive: true });
  writeFileSync(join(dir, "releases", name, "app"), content, { mode: 0o755 });
  return name;
}

test("a link in mid-path stays through swap and restore", () => {
  releases(({ dir, exe, file, must, crashLoop }) => {
    must("confirm");
    must("swap", file("v2", BAD), "--to", "2.0.0");
    assert.equal(crashLoop().stdout, "good\n");
    assert.ok(lstatSync(join(dir, "current")).isSymbolicLink());
    assert.ok(!lstatSync(exe).isSymbolicLink());
  });
});

test("a link that is flipped to a bad release: last-good comes back from beside the old one", () => {
  releases(({ dir, must, crashLoop, boot, status }, flip) => {
    must("confirm", "--app-version", "1.0.0");
    flip(release(dir, "v2", BAD));
    assert.equal(crashLoop().stdout, "good\n");
    assert.equal(readlinkSync(join(dir, "current")), "releases/v2");
    assert.equal(boot().stdout, "good\n");
    assert.equal(status().state, "rolled-back");
    assert.deepEqual(status().problems, []);
  });
});

test("a link that is flipped back to a release with an outdated last-good: the recorded one is used", () => {
  releases(({ dir, must, boot, crashLoop, status }, flip) => {
    must("confirm", "--app-version", "1.0.0");
    flip(release(dir, "v2", script("echo two")));
    boot();
    must("confirm");
    assert.equal(text(join(dir, "releases/v2/app.last-good")), script("echo two"));
    writeFileSync(join(dir, "releases/v1/app"), BAD, { mode: 0o755 });
    flip("v1");
    assert.deepEqual(status().problems, []);
    assert.equal(crashLoop().stdout, "two\n");
  });
});

test("a dangling link is repaired where it leads, and stays", () => {
  linked(() => "releases/v1/app", ({ exe, must, boot }, file) => {
    must("confirm");
    rmSync(file);
    assert.equal(boot().stdout, "good\n");
    assert.equal(readlinkSync(exe), "releases/v1/app");
    assert.equal(text(file), GOOD);
  });
});

test("a link to a release that vanished with its directory: last-good is put there", () => {
  releases(({ dir, must, boot }, flip) => {
    must("confirm");
    flip("v9");
    assert.equal(boot().stdout, "good\n");
    assert.equal(readlinkSync(join(dir, "current")), "releases/v9");
    assert.equal(text(join(dir, "releases/v9/app")), GOOD);
  });
});

test("a loop of links gives way to last-good", () => {
  site(({ exe, must, boot }) => {
    must("confirm");
    rmSync(exe);
    symlinkSync(`${exe}.loop`, exe);
    symlinkSync(exe, `${exe}.loop`);
    assert.equal(boot().stdout, "good\n");
  });
});

test("a missing program, then a missing link, is restored at once", () => {
  linked(() => "releases/v1/app", ({ exe, must, boot }, file) => {
    must("confirm");
    rmSync(file);
    assert.equal(boot().stdout, "good\n");
    rmSync(exe);
    assert.equal(boot().stdout, "good\n");
    assert.ok(existsSync(exe));
  });
});

test("last-good that is a dangling link is none: the program is started, and a confirm makes a new one", () => {
  site(({ exe, file, must, boot, crashLoop }) => {
    must("confirm");
    must("swap", file("v2", script("echo two; exit 1")), "--to", "2.0.0", "--keep", "0");
    rmSync(`${exe}.last-good`);
    symlinkSync("nowhere", `${exe}.last-good`);
    const { stdout, stderr } = crashLoop();
    assert.equal(stdout, "two\n");
    assert.match(stderr, /no valid last-good/);
    must("confirm");
    assert.ok(!lstatSync(`${exe}.last-good`).isSymbolicLink());
    assert.equal(boot().stdout, "two\n");
  });
});

test("arm gives a last-good that is a hard link of the program a file of its own", () => {
  site(({ exe, must, crashLoop }) => {
    linkSync(exe, `${exe}.last-good`);
    must("arm", "2.0.0");
    assert.equal(statSync(`${exe}.last-good`).nlink, 1);
    writeFileSync(exe, ""); // in place
    assert.equal(text(`${exe}.last-good`), GOOD);
    writeFileSync(exe, BAD);
    assert.equal(crashLoop().stdout, "good\n");
  });
});

test("swap does not write to another name of the outgoing program", () => {
  site(({ dir, exe, file, must, crashLoop }) => {
    const other = join(dir, "other-name");
    linkSync(exe, other);
    must("confirm");
    must("swap", file("v2", BAD), "--to", "2.0.0");
    assert.equal(text(other), GOOD);
    writeFileSync(other, "scribble");
    assert.equal(crashLoop().stdout, "good\n");
  });
});
