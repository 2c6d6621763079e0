/** Root lends itself the rights of the user in whose folder it works. @module */
import assert from "node:assert/strict";
import {
  chmodSync,
  chownSync,
  lchownSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { nodeFs } from "../../../mod.ts";
import { haveSameOwner, withRightsAt } from "../../../src/system/linux/owner_rights.ts";
import { DAEMON, NOBODY } from "../../support/other_user/as_user.ts";
import { inTempDir } from "../../support/temp.ts";

const skip = process.platform === "linux" && process.geteuid?.() === 0 ? false : "only root has rights to lend";

/** The effective user and group of this process, and its groups. */
function rights(): { uid: number; gid: number; groups: string } {
  const status = readFileSync("/proc/self/status", "utf8");
  const ids = (name: string) => Number(new RegExp(`^${name}:\\t\\d+\\t(\\d+)`, "m").exec(status)?.[1]);
  return { uid: ids("Uid"), gid: ids("Gid"), groups: /^Groups:\t(.*)$/m.exec(status)?.[1]?.trim() ?? "" };
}

interface Folders {
  readonly root: string;
  readonly nobodys: string;
  readonly daemons: string;
}

/** A folder of root's with one of each of two users. */
function inFolders(use: (folders: Folders) => void): void {
  inTempDir((root) => {
    chmodSync(root, 0o755);
    const folder = (name: string, id: number) => {
      mkdirSync(join(root, name));
      chownSync(join(root, name), id, id);
      return join(root, name);
    };
    use({ root, nobodys: folder("nobodys", NOBODY), daemons: folder("daemons", DAEMON) });
  });
}

function link(target: string, path: string, id: number): string {
  symlinkSync(target, path);
  lchownSync(path, id, id);
  return path;
}

test("work below a user's folder is done with that user's rights, and root's are taken back", { skip }, () => {
  inFolders(({ root, nobodys }) => {
    const before = rights();
    assert.equal(before.uid, 0);
    assert.deepEqual(withRightsAt(join(nobodys, "a/b/c"), rights), { uid: NOBODY, gid: NOBODY, groups: "" });
    assert.deepEqual(rights(), before);
    assert.deepEqual(withRightsAt(join(root, "file"), rights), before);
  });
});

test("root's rights are taken back when the work fails", { skip }, () => {
  inFolders(({ nobodys }) => {
    const before = rights();
    assert.throws(() =>
      withRightsAt(join(nobodys, "file"), () => {
        throw new Error("no");
      }), /^Error: no$/);
    assert.deepEqual(rights(), before);
  });
});

test("what is made below a user's folder is that user's, and what only root can read is not read", { skip }, () => {
  inFolders(({ root, nobodys }) => {
    const made = join(nobodys, "made");
    withRightsAt(made, () => writeFileSync(made, "x"));
    assert.deepEqual([statSync(made).uid, statSync(made).gid], [NOBODY, NOBODY]);
    const secret = join(root, "secret");
    writeFileSync(secret, "root's own", { mode: 0o600 });
    const leads = link(secret, join(nobodys, "link"), NOBODY);
    assert.throws(() => withRightsAt(leads, () => readFileSync(leads)), { code: "EACCES" });
    assert.throws(() => nodeFs().read(leads, 100), { name: "FsError", code: "denied" });
    assert.equal(new TextDecoder().decode(nodeFs().read(secret, 100)), "root's own");
  });
});

test("a user's link in a folder of root's is that user's to change", { skip }, () => {
  inFolders(({ root, nobodys }) => {
    const leads = link(root, join(root, "link"), NOBODY);
    assert.equal(withRightsAt(join(leads, "file"), rights).uid, NOBODY);
    assert.equal(withRightsAt(`${nobodys}/../file`, rights).uid, NOBODY);
    const roots = link(nobodys, join(root, "roots"), 0);
    assert.equal(withRightsAt(join(roots, "file"), rights).uid, NOBODY, "through root's own link, too");
  });
});

test("where two users can change the way, no work is done", { skip }, () => {
  inFolders(({ daemons, nobodys }) => {
    const leads = link(daemons, join(nobodys, "link"), NOBODY);
    let done = false;
    assert.throws(() => withRightsAt(join(leads, "file"), () => done = true), {
      name: "FsError",
      code: "denied",
      message: new RegExp(`users ${NOBODY} and ${DAEMON} can both change where that path leads`),
    });
    assert.equal(done, false);
  });
});

test("work for one user does not become work for another", { skip }, () => {
  inFolders(({ daemons, nobodys }) => {
    const before = rights();
    withRightsAt(join(nobodys, "one"), () => {
      assert.equal(withRightsAt(join(nobodys, "two"), rights).uid, NOBODY);
      assert.equal(rights().uid, NOBODY, "the inner work does not end the outer one");
    });
    const mixed = () => withRightsAt(join(nobodys, "one"), () => withRightsAt(join(daemons, "two"), rights));
    assert.throws(mixed, { name: "FsError", code: "denied" });
    assert.deepEqual(rights(), before);
  });
});

test("a loop of links is nobody's, and ends", { skip }, () => {
  inFolders(({ nobodys }) => {
    const one = join(nobodys, "one");
    link(join(nobodys, "two"), one, NOBODY);
    link(one, join(nobodys, "two"), NOBODY);
    assert.equal(withRightsAt(join(one, "file"), rights).uid, NOBODY);
    assert.throws(() => nodeFs().read(join(one, "file"), 10), { name: "FsError" });
  });
});

test("two paths have one owner when the same user can change both", { skip }, () => {
  inFolders(({ root, daemons, nobodys }) => {
    assert.ok(haveSameOwner(join(root, "a"), join(root, "b")));
    assert.ok(haveSameOwner(join(nobodys, "a"), join(nobodys, "b/c")));
    assert.ok(!haveSameOwner(join(nobodys, "a"), join(root, "a")));
    assert.ok(!haveSameOwner(join(nobodys, "a"), join(daemons, "a")));
    assert.throws(() => nodeFs().rename(join(nobodys, "a"), join(root, "a")), { name: "FsError", code: "denied" });
  });
});
