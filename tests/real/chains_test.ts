/** One update after the other, before the first is proven. @module */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { BAD, GOOD, script, site, text } from "../support/site.ts";

/** A build that fails and tells which one it is. */
const bad = (name: string) => script(`echo ${name}; exit 1`);

test("v2 swapped, v3 swapped before v2 was proven: a crash loop returns to v1", () => {
  site(({ exe, file, must, crashLoop, status }) => {
    must("confirm", "--app-version", "1.0.0");
    must("swap", file("v2", bad("two")), "--to", "2.0.0");
    must("swap", file("v3", bad("three")), "--to", "3.0.0");
    assert.equal(status().lastGood.version, "1.0.0");
    assert.equal(crashLoop().stdout, "good\n");
    assert.equal(text(`${exe}.last-good`), GOOD);
    assert.deepEqual(status().quarantined.map((entry: { version: string }) => entry.version), ["3.0.0"]);
  });
});

test("v2 and v3 armed and written in place before v2 was proven: a crash loop returns to v1", () => {
  site(({ exe, must, boot, crashLoop }) => {
    must("confirm");
    for (const [version, build] of [["2.0.0", bad("two")], ["3.0.0", bad("three")]] as const) {
      must("arm", version);
      writeFileSync(exe, build);
      boot();
    }
    crashLoop();
    assert.equal(boot().stdout, "good\n");
    assert.equal(text(`${exe}.last-good`), GOOD);
  });
});

test("after a rollback of v2 a bad v3 is rolled back, too", () => {
  site(({ file, must, call, crashLoop, status }) => {
    must("confirm");
    for (const version of ["2.0.0", "3.0.0"]) {
      must("swap", file(version, bad(version)), "--to", version);
      assert.equal(crashLoop().stdout, "good\n", version);
      assert.equal(status().rolledBack.from, version);
      assert.equal(call("quarantine", "check", version).code, 0);
    }
  });
});

test("a sentinel for bytes that are neither the old nor the armed ones is discarded; the newcomer is on probation", () => {
  site(({ exe, file, must, boot, crashLoop, status }) => {
    must("confirm");
    must("swap", file("v2", bad("two")), "--to", "2.0.0");
    boot();
    writeFileSync(exe, bad("stranger"));
    assert.match(boot().stderr, /sha256:.* is on probation: attempt 1 of 3/);
    assert.notEqual(status().pending.version, "2.0.0");
    boot();
    boot();
    assert.equal(boot().stdout, "good\n");
    assert.equal(crashLoop().stdout, "good\n");
  });
});

test("arm v2, arm v1, arm v2, quickly: one chain, and last-good stays the proven build", () => {
  site(({ exe, must, crashLoop, status }) => {
    must("confirm", "--app-version", "1.0.0");
    for (const version of ["2.0.0", "1.0.0", "2.0.0"]) must("arm", version);
    assert.equal(status().lastGood.version, "1.0.0");
    assert.equal(status().pending.version, "2.0.0");
    writeFileSync(exe, BAD);
    assert.equal(crashLoop().stdout, "good\n");
    assert.equal(text(exe), GOOD);
  });
});

test("--keep N keeps the N newest proven builds beside last-good, and rollback --to reaches each", () => {
  for (const [keep, kept] of [["0", []], ["2", ["2.0.0", "1.0.0"]]] as const) {
    site(({ dir, exe, file, must, call, boot, status }) => {
      must("confirm", "--app-version", "1.0.0", "--keep", keep);
      for (const version of ["2.0.0", "3.0.0"]) {
        must("swap", file(version, script(`echo ${version}`)), "--to", version, "--keep", keep);
        boot("--keep", keep);
        must("confirm", "--keep", keep);
      }
      assert.deepEqual(status().generations.map((build: { version: string }) => build.version), kept);
      assert.equal(readdirSync(dir).filter((name) => name.startsWith("app.gen-")).length, kept.length);
      for (const version of kept) {
        must("rollback", "--to", version, "--keep", keep);
        assert.equal(boot("--keep", keep).stdout, version === "1.0.0" ? "good\n" : `${version}\n`);
      }
      if (keep === "0") assert.equal(call("rollback", "--to", "2.0.0").code, 66);
      assert.ok(existsSync(exe));
    });
  }
});

