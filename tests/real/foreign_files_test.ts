/** Files of another user in a folder to which everybody can add files: root believes none of them. @module */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { DAEMON } from "../support/other_user/as_user.ts";
import { sentinel } from "../support/sentinel_process.ts";
import { GOOD, script, siteAt, text } from "../support/site.ts";
import { inTempDir } from "../support/temp.ts";

const skip = process.platform === "linux" && process.geteuid?.() === 0 ? false : "only root can give files away";

const EVIL = script("echo evil");

/** A folder like /tmp: everybody can add files. */
function inSharedFolder(use: (root: string, shared: string) => void): void {
  inTempDir((root) => {
    chmodSync(root, 0o755);
    const shared = join(root, "shared");
    mkdirSync(shared);
    chmodSync(shared, 0o1777);
    use(root, shared);
  });
}

function putAs(user: number, path: string, content: string, mode: number): string {
  writeFileSync(path, content);
  chownSync(path, user, user);
  chmodSync(path, mode);
  return path;
}

test("state that another user put into a shared folder decides nothing", { skip }, () => {
  inSharedFolder((root, shared) => {
    const { exe, boot, call } = siteAt(join(root, "app"), { dataDir: shared });
    const digestOf = (content: string) => createHash("sha256").update(content).digest("hex");
    const evil = putAs(DAEMON, join(shared, "app.last-good"), EVIL, 0o755);
    const lastGood = { version: "1.0.0", digest: digestOf(EVIL), size: EVIL.length, proven: true, path: evil };
    const record = { schema: 1, exe, lastGood };
    const armed = { schema: 1, version: "2.0.0", attempts: 9, failed: "x", digest: digestOf(GOOD) };
    putAs(DAEMON, join(shared, ".boot-record.json"), JSON.stringify(record), 0o644);
    putAs(DAEMON, join(shared, ".boot-sentinel.json"), JSON.stringify(armed), 0o644);
    for (let time = 1; time <= 2; time++) assert.equal(boot().stdout, "good\n");
    call("rollback");
    assert.equal(text(exe), GOOD);
  });
});

test("a configuration that another user put into a shared folder is refused, hooks and all", { skip }, () => {
  inSharedFolder((root, shared) => {
    const { boot, call, exe } = siteAt(join(root, "app"));
    const hooked = join(root, "hooked");
    const hooks = JSON.stringify({ hook: `touch ${hooked}`, beforeSwap: `touch ${hooked}` });
    const config = putAs(DAEMON, join(shared, "boot-sentinel.config.json"), hooks, 0o644);
    const { code, stderr } = call("confirm", "--config", config);
    assert.equal(code, 78);
    assert.match(stderr, /another user owns it, and its hooks are commands/);
    call("swap", exe, "--to", "2.0.0", "--config", config);
    assert.equal(boot("--config", config).stdout, "good\n", "the gate does without it");
    assert.ok(!existsSync(hooked));
  });
});

test("a marker of another user beside the program leads to no other state", { skip }, () => {
  inSharedFolder((root, shared) => {
    const other = join(root, "other");
    mkdirSync(other);
    chownSync(other, DAEMON, DAEMON);
    const { exe } = siteAt(shared);
    putAs(DAEMON, `${exe}.boot-sentinel`, JSON.stringify({ dataDir: other }), 0o644);
    const { code, stderr } = sentinel(["confirm", "--exe", exe], { under: ["env", "-u", "STATE_DIRECTORY"] });
    assert.equal(code, 0, stderr);
    assert.deepEqual(readdirSync(other), []);
    assert.equal(text(`${exe}.last-good`), GOOD);
  });
});
