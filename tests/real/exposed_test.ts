/** Where a bad build could not be put back: status says so beforehand, and its advice mends it. @module */
import assert from "node:assert/strict";
import { chmodSync, chownSync, readdirSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { cannotMark, cannotMount, lacks, must as tool } from "../support/mounts.ts";
import { asUser, DAEMON, NOBODY } from "../support/other_user/as_user.ts";
import { runProcess } from "../support/sentinel_process.ts";
import { BAD, json, type Site, siteAt } from "../support/site.ts";
import { inTempDir } from "../support/temp.ts";

const isRoot = process.platform === "linux" && process.geteuid?.() === 0;

/** A confirmed program in `bin`, its state in `state`; every user may look in. */
function confirmed(use: (site: Site & { readonly bin: string }) => void): void {
  inTempDir((dir) => {
    chmodSync(dir, 0o755);
    const bin = join(dir, "bin");
    const site = siteAt(dir, { exe: join(bin, "app"), dataDir: join(dir, "state") });
    site.must("confirm", "--app-version", "1.0.0");
    use({ ...site, bin });
  });
}

/** What stands against a restore, and how it is removed if not by the advice. */
const FAULTS: readonly {
  readonly what: string;
  readonly skip: string | false;
  readonly why: RegExp;
  readonly set: (site: Site & { readonly bin: string }) => void;
  readonly mend?: (site: Site & { readonly bin: string }) => void;
}[] = [
  {
    what: "an immutable program",
    skip: cannotMark(),
    why: /bin\/app is immutable$/,
    set: ({ exe }) => void tool("chattr", "+i", exe),
  },
  {
    what: "an immutable folder",
    skip: cannotMark(),
    why: /bin is immutable$/,
    set: ({ bin }) => void tool("chattr", "+i", bin),
  },
  {
    what: "a folder in which nothing can be replaced",
    skip: cannotMark(),
    why: /bin is append-only$/,
    set: ({ bin }) => void tool("chattr", "+a", bin),
  },
  {
    what: "a folder that is mounted read-only",
    skip: cannotMount || lacks("findmnt"),
    why: /bin is on a read-only file system$/,
    set({ bin }) {
      tool("mount", "--bind", bin, bin);
      tool("mount", "-o", "remount,bind,ro", bin);
    },
  },
  {
    what: "a single file that is mounted",
    skip: cannotMount,
    why: /bin\/app is a mount point$/,
    set({ exe, file }) {
      tool("mount", "--bind", file("host", BAD), exe);
    },
    mend: ({ exe }) => void tool("umount", exe),
  },
  {
    what: "a folder that its owner made read-only",
    skip: !isRoot && "only root can give files away",
    why: /not even its owner may write .*bin$/,
    set({ bin, dataDir }) {
      tool("chown", "-R", String(NOBODY), bin, dataDir);
      chmodSync(bin, 0o555);
    },
  },
];

for (const { what, skip, why, set, mend } of FAULTS) {
  test(`${what} exposes a confirmed program, and the advice mends it`, { skip }, () => {
    confirmed((site) => {
      set(site);
      try {
        const { state, problems } = site.status();
        const problem = problems.find(({ code }: { code: string }) => code === "cannot-be-put-back");
        assert.equal(state, "exposed");
        assert.match(problem?.text ?? "", why);
        assert.equal(site.call("status", "--check").code, 1);
        if (mend === undefined) tool("/bin/sh", "-c", problem.advice.split("   ")[0]);
        else mend(site);
        assert.equal(site.status().state, "steady");
        assert.equal(site.call("status", "--check").code, 0);
      } finally {
        runProcess("umount", ["--lazy", site.exe]);
        runProcess("umount", ["--lazy", site.bin]);
        runProcess("chattr", ["-i", "-a", site.bin, site.exe]);
      }
    });
  });
}

test("what status calls exposed is what the gate meets", { skip: cannotMark() }, () => {
  confirmed(({ exe, bin, must, file, crashLoop, status }) => {
    must("swap", file("v2", BAD), "--to", "2.0.0");
    tool("chattr", "+i", exe);
    try {
      assert.equal(status().state, "exposed");
      const { stdout, stderr } = crashLoop();
      assert.equal(stdout, "good\n");
      assert.match(stderr, /cannot replace 2\.0\.0 by last-good/);
      assert.equal(status().state, "degraded");
      assert.match(must("status"), /boot 3 of 3/);
    } finally {
      tool("chattr", "-i", exe, bin);
    }
    // A bad build is live until the next boot.
    assert.equal(status().state, "degraded");
  });
});

const others = !isRoot && "only root can start a process as another user";

test("who may not read the state sees nothing, and is told so", { skip: others }, () => {
  confirmed(({ exe, dataDir }) => {
    asUser(NOBODY, (user) => {
      for (const lock of [() => {}, () => chmodSync(dataDir, 0o700)]) {
        lock();
        for (const how of [["--json"], ["--json", "--check"]]) {
          const ended = user.sentinel(["status", ...how, "--exe", exe, "--data-dir", dataDir]);
          const { state, problems } = json(ended);
          assert.equal(ended.code, 77, ended.stderr);
          assert.deepEqual([state, ...problems.map(({ code }: { code: string }) => code)], ["unseen", "cannot-see"]);
        }
      }
    });
  });
});

test("the owner of the state who may not write the program's folder is exposed; others' rights say nothing", {
  skip: others,
}, () => {
  confirmed(({ exe, bin, dataDir, status }) => {
    for (const path of [dataDir, ...readdirSync(dataDir).map((name) => join(dataDir, name))]) {
      chownSync(path, NOBODY, NOBODY);
      chmodSync(path, path === dataDir ? 0o755 : 0o644);
    }
    const seenBy = (id: number) =>
      asUser(id, (user) => json(user.sentinel(["status", "--json", "--exe", exe, "--data-dir", dataDir])));
    const { state, problems } = seenBy(NOBODY);
    assert.equal(state, "exposed");
    assert.match(problems[0].text, /this user may not write .*bin$/);
    assert.match(problems[0].advice, /^run the gate as root, or as the owner of /);
    assert.equal(seenBy(DAEMON).state, "steady");
    chmodSync(bin, 0o1777);
    assert.match(seenBy(NOBODY).problems[0].text, /bin is sticky, and another user owns .*app$/);
    assert.equal(seenBy(DAEMON).state, "steady");
    assert.equal(status().state, "steady", "root may");
  });
});
