/** The commands as their users call them. @module */
import assert from "node:assert/strict";
import { chmodSync, existsSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { onPosix } from "../../support/scripts.ts";
import { sentinel } from "../../support/sentinel_process.ts";
import { BAD, GOOD, json, script, sha256, site, text } from "../../support/site.ts";

test("a swapped build that crash-loops is put back by the fourth boot, which serves, and is refused afterwards", () => {
  site(({ exe, file, call, boot }) => {
    const bad = file("bad", BAD);
    assert.equal(call("confirm").code, 0);
    assert.equal(call("swap", bad, "--to", "2.0.0").code, 0);
    for (let attempt = 1; attempt <= 3; attempt++) {
      const { code, stdout, stderr } = boot();
      assert.deepEqual({ code, stdout }, { code: 1, stdout: "" });
      assert.match(stderr, new RegExp(`attempt ${attempt} of 3`));
    }
    const { code, stdout, stderr } = boot();
    assert.deepEqual({ code, stdout }, { code: 0, stdout: "good\n" });
    assert.match(stderr, /Rolled back 2\.0\.0/);
    assert.equal(text(exe), GOOD);
    assert.equal(text(`${exe}.rollback-bak`), BAD);
    const refused = call("swap", bad, "--to", "2.0.0");
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /quarantined.*program is unchanged.*quarantine clear 2\.0\.0/);
    assert.equal(boot().stdout, "good\n");
  });
});

test("a swapped build that is confirmed becomes last-good and survives ten crashes", () => {
  site(({ exe, file, call, boot }) => {
    const v2 = script("exit 3");
    call("confirm");
    call("swap", file("v2", v2), "--to", "2.0.0");
    assert.equal(boot().code, 3);
    assert.equal(call("confirm").stdout, "Confirmed 2.0.0: it is last-good now\n");
    assert.equal(text(`${exe}.last-good`), v2);
    assert.ok(!existsSync(`${exe}.rollback-bak`));
    for (let crash = 0; crash < 10; crash++) assert.deepEqual(boot().code, 3);
    assert.equal(text(exe), v2);
  });
});

test("a program that was replaced behind our back is put on probation by run and rolled back", () => {
  site(({ exe, call, boot }) => {
    call("confirm", "--app-version", "1.0.0");
    writeFileSync(exe, BAD);
    for (let attempt = 1; attempt <= 3; attempt++) assert.equal(boot().code, 1);
    assert.equal(boot().stdout, "good\n");
    writeFileSync(exe, BAD);
    const { stdout, stderr } = boot();
    assert.equal(stdout, "good\n", "known bad bytes spend no boots");
    assert.match(stderr, /its bytes are quarantined/);
  });
});

test("run --after-rollback exit ends with 75 and the next run starts the restored program", () => {
  site(({ exe, file, call, boot }) => {
    call("swap", file("bad", BAD), "--to", "2.0.0");
    const run = () => sentinel(["run", "--max-attempts", "1", "--after-rollback", "exit", "--", exe]);
    assert.equal(run().code, 1);
    assert.equal(run().code, 75);
    assert.equal(boot().stdout, "good\n");
  });
});

test("check ends with 0 to proceed and 75 after a rollback, and prints nothing", () => {
  site(({ file, call }) => {
    call("swap", file("bad", BAD), "--to", "2.0.0");
    for (let attempt = 1; attempt <= 3; attempt++) {
      const { code, stdout } = call("check");
      assert.deepEqual({ code, stdout }, { code: 0, stdout: "" });
    }
    const { code, stdout } = call("check");
    assert.deepEqual({ code, stdout }, { code: 75, stdout: "" });
    assert.equal(call("check").code, 0);
  });
});

test("check with a version judges as the library does", () => {
  site(({ exe, call }) => {
    assert.equal(call("arm", "2.0.0").code, 0);
    writeFileSync(exe, BAD);
    assert.equal(call("check", "--app-version", "v2.0.0").code, 0);
    assert.equal(json(call("status", "--json")).pending.attempts, 1);
    assert.equal(call("check", "--app-version", "1.0.0").code, 0);
    assert.equal(json(call("status", "--json")).pending, null);
  });
});

