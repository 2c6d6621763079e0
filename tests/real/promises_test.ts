/** What the manual promises, told of real processes. @module */
import assert from "node:assert/strict";
import { chmodSync, existsSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { lacks } from "../support/mounts.ts";
import { onPosix } from "../support/scripts.ts";
import { sentinel } from "../support/sentinel_process.ts";
import { BAD, GOOD, script, sha256, type Site, site, text } from "../support/site.ts";

const test = onPosix("its programs are commands of sh");

/** Without the id by which systemd names a start: the tests may themselves run in a unit. */
const WITHOUT_UNIT = ["env", "-u", "INVOCATION_ID", "-u", "STATE_DIRECTORY"];

/** What systemd passes to `ExecStopPost=` when a signal has ended the service. */
const ENDED_BY_TERM = { SERVICE_RESULT: "success", EXIT_CODE: "killed", EXIT_STATUS: "TERM" };

function stopped({ exe, dir }: Site, env: Record<string, string>): string {
  const args = ["stopped", "--unit", "no-such.service", "--exe", exe, "--data-dir", dir];
  const { code, stderr } = sentinel(args, { env, under: WITHOUT_UNIT });
  assert.equal(code, 0, stderr);
  return stderr;
}

test("a build that ends itself by SIGTERM, of which no stop was asked, is rolled back", () => {
  site((one) => {
    one.must("confirm");
    one.must("swap", one.file("v2", script("kill -TERM $$")), "--to", "2.0.0");
    for (let attempt = 1; attempt <= 3; attempt++) {
      assert.equal(one.boot().signal, "SIGTERM");
      assert.doesNotMatch(stopped(one, ENDED_BY_TERM), /does not count/);
      assert.equal(one.status().pending.attempts, attempt);
    }
    assert.equal(one.boot().stdout, "good\n");
  });
});

test("what was quarantined stays quarantined, however long the reasons are", () => {
  site(({ dir, must, call, file, exe, crashLoop }) => {
    must("confirm");
    for (let n = 1; n <= 10; n++) must("quarantine", "add", `0.0.${n}`, "--reason", "x".repeat(115_000));
    for (let n = 1; n <= 10; n++) assert.equal(call("quarantine", "check", `0.0.${n}`).code, 0, `0.0.${n}`);
    must("swap", file("v2", BAD), "--to", "2.0.0");
    must("fail", "y".repeat(115_000));
    assert.equal(crashLoop().stdout, "good\n");
    assert.equal(text(exe), GOOD);
    assert.equal(call("quarantine", "check", "2.0.0").code, 0);
    assert.ok(text(join(dir, ".boot-quarantine.json")).length < 1 << 20, "it can be read again");
  });
});

test("a quarantine that a limit of file sizes cuts short stays as it was", { skip: lacks("prlimit") }, () => {
  site(({ dir, exe, must, call }) => {
    for (let n = 1; n <= 3; n++) must("quarantine", "add", `0.0.${n}`);
    const before = text(join(dir, ".boot-quarantine.json"));
    const { code } = sentinel(["quarantine", "clear", "0.0.2", "--exe", exe, "--data-dir", dir], {
      under: ["prlimit", "--fsize=100"],
      timeoutMs: 30_000,
    });
    assert.notEqual(code, 0);
    assert.equal(text(join(dir, ".boot-quarantine.json")), before);
    for (let n = 1; n <= 3; n++) assert.equal(call("quarantine", "check", `0.0.${n}`).code, 0);
  });
});

test("a hook after a rollback that was cut short is made up for once, though the folder was moved", () => {
  site(({ dir, exe, must, boot }) => {
    must("confirm");
    const owed = { event: "rolled-back", time: "2026-01-01T00:00:00Z", version: "2.0.0", other: "1.0.0", exe };
    writeFileSync(join(dir, ".boot-rollback-hook.json"), JSON.stringify({ ...owed, dataDir: "/old/place" }));
    const ran = join(dir, "ran");
    for (let time = 1; time <= 3; time++) boot("--after-rollback-hook", `echo "$BOOT_SENTINEL_FROM" >> ${ran}`);
    assert.equal(text(ran), "2.0.0\n");
    assert.ok(!existsSync("/old/place"));
  });
});

/** A title and a line of its own for a terminal, in C0 and in C1 controls. */
const STEERING = "2\u001b]0;x\u0007\n\u009b31m\rboot-sentinel: forged";

// deno-lint-ignore no-control-regex
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\u202e]|^boot-sentinel: forged/m;

