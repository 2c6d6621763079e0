/** Where nothing can be written. @module */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { cannotMount, lacks, markFault, must as tool, withTmpfs } from "../support/mounts.ts";
import { BAD, GOOD, script, sha256, type Site, siteAt, text } from "../support/site.ts";

const skip = cannotMount;

interface Places {
  readonly site: Site;
  /** Makes one of the two, or both, read-only until the end. */
  freeze(...what: ("program" | "state")[]): void;
}

/** The program on one file system, its state on another. */
function onTwoDisks(use: (places: Places) => void): void {
  withTmpfs("4m", (program) => {
    withTmpfs("4m", (state) => {
      const site = siteAt(program.dir, { dataDir: state.dir });
      const disks = { program, state };
      use({ site, freeze: (...what) => what.forEach((each) => disks[each].readOnly()) });
    });
  });
}

for (const frozen of [["program"], ["state"], ["program", "state"]] as const) {
  test(`run starts a confirmed program with a read-only directory of the ${frozen.join(" and the ")}`, { skip }, () => {
    onTwoDisks(({ site, freeze }) => {
      site.must("confirm");
      freeze(...frozen);
      const { code, stdout, stderr } = site.boot();
      assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: "good\n", stderr: "" });
    });
  });
}

test(
  "a read-only directory of the state: an armed build is started, and run says which file it cannot write",
  { skip },
  () => {
    onTwoDisks(({ site, freeze }) => {
      site.must("swap", site.file("v2", script("echo two")), "--to", "2.0.0");
      freeze("state");
      const { stdout, stderr } = site.boot();
      assert.equal(stdout, "two\n");
      assert.ok(stderr.includes(join(site.dataDir, ".boot-sentinel.json")), stderr);
      assert.match(stderr, /read-only/);
    });
  },
);

for (const frozen of [["program"], ["program", "state"]] as const) {
  test(
    `a bad build that cannot be put back in a read-only directory of the ${
      frozen.join(" and the ")
    } stays, last-good is started from where it lies, and run says which path`,
    { skip },
    () => {
      onTwoDisks(({ site, freeze }) => {
        site.must("confirm");
        site.must("swap", site.file("v2", script("echo two; exit 1")), "--to", "2.0.0");
        for (let attempt = 1; attempt <= 3; attempt++) site.boot();
        const before = sha256(`${site.exe}.last-good`);
        freeze(...frozen);
        const { stdout, stderr } = site.boot();
        assert.equal(stdout, "good\n");
        const told =
          /cannot replace 2\.0\.0 by last-good: .*read-only.*started from where it lies; the next boot tries/;
        assert.match(stderr, told);
        assert.ok(stderr.includes(site.exe), stderr);
        assert.equal(sha256(`${site.exe}.last-good`), before);
      });
    },
  );
}

test("arm, swap and rollback in a read-only directory end with 74 and change nothing", { skip }, () => {
  onTwoDisks(({ site, freeze }) => {
    site.must("confirm", "--app-version", "1.0.0");
    site.must("swap", site.file("v2", script("echo two")), "--to", "2.0.0");
    const v3 = site.file("v3", script("echo three"));
    const before = sha256(site.exe);
    freeze("program");
    for (const args of [["swap", v3, "--to", "3.0.0"], ["rollback"]]) {
      const { code, stderr } = site.call(...args);
      assert.equal(code, 74, stderr);
      assert.match(stderr, /read-only/);
      assert.equal(sha256(site.exe), before);
      assert.equal(text(`${site.exe}.last-good`), GOOD);
    }
  });
});

test("an immutable program: rollback is refused, last-good stays", {
  skip: skip || lacks("chattr") || cannotFreeze(),
}, () => {
  onTwoDisks(({ site }) => {
    site.must("confirm");
    site.must("swap", site.file("v2", BAD), "--to", "2.0.0");
    tool("chattr", "+i", site.exe);
    try {
      const { code, stderr } = site.call("rollback");
      assert.equal(code, 77, stderr);
      assert.equal(text(site.exe), BAD);
      assert.equal(text(`${site.exe}.last-good`), GOOD);
      assert.ok(!readdirSync(site.dir).some((name) => name.includes("-tmp-")));
    } finally {
      tool("chattr", "-i", site.exe);
    }
    assert.equal(site.boot().stdout, "good\n", "the next boot completes it");
  });
});

function cannotFreeze(): string | false {
  if (cannotMount !== false) return cannotMount;
  let fault: string | false = false;
  withTmpfs("1m", ({ dir }) => void (fault = markFault(dir)));
  return fault;
}
