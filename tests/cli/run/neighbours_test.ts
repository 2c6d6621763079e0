/** What lies beside the program, or claims to: another program's state, files that nobody can read or should believe. */
import assert from "node:assert/strict";
import { chmodSync, existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import type { Problem } from "../../../src/core/problem.ts";
import { atSite, BAD, GOOD } from "../../support/command_line.ts";

const posix = { skip: process.platform === "win32" ? "Windows has access lists instead of modes" : false };

test("a second program in the same folder is not put back from the first one's last-good, and is told why", async () => {
  await atSite(async ({ file, call, callWith }) => {
    await call("confirm");
    const mail = file("mail", BAD);
    const other = (...words: string[]) => callWith({ env: { BOOT_SENTINEL_EXE: mail } }, ...words);
    for (let boot = 1; boot <= 4; boot++) {
      const { code, log } = await other("check");
      assert.equal(code, 0);
      assert.match(log.join("\n"), /about another program.*--data-dir/);
    }
    assert.equal(readFileSync(mail, "utf8"), BAD);
    for (const words of [["confirm"], ["arm", "2"], ["swap", file("v2", GOOD + "#2"), "--to", "2"], ["rollback"]]) {
      assert.notEqual((await other(...words)).code, 0, words.join(" "));
    }
    assert.equal((await other("quarantine", "check", "2")).code, 74);
    assert.equal((await call("check")).code, 0);
    assert.equal((await call("confirm")).code, 0, "the first one's state is its own still");
  });
});

test("a program that was renamed takes its state along", async () => {
  await atSite(async ({ exe, dir, call, callWith }) => {
    await call("confirm", "--app-version", "1.0.0");
    const renamed = join(dir, "renamed");
    renameSync(exe, renamed);
    const { stdout } = await callWith({ env: { BOOT_SENTINEL_EXE: renamed } }, "status", "--json");
    // Its last-good does not have its new name, so it is none of its builds.
    const { problems } = JSON.parse(stdout);
    assert.deepEqual(problems.map(({ code }: Problem) => code), ["not-protected-yet"]);
  });
});

test("a quarantine that nobody can tell frees nothing", posix, async () => {
  await atSite(async ({ dir, call, file }) => {
    const path = join(dir, ".boot-quarantine.json");
    await call("confirm");
    await call("quarantine", "add", "2.0.0");
    chmodSync(path, 0o666);
    const { code, log } = await call("quarantine", "check", "2.0.0");
    assert.equal(code, 74);
    assert.match(log.join("\n"), /Cannot tell what is quarantined/);
    assert.equal((await call("quarantine", "list")).code, 74);
    assert.equal((await call("swap", file("v2", GOOD + "#2"), "--to", "2.0.0")).code, 74);
    chmodSync(path, 0o600);
    writeFileSync(path, '{"schema":9,"versions":[]}');
    assert.equal((await call("quarantine", "check", "2.0.0")).code, 74, "a newer program's");
    writeFileSync(path, "{{");
    assert.match((await call("quarantine", "check", "2.0.0")).log.join("\n"), /it counts as empty/);
  });
});

test("a configuration that others can write is not used: its hooks are commands", posix, async () => {
  await atSite(async ({ dir, call }) => {
    const path = join(dir, "boot-sentinel.config.json");
    writeFileSync(path, '{"maxAttempts":9}', { mode: 0o600 });
    assert.equal((await call("config", "validate")).code, 0);
    chmodSync(path, 0o666);
    assert.equal((await call("config", "validate")).code, 78);
    const { code, log } = await call("check");
    assert.equal(code, 0, "the gate goes on without it");
    assert.match(log.join("\n"), /other users can write it/);
  });
});

test("a quarantined build never becomes last-good", async () => {
  await atSite(async ({ exe, file, call }) => {
    const install = (name: string, content: string) => call("swap", file(name, content), "--to", name);
    writeFileSync(exe, "");
    await install("bad", BAD);
    for (let boot = 1; boot <= 4; boot++) await call("check");
    assert.equal((await call("quarantine", "check", "bad")).code, 0);
    assert.equal((await install("good", GOOD + "# new\n")).code, 0);
    assert.equal(JSON.parse((await call("status", "--json")).stdout).lastGood, null);
    assert.ok(!existsSync(`${exe}.last-good`));
  });
});

test("swap takes programs only: no text, whatever its rights, and no device", posix, async () => {
  await atSite(async ({ exe, dir, call }) => {
    const text = join(dir, "text");
    writeFileSync(text, "hello\n", { mode: 0o644 });
    for (const path of [text, "/dev/null", dir]) {
      const { code, log } = await call("swap", path, "--to", "2.0.0");
      assert.equal(code, 1, path);
      assert.match(log.join("\n"), /is not a program.*unchanged/);
    }
    assert.equal(readFileSync(exe, "utf8"), GOOD);
  });
});

test("an older build that is asked for by name is let out of quarantine", async () => {
  await atSite(async ({ file, call }) => {
    await call("confirm", "--app-version", "1.0.0");
    await call("swap", file("v2", GOOD + "# 2\n"), "--to", "2.0.0");
    await call("check");
    await call("confirm");
    assert.match((await call("rollback")).log.join("\n"), /rollback --to VERSION .*kept: 1\.0\.0/);
    assert.equal((await call("rollback", "--to", "1.0.0")).code, 0);
    assert.equal((await call("quarantine", "check", "2.0.0")).code, 0);
    assert.equal((await call("rollback", "--to", "2.0.0")).code, 0);
    assert.equal((await call("quarantine", "check", "2.0.0")).code, 1);
  });
});
