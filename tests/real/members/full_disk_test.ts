/** Members on a disk that is really full. @module */
import assert from "node:assert/strict";
import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { cannotMount, fill, withTmpfs } from "../../support/mounts.ts";
import { sentinel } from "../../support/sentinel_process.ts";
import { BAD, siteAt, text } from "../../support/site.ts";

/** More than what is free for a moment while state files are replaced. */
const OF_1 = `of 1\n${"#".repeat(1 << 16)}`;

test("on a full disk a build comes back with its members, which are copied again once there is room", {
  skip: cannotMount,
}, () => {
  withTmpfs("8m", ({ dir }) => {
    const { exe, dataDir, file, must } = siteAt(dir);
    const member = join(dir, "etc", "app.toml");
    mkdirSync(dirname(member), { mode: 0o755 });
    writeFileSync(member, OF_1, { mode: 0o640 });
    const words = ["--with", member];
    must("confirm", ...words);
    must("swap", file("v2", BAD), "--to", "2", ...words, "--with-file", `${member}=${file("new.toml", "of 2")}`);
    const filler = fill(dir);
    const boot = () => sentinel(["run", "--data-dir", dataDir, "--confirm", "manual", ...words, "--", exe]);
    for (let attempt = 1; attempt <= 3; attempt++) assert.equal(boot().code, 1);
    const { stdout, stderr } = boot();
    assert.equal(stdout, "good\n", stderr);
    assert.deepEqual([text(member), statSync(member).mode & 0o777], [OF_1, 0o640]);
    rmSync(filler);
    must("confirm", ...words);
    writeFileSync(member, "edited in place");
    const kept = readdirSync(join(dir, ".boot-members")).map((name) => text(join(dir, ".boot-members", name)));
    assert.deepEqual(kept, [OF_1]);
  });
});
