/** What makes a program what it is, beside its bytes. @module */
import assert from "node:assert/strict";
import { chmodSync, chownSync, copyFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { cannotMount, lacks, must as tool, withTmpfs } from "../support/mounts.ts";
import { asUser, NOBODY } from "../support/other_user/as_user.ts";
import { runProcess, sentinelWords } from "../support/sentinel_process.ts";
import { BAD, GOOD, script, type Site, site, text } from "../support/site.ts";

const notRoot = process.geteuid?.() === 0 ? false : "only root can give files away and set capabilities";

/** The program, then what `facts` says of it, after every step of an update that fails. */
function throughAnUpdate(prepare: (exe: string) => void, facts: (path: string) => string): void {
  for (const way of ["swap", "arm"]) {
    site(({ exe, file, must }: Site) => {
      prepare(exe);
      const before = facts(exe);
      assert.notEqual(before, "", "there is something to keep");
      must("confirm");
      assert.equal(facts(`${exe}.last-good`), before, "confirm");
      if (way === "swap") {
        must("swap", file("v2", BAD), "--to", "2.0.0");
        assert.equal(facts(exe), before, "the update has them, too");
      } else {
        must("arm", "2.0.0");
        rmSync(exe);
        copyFileSync(file("v2", BAD), exe);
      }
      assert.equal(facts(`${exe}.last-good`), before, way);
      must("rollback");
      assert.equal(text(exe), GOOD);
      assert.equal(facts(exe), before, "rollback");
      assert.equal(facts(`${exe}.last-good`), before, "rollback");
    });
  }
}

const modeAndOwner = (path: string) => {
  const { mode, uid, gid } = statSync(path);
  return `${(mode & 0o7777).toString(8)} ${uid}:${gid}`;
};

for (const mask of [0o022, 0o400, 0o777]) {
  test(`setgid, mode and owner stay through an update under umask ${mask.toString(8)}`, { skip: notRoot }, () => {
    const before = process.umask(mask);
    try {
      // The directory of the test itself has to be usable.
      throughAnUpdate((exe) => {
        chownSync(exe, 1234, 4321);
        chmodSync(exe, 0o2750);
      }, modeAndOwner);
    } finally {
      process.umask(before);
    }
  });
}

test("a program without a write bit is updated and put back", () => {
  throughAnUpdate((exe) => chmodSync(exe, 0o555), (path) => (statSync(path).mode & 0o777).toString(8));
});

test("file capabilities stay through an update", { skip: notRoot || lacks("setcap", "getcap") }, () => {
  throughAnUpdate(
    (exe) => tool("setcap", "cap_net_bind_service=ep", exe),
    (path) => tool("getcap", path).replace(path, "").trim(),
  );
});

test("access lists stay through an update", { skip: lacks("setfacl", "getfacl") }, () => {
  throughAnUpdate(
    (exe) => tool("setfacl", "-m", "u:1234:rx", exe),
    (path) => tool("getfacl", "-cp", path),
  );
});

test("a security label stays through an update", { skip: notRoot || lacks("setfattr", "getfattr") }, () => {
  throughAnUpdate(
    (exe) => tool("setfattr", "-n", "security.selinux", "-v", "system_u:object_r:bin_t:s0", exe),
    (path) => tool("getfattr", "--only-values", "-n", "security.selinux", path),
  );
});

test("a program being executed is replaced and put back; the old process is unharmed", () => {
  site(({ exe, file, must, crashLoop }) => {
    copyFileSync("/bin/sleep", exe);
    chmodSync(exe, 0o755);
    must("confirm");
    // Its own output tells that it runs; it ends when the test closes its input.
    const running = runProcess("/bin/sh", [
      "-c",
      'exe=$1; shift; "$exe" 60 & pid=$!; "$@"; kill -0 $pid && readlink /proc/$pid/exe; kill $pid',
      "sh",
      exe,
      ...sentinelWords(),
      ...["swap", file("v2", BAD), "--to", "2.0.0", "--exe", exe, "--quiet"],
    ]);
    assert.match(running.stdout, /app/, running.stderr);
    crashLoop();
    assert.deepEqual(runProcess(exe, ["0"]).code, 0);
  });
});

test("a service's user updates a program of root's: its own copy is kept, nothing is lost", { skip: notRoot }, () => {
  site(({ dir, exe, file }) => {
    // The kernel refuses a second name for another user's file (protected_hardlinks).
    const v2 = file("v2", script("echo two; exit 1"));
    chownSync(dir, NOBODY, NOBODY);
    const about = ["--exe", exe, "--data-dir", join(dir, "state")];
    asUser(NOBODY, (nobody) => {
      assert.equal(nobody.sentinel(["swap", v2, "--to", "2.0.0", ...about]).stderr, "");
      assert.equal(text(`${exe}.last-good`), GOOD);
      const boot = () =>
        nobody.sentinel(["run", "--confirm", "manual", "--data-dir", join(dir, "state"), "--", exe]).stdout;
      for (let attempt = 1; attempt <= 3; attempt++) assert.equal(boot(), "two\n");
      assert.equal(boot(), "good\n");
    });
  });
});

test(
  "the program and its state on two file systems: arm, swap, restore and rollback work",
  { skip: cannotMount },
  () => {
    withTmpfs("4m", (program) => {
      withTmpfs("4m", (state) => {
        const exe = join(program.dir, "app");
        writeFileSync(exe, GOOD, { mode: 0o755 });
        const call = (...args: string[]) => {
          const { code, stdout, stderr } = runProcess(sentinelWords()[0] ?? "", [...sentinelWords().slice(1), ...args]);
          return { code, stdout, stderr };
        };
        const about = ["--exe", exe, "--data-dir", state.dir];
        const boot = () => call("run", "--confirm", "manual", "--data-dir", state.dir, "--", exe);
        const update = join(state.dir, "v2"); // a download on yet another disk than the program
        writeFileSync(update, BAD, { mode: 0o755 });
        assert.equal(call("arm", "2.0.0", ...about).code, 0);
        writeFileSync(exe, BAD);
        for (let attempt = 1; attempt <= 3; attempt++) boot();
        assert.equal(boot().stdout, "good\n");
        writeFileSync(update, script("echo three"), { mode: 0o755 });
        assert.equal(call("swap", update, "--to", "3.0.0", ...about).code, 0);
        assert.equal(boot().stdout, "three\n");
        assert.equal(call("rollback", ...about).code, 0);
        assert.equal(boot().stdout, "good\n");
      });
    });
  },
);
