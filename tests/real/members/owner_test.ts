/** Members in folders of other users. @module */
import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { must as tool } from "../../support/mounts.ts";
import { NOBODY } from "../../support/other_user/as_user.ts";
import { assertUntouched, inHostileFolder, SECRET, skip } from "../../support/other_user/hostile_folder.ts";
import { BAD, GOOD, site, siteAt, text } from "../../support/site.ts";

test("a user's state neither keeps nor replaces a file of root's as a member", { skip }, () => {
  inHostileFolder((place) => {
    const update = place.file("update", BAD);
    place.call("confirm", "--with", place.secret);
    assert.ok(!existsSync(join(place.dir, ".boot-members")), "a copy of it was kept in the user's folder");
    const swap = place.call(
      "swap",
      update,
      "--to",
      "2",
      "--with",
      place.secret,
      "--with-file",
      `${place.secret}=${update}`,
    );
    assert.deepEqual([swap.code, /can be changed by a user who may not change/.test(swap.stderr)], [1, true]);
    assertUntouched(place);
  });
});

test("a member in a user's folder is put back as the user's, and through no link of the user's", { skip }, () => {
  inHostileFolder((place) => {
    const root = join(place.dir, "..");
    const own = siteAt(join(root, "own"));
    const [conf, brought] = [join(root, "conf"), own.file("new.toml", "of 2")];
    const member = join(conf, "app.toml");
    mkdirSync(conf);
    writeFileSync(member, "of 1");
    tool("chown", "-R", `${NOBODY}:${NOBODY}`, conf);
    const [one, both] = [["--with", member], ["--with", member, "--with", join(conf, "secret")]];
    own.must("confirm", ...both);
    const swap = () =>
      own.must("swap", own.file("v2", BAD), "--to", "2", ...one, "--with-file", `${member}=${brought}`);
    swap();
    assert.equal(text(member), "of 2");
    own.must("rollback", ...one);
    assert.deepEqual([text(member), statSync(member).uid], ["of 1", NOBODY]);
    own.must("quarantine", "clear", "--all");
    swap();
    rmSync(member);
    symlinkSync(place.secret, member);
    assert.match(own.call("rollback", ...one).stderr, /is a symbolic link, which is not followed/);
    assertUntouched(place);
    rmSync(conf, { recursive: true });
    symlinkSync(join(root, "elsewhere"), conf);
    tool("chown", "-h", `${NOBODY}:${NOBODY}`, conf);
    own.call("confirm", ...both);
    own.call(
      "swap",
      own.file("v3", GOOD + "#"),
      "--to",
      "3",
      ...both,
      "--with-file",
      `${join(conf, "secret")}=${brought}`,
    );
    assertUntouched(place);
    const kept = readdirSync(join(own.dir, ".boot-members")).map((name) => text(join(own.dir, ".boot-members", name)));
    assert.ok(!kept.includes(SECRET), "a copy of the secret was kept");
  });
});

test(
  "a member behind a user's link into a folder of root's is said to be unusable, by status and doctor",
  { skip },
  () => {
    inHostileFolder((place) => {
      const root = join(place.dir, "..");
      const own = siteAt(join(root, "own"));
      const [home, elsewhere] = [join(root, "home"), join(root, "elsewhere")];
      const member = join(home, "conf", "app.toml");
      mkdirSync(join(home, "conf"), { recursive: true });
      writeFileSync(member, "of 1");
      tool("chown", "-R", `${NOBODY}:${NOBODY}`, home);
      own.must("confirm", "--with", member);
      rmSync(join(home, "conf"), { recursive: true });
      symlinkSync(elsewhere, join(home, "conf"));
      for (const command of ["status", "doctor"]) {
        const { stdout } = own.call(command, "--with", member);
        assert.match(stdout, /cannot be put back: .*a link of another user leads to /, command);
      }
      assertUntouched(place);
    });
  },
);

test("a member whose owner alone was changed is told as changed, and gets its owner back", { skip }, () => {
  site(({ dir, file, must }) => {
    const member = join(dir, "conf", "app.toml");
    mkdirSync(join(dir, "conf"));
    writeFileSync(member, "of 1");
    must("confirm", "--with", member);
    must("swap", file("v2", BAD), "--to", "2", "--with", member);
    const stateOf = () => JSON.parse(must("status", "--with", member, "--json")).members[0].state;
    assert.equal(stateOf(), "own");
    tool("chown", `${NOBODY}:${NOBODY}`, member);
    assert.equal(stateOf(), "changed");
    must("rollback", "--with", member);
    assert.deepEqual([statSync(member).uid, text(member), stateOf()], [0, "of 1", "own"]);
  });
});

const isPosix = process.platform === "win32" ? "Windows has no such modes" : false;

test("a member in a folder that others can write is refused", { skip: isPosix }, () => {
  site(({ dir, file, call, must }) => {
    const member = join(dir, "conf", "app.toml");
    mkdirSync(join(dir, "conf"));
    writeFileSync(member, "of 1");
    chmodSync(join(dir, "conf"), 0o777);
    must("confirm", "--with", member);
    assert.ok(!existsSync(join(dir, ".boot-members")));
    const swap = call(
      "swap",
      file("v2", BAD),
      "--to",
      "2",
      "--with",
      member,
      "--with-file",
      `${member}=${file("t", "2")}`,
    );
    assert.equal(swap.code, 1);
    assert.match(swap.stderr, /others than its owner can put files in .*conf \(mode 777\); .*chmod go-w /);
    assert.equal(text(member), "of 1");
  });
});