test("arm keeps the live build as last-good, in a file of its own", () => {
  site(({ exe, call, boot }) => {
    assert.equal(call("arm", "2.0.0").code, 0);
    assert.equal(text(`${exe}.last-good`), GOOD);
    assert.equal(statSync(`${exe}.last-good`).nlink, 1);
    writeFileSync(exe, BAD);
    for (let attempt = 1; attempt <= 3; attempt++) boot();
    assert.equal(boot().stdout, "good\n", "the first update of a fresh install can be rolled back");
  });
});

test("an armed build that never came is forgotten", () => {
  site(({ call, boot }) => {
    call("arm", "2.0.0");
    assert.equal(boot().stdout, "good\n");
    assert.equal(json(call("status", "--json")).pending, null);
  });
});

test("fail rolls back at the next boot, whatever the count", () => {
  site(({ file, call, boot }) => {
    call("confirm");
    call("swap", file("v2", script("echo two")), "--to", "2.0.0");
    assert.equal(boot().stdout, "two\n");
    assert.equal(call("fail", "answers 500").code, 0);
    const { stdout, stderr } = boot();
    assert.equal(stdout, "good\n");
    assert.match(stderr, /answers 500/);
    assert.equal(json(call("quarantine", "list", "--json")).quarantined[0].reason, "answers 500");
    assert.equal(call("fail").code, 1, "the confirmed build cannot be failed");
  });
});

test("rollback puts last-good back at once and quarantines the live build", () => {
  site(({ exe, file, call }) => {
    call("confirm");
    call("swap", file("v2", script("echo two")), "--to", "2.0.0");
    assert.equal(call("rollback").code, 0);
    assert.equal(text(exe), GOOD);
    assert.equal(call("quarantine", "check", "2.0.0").code, 0);
    assert.equal(call("rollback").code, 1, "there is nothing more to roll back");
  });
});

test("rollback --to goes back to an older proven build", () => {
  site(({ exe, file, call, boot }) => {
    call("confirm", "--app-version", "1.0.0");
    for (const version of ["2.0.0", "3.0.0"]) {
      call("swap", file(version, script(`echo ${version}`)), "--to", version);
      boot();
      assert.equal(call("confirm").code, 0);
    }
    const kept = json(call("status", "--json")).generations.map((build: { version: string }) => build.version);
    assert.deepEqual(kept, ["2.0.0", "1.0.0"]);
    assert.equal(call("rollback", "--to", "0.9.0").code, 66);
    assert.equal(call("rollback", "--to", "1.0.0").code, 0);
    assert.equal(text(exe), GOOD);
    assert.equal(boot().stdout, "good\n");
    assert.equal(json(call("status", "--json")).lastGood.version, "1.0.0");
    assert.equal(call("quarantine", "check", "3.0.0").code, 0);
  });
});

test("quarantine holds by version, by bytes, and lets go", () => {
  site(({ file, call }) => {
    const d1 = file("d1", script("echo d1"));
    const d2 = file("d2", script("echo d2"));
    assert.equal(call("quarantine", "check", "2.0.0").code, 1);
    assert.equal(call("quarantine", "add", "2.0.0", "--file", d1).code, 0);
    assert.equal(call("quarantine", "check", "2.0.0", "--file", d1).code, 0);
    assert.equal(call("quarantine", "check", "2.0.0", "--file", d2).code, 1, "a rebuild passes");
    assert.equal(call("quarantine", "check", "2.0.0").code, 0);
    assert.equal(call("quarantine", "check", " v2.0.0\r\n").code, 0);
    assert.equal(call("quarantine", "check", "../../x").code, 1);
    assert.equal(call("swap", d1, "--to", "2.0.1").code, 1, "the same bytes under another name do not pass");
    assert.equal(call("swap", d2, "--to", "2.0.0").code, 0);
    assert.equal(call("quarantine", "clear", "2.0.0").code, 0);
    assert.equal(call("quarantine", "list").stdout, "");
  });
});

test("swap refuses a file with another sha256 than promised and leaves the program alone", () => {
  site(({ exe, file, call, dir }) => {
    const v2 = file("v2", script("echo two"));
    assert.equal(call("swap", v2, "--to", "2.0.0", "--sha256", "00".repeat(32)).code, 1);
    assert.equal(text(exe), GOOD);
    assert.ok(!existsSync(join(dir, ".boot-sentinel.json")));
    assert.equal(call("swap", v2, "--to", "2.0.0", "--sha256", sha256(v2).toUpperCase()).code, 0);
    assert.equal(text(exe), text(v2));
    assert.equal(text(v2), script("echo two"), "the file stays");
  });
});