test("no control character of a version, a reason or a path reaches the terminal", () => {
  site(({ dir, call, must, boot, file }) => {
    must("confirm");
    const answers = [
      call("swap", file("v2", BAD), "--to", STEERING),
      call("quarantine", "add", STEERING, "--reason", STEERING),
      call("arm", STEERING),
      call("swap", join(dir, STEERING), "--to", "3.0.0"),
    ];
    // What another program wrote.
    const sentinelFile = join(dir, ".boot-sentinel.json");
    const armed = existsSync(sentinelFile) ? JSON.parse(text(sentinelFile)) : { attempts: 0 };
    writeFileSync(sentinelFile, JSON.stringify({ ...armed, version: STEERING, failed: STEERING }), { mode: 0o600 });
    writeFileSync(
      join(dir, ".boot-quarantine.json"),
      JSON.stringify({
        versions: [STEERING],
        entries: [{ version: STEERING, reason: STEERING, attempts: 1, time: "x" }],
      }),
      { mode: 0o600 },
    );
    const show = () => [["status"], ["history"], ["quarantine", "list"], ["doctor"]].map((words) => call(...words));
    answers.push(...show(), boot(), call("fail", STEERING), boot(), ...show());
    for (const { stdout, stderr } of answers) {
      assert.doesNotMatch(stdout, CONTROLS);
      assert.doesNotMatch(stderr, CONTROLS);
    }
    assert.ok(answers.some(({ stdout, stderr }) => /\\x1b/.test(stdout + stderr)), "they are shown as escapes");
  });
});

test("a build whose mode forbids to execute it is rolled back, and its bytes are not quarantined", () => {
  site(({ exe, must, boot, status, file }) => {
    must("confirm");
    const v2 = script("echo two");
    const install = (mode: number) => {
      const path = file("new", v2);
      chmodSync(path, mode);
      renameSync(path, exe);
    };
    install(0o644);
    const { stdout, stderr } = boot();
    assert.equal(stdout, "good\n");
    assert.match(stderr, /chmod \+x/);
    assert.deepEqual(status().quarantined, []);
    install(0o755);
    assert.equal(boot().stdout, "two\n");
    assert.equal(status().pending.attempts, 1);
  });
});

test("a swap of the bytes that are live and confirmed says that nothing was changed, and changes nothing", () => {
  site(({ exe, must, call, status, file }) => {
    must("confirm", "--app-version", "1.0.0");
    const before = sha256(exe);
    const { code, stdout } = call("swap", file("same", GOOD), "--to", "3.0.0");
    assert.equal(code, 0);
    assert.match(stdout, /^Nothing was changed: .* has these bytes already; they are known as 1\.0\.0, confirmed/);
    assert.doesNotMatch(stdout, /probation/);
    const { state, pending, lastGood } = status();
    assert.deepEqual([state, pending, lastGood.version], ["steady", null, "1.0.0"]);
    assert.equal(sha256(exe), before);
  });
});

for (const when of ["before it is installed", "again after it was installed"]) {
  test(`a version that is armed twice, ${when}, keeps its name`, () => {
    site(({ exe, must, call, boot, file }) => {
      must("confirm");
      must("arm", "2.0.0");
      const install = () => renameSync(file("v2", BAD), exe);
      if (when.startsWith("again")) install();
      must("arm", "2.0.0");
      install();
      for (let attempt = 1; attempt <= 4; attempt++) boot();
      assert.equal(text(exe), GOOD);
      assert.equal(call("quarantine", "check", "2.0.0").code, 0);
    });
  });
}