test("a rollback to an older build while an update is armed condemns the live build, not the one to come", () => {
  site(({ file, must, call, boot, status }) => {
    must("confirm", "--app-version", "1.0.0");
    must("swap", file("v2", script("echo two")), "--to", "2.0.0");
    boot();
    must("confirm");
    must("arm", "3.0.0");
    must("rollback", "--to", "1.0.0");
    assert.deepEqual(status().quarantined.map((entry: { version: string }) => entry.version), ["2.0.0"]);
    assert.equal(call("quarantine", "check", "3.0.0").code, 1);
    assert.equal(boot().stdout, "good\n");
  });
});

test("a confirm after a rollback confirms the restored build; the held one stays held", () => {
  site(({ exe, file, must, call, crashLoop, boot, status }) => {
    must("confirm", "--app-version", "1.0.0");
    must("swap", file("v2", BAD), "--to", "2.0.0");
    crashLoop();
    assert.equal(boot().stdout, "good\n");
    must("confirm");
    assert.equal(text(exe), GOOD);
    assert.equal(text(`${exe}.last-good`), GOOD);
    assert.equal(status().lastGood.version, "1.0.0");
    assert.equal(status().state, "steady");
    assert.equal(call("quarantine", "check", "2.0.0").code, 0);
  });
});

test("an updater that asks installs a bad version once", () => {
  site(({ exe, file, call, must, boot }) => {
    must("confirm");
    const v2 = file("v2", BAD);
    let installed = 0;
    for (let day = 1; day <= 10; day++) {
      if (text(exe) !== BAD && call("quarantine", "check", "2.0.0", "--file", v2).code === 1) {
        must("swap", v2, "--to", "2.0.0");
        installed++;
      }
      boot();
    }
    assert.equal(installed, 1);
    assert.equal(text(exe), GOOD);
  });
});

test("a version that was let go can be armed again, with all its chances", () => {
  site(({ file, must, call, crashLoop, boot, status }) => {
    must("confirm");
    const v2 = file("v2", bad("two"));
    must("swap", v2, "--to", "2.0.0");
    crashLoop();
    assert.equal(call("swap", v2, "--to", "2.0.0").code, 1);
    must("quarantine", "clear", "2.0.0");
    must("swap", v2, "--to", "2.0.0");
    assert.equal(status().pending.attempts, 0);
    assert.match(boot().stderr, /attempt 1 of 3/);
  });
});

test("all but the state was removed and another build installed: it is started and not rolled back into the void", () => {
  site(({ dir, exe, file, must, boot }) => {
    must("confirm");
    must("swap", file("v2", BAD), "--to", "2.0.0");
    for (let attempt = 1; attempt <= 3; attempt++) boot();
    for (const name of readdirSync(dir)) if (!name.startsWith(".boot-")) rmSync(join(dir, name));
    writeFileSync(exe, script("echo reinstalled"), { mode: 0o755 });
    for (let start = 1; start <= 3; start++) assert.equal(boot().stdout, "reinstalled\n");
    must("confirm");
    assert.equal(boot().stdout, "reinstalled\n");
  });
});

test("last-good that a scanner took: the update stays, said to be degraded, and a confirm makes a new one", () => {
  site(({ exe, file, must, crashLoop, boot, status }) => {
    must("confirm");
    must("swap", file("v2", bad("two")), "--to", "2.0.0", "--keep", "0");
    rmSync(`${exe}.last-good`);
    const { stdout, stderr } = crashLoop();
    assert.equal(stdout, "two\n");
    assert.match(stderr, /Degraded/);
    assert.equal(status().state, "degraded");
    must("confirm");
    assert.equal(text(`${exe}.last-good`), bad("two"));
    assert.equal(boot().stdout, "two\n");
  });
});

test("clean-up after a confirm removes nothing that is in use", () => {
  site(({ exe, file, must, boot, crashLoop }) => {
    must("confirm");
    must("swap", file("v2", BAD), "--to", "2.0.0");
    crashLoop();
    must("confirm"); // drops the program that was rolled back
    assert.ok(!existsSync(`${exe}.rollback-bak`));
    assert.equal(text(exe), GOOD);
    assert.equal(text(`${exe}.last-good`), GOOD);
    assert.equal(boot().stdout, "good\n");
  });
});

test("arm whose last-good cannot be made arms nothing", () => {
  site(({ exe, call, status }) => {
    mkdirSync(join(`${exe}.last-good`, "in the way"), { recursive: true });
    assert.equal(call("arm", "2.0.0").code, 74);
    assert.equal(status().pending, null);
    assert.equal(text(exe), GOOD);
  });
});