onPosix("any text is a batch file")("swap refuses an empty file, a text and a missing file", () => {
  site(({ exe, file, call, dir }) => {
    assert.equal(call("swap", file("empty", ""), "--to", "2.0.0").code, 1);
    assert.equal(call("swap", file("text", "<html>404</html>"), "--to", "2.0.0").code, 1);
    assert.equal(call("swap", join(dir, "none"), "--to", "2.0.0").code, 66);
    assert.equal(text(exe), GOOD);
  });
});

onPosix("there are no modes")("swap gives a download the mode of the program it replaces", () => {
  site(({ exe, file, call, boot }) => {
    const v2 = file("v2", script("echo two"));
    chmodSync(v2, 0o600);
    chmodSync(exe, 0o750);
    call("swap", v2, "--to", "2.0.0");
    assert.equal(statSync(exe).mode & 0o777, 0o750);
    assert.equal(boot().stdout, "two\n");
  });
});

test("swap keeps the outgoing program's own file as last-good", () => {
  site(({ exe, file, call }) => {
    const outgoing = statSync(exe).ino;
    call("swap", file("v2", script("echo two")), "--to", "2.0.0");
    assert.equal(statSync(`${exe}.last-good`).ino, outgoing);
    call("rollback");
    assert.equal(statSync(exe).ino, outgoing);
    assert.equal(statSync(`${exe}.last-good`).nlink, 1, "and it never shares a file with the program");
  });
});

test("an update that cannot be installed again and again is held; another version starts anew", () => {
  site(({ call, must }) => {
    const failed = (version: string, ...options: string[]) =>
      json(call("fail", version, "bad signature", "--stage", "install", "--json", ...options));
    assert.deepEqual(failed("2.0.0"), { schema: 1, version: "2.0.0", failures: 1, held: false });
    assert.equal(failed("v2.0.0").failures, 2);
    assert.equal(failed("3.0.0").failures, 1, "another version");
    assert.equal(failed("2.0.0").failures, 1, "not in a row");
    assert.equal(failed("2.0.0").held, false);
    assert.equal(failed("2.0.0").held, true);
    assert.equal(call("quarantine", "check", "2.0.0").code, 0);
    assert.equal(call("quarantine", "check", "3.0.0").code, 1, "the other is free");
    assert.match(json(call("quarantine", "list", "--json")).quarantined[0].reason, /not be installed: bad signature/);
    assert.equal(failed("4.0.0").failures, 1);
    must("confirm");
    assert.equal(failed("4.0.0").failures, 1, "a confirm forgets it");
    assert.equal(failed("4.0.0", "--max-attempts", "2").held, true);
    assert.equal(call("fail", "--stage", "install").code, 64, "which version?");
    assert.equal(call("fail", "one", "two").code, 64);
  });
});

test("quarantine clear lets go of these bytes only, or of everything", () => {
  site(({ call, must, file }) => {
    const [d1, d2] = [file("d1", "one"), file("d2", "two")];
    for (const bytes of [d1, d2]) must("quarantine", "add", "2.0.0", "--file", bytes);
    must("quarantine", "add", "3.0.0");
    assert.equal(json(call("quarantine", "clear", "2.0.0", "--file", file("d3", "three"), "--json")).cleared, false);
    must("quarantine", "clear", "2.0.0", "--file", d1);
    assert.equal(call("quarantine", "check", "2.0.0", "--file", d1).code, 1);
    assert.equal(call("quarantine", "check", "2.0.0", "--file", d2).code, 0);
    must("quarantine", "clear", "2.0.0", "--file", d2);
    assert.deepEqual(json(call("quarantine", "list", "--json")).quarantined.length, 1, "no bytes of it are held");
    assert.deepEqual(json(call("quarantine", "clear", "--all", "--json")).cleared, ["3.0.0"]);
    assert.equal(call("quarantine", "check", "3.0.0").code, 1);
    assert.equal(call("quarantine", "clear").code, 64);
  });
});
