/** On a disk that is really full. @module */
import assert from "node:assert/strict";
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { cannotMount, fill, withTmpfs } from "../support/mounts.ts";
import { BAD, GOOD, sha256, type Site, siteAt, text } from "../support/site.ts";

const skip = cannotMount;
const PADDING = "#".repeat(1 << 20);

function onTmpfs(use: (site: Site) => void): void {
  withTmpfs("8m", ({ dir }) => use(siteAt(dir)));
}

test("on a full disk the attempts are counted and the restore works", { skip }, () => {
  onTmpfs(({ dir, exe, file, must, boot, status }) => {
    writeFileSync(exe, `${GOOD}exit\n${PADDING}`);
    must("confirm", "--app-version", "1.0.0");
    must("swap", file("v2", BAD), "--to", "2.0.0");
    fill(dir);
    for (let attempt = 1; attempt <= 3; attempt++) {
      assert.match(boot().stderr, new RegExp(`attempt ${attempt} of 3`));
      assert.equal(status().pending.attempts, attempt);
    }
    const { stdout, stderr } = boot();
    assert.equal(stdout, "good\n", stderr);
    assert.equal(status().state, "rolled-back");
    assert.equal(boot().stdout, "good\n");
  });
});

test(
  "a quarantine that a full disk refused is in force at once and written by the first boot with room",
  { skip },
  () => {
    onTmpfs(({ dir, file, must, call, crashLoop, boot }) => {
      must("confirm");
      const v2 = file("v2", BAD);
      must("swap", v2, "--to", "2.0.0");
      rmSync(join(dir, ".boot-spare")); // with it the quarantine would be written at once
      const filler = fill(dir);
      const { stdout, stderr } = crashLoop();
      assert.equal(stdout, "good\n");
      assert.match(stderr, /Cannot quarantine 2\.0\.0 now: .*no space left/);
      assert.ok(!readdirSync(dir).includes(".boot-quarantine.json"));
      assert.equal(call("quarantine", "check", "2.0.0").code, 0, "it is held all the same");
      assert.equal(boot().stdout, "good\n");
      rmSync(filler);
      assert.equal(boot().stdout, "good\n");
      assert.match(text(join(dir, ".boot-quarantine.json")), /2\.0\.0/);
      assert.equal(call("swap", v2, "--to", "2.0.0").code, 1);
    });
  },
);

for (const [verb, ...words] of [["arm", "2.0.0"], ["swap", "v2", "--to", "2.0.0"]] as const) {
  test(`${verb} without room does all or nothing, and leaves nothing half-made behind`, { skip }, () => {
    let refused = 0;
    // From no room at all to room for the copy and a few of the small files.
    for (const leave of [0, ...[0, 1, 2, 3, 4].map((pages) => PADDING.length + (pages + 1) * 4096)]) {
      onTmpfs(({ dir, exe, call, status }) => {
        writeFileSync(exe, `${GOOD}exit\n${PADDING}`);
        writeFileSync(join(dir, "v2"), `${BAD}exit\n${PADDING}`, { mode: 0o755 });
        const before = sha256(exe);
        fill(dir, leave);
        const { code, stderr } = call(verb, ...words.map((word) => word === "v2" ? join(dir, "v2") : word));
        assert.deepEqual(readdirSync(dir).filter((name) => /tmp/.test(name)), []);
        if (code === 0) return assert.equal(status().pending.version, "2.0.0");
        refused++;
        assert.equal(code, 74);
        assert.match(stderr, /Cannot (copy|write) .*: no space left/);
        assert.equal(sha256(exe), before);
        assert.equal(status().pending, null);
      });
    }
    assert.ok(refused >= 2, "without room for the copy, and without room for the state");
  });
}

test("a full disk never tears a state file that grows", { skip }, () => {
  onTmpfs(({ dir, must, call }) => {
    const path = join(dir, ".boot-quarantine.json");
    const versions = Array.from({ length: 232 }, (_, i) => `0.0.${i}-${"x".repeat(60)}`).join('","');
    writeFileSync(path, `{"versions":["${versions}"]}`.padEnd(16_384));
    const before = text(path);
    assert.equal(before.length, 16_384);
    fill(dir);
    const { code, stderr } = call("quarantine", "add", "2.0.0", "--reason", "y".repeat(4000));
    assert.equal(code, 74, stderr);
    assert.ok(text(path) === before, "the old quarantine is whole");
    assert.equal(must("quarantine", "check", `0.0.7-${"x".repeat(60)}`), `0.0.7-${"x".repeat(60)} is quarantined\n`);
  });
});
