/** Adopting a directory on a real disk. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { spawn } from "node:child_process";
import { chmodSync, chownSync, lstatSync, mkdirSync, readlinkSync, symlinkSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { adopt } from "../../../src/service/releases/adopt.ts";
import { nodeFs } from "../../../src/system/fs/node_fs.ts";
import { atSite } from "../../support/command_line.ts";
import { cannotMount, must, withTmpfs } from "../../support/mounts.ts";
import { NOBODY } from "../../support/other_user/as_user.ts";
import { inTempDir } from "../../support/temp.ts";

const isPosix = process.platform !== "win32";
const needsLinks = isPosix ? false : "Windows asks for a privilege to make links";
const needsRoot = process.geteuid?.() === 0 ? false : "only root can give files to others";

function makeApp(dir: string): string {
  const app = join(dir, "app");
  mkdirSync(join(app, "bin"), { recursive: true });
  writeFileSync(join(app, "bin/server"), "#!/bin/sh\necho one\n", { mode: 0o755 });
  symlinkSync("bin/server", join(app, "run"));
  return app;
}

test("a service that runs in an adopted directory goes on there", { skip: needsLinks }, () =>
  inTempDir(async (dir) => {
    const app = makeApp(dir);
    const service = spawn("/bin/sh", ["-c", "read line; ./run"], { cwd: app, stdio: ["pipe", "pipe", "inherit"] });
    await once(service, "spawn");
    adopt(nodeFs(), app, "linux");
    assert.equal(readlinkSync(app), "app.releases/0");
    service.stdin.end("\n");
    assert.equal(Buffer.from((await service.stdout.toArray())[0]).toString(), "one\n");
  }));

test("root adopts in another user's folder as that user", { skip: needsLinks || needsRoot }, () =>
  inTempDir((dir) => {
    const home = join(dir, "home");
    const app = makeApp(home);
    chmodSync(dir, 0o755);
    for (const path of [home, app]) chownSync(path, NOBODY, NOBODY);
    adopt(nodeFs(), app, "linux");
    assert.deepEqual([app, `${app}.releases`].map((path) => lstatSync(path).uid), [NOBODY, NOBODY]);
    const alien = makeApp(join(dir, "of-root"));
    chownSync(alien, NOBODY, NOBODY);
    assert.throws(() => adopt(nodeFs(), alien, "linux"), /belongs to a user who does not own the folder/);
  }));

test(
  "what is mounted in it would vanish with the next release",
  { skip: cannotMount },
  () =>
    withTmpfs("1m", ({ dir: mount }) => {
      assert.throws(() => adopt(nodeFs(), mount, "linux"), /is a mount point/);
      const parent = join(mount, "..");
      writeFileSync(join(parent, "server"), "");
      assert.throws(() => adopt(nodeFs(), parent, "linux"), /disk is a mount point; nothing was changed/);
    }),
);

test(
  "so would what is bound in it from the same disk, a directory or a file",
  { skip: cannotMount },
  () =>
    inTempDir((dir) => {
      const app = makeApp(dir);
      for (const below of ["bin", "bin/server"]) {
        const path = join(app, below);
        must("mount", "--bind", path, path);
        try {
          assert.throws(
            () => adopt(nodeFs(), app, "linux"),
            new RegExp(`${below} is a mount point; nothing was changed`),
          );
        } finally {
          must("umount", path);
        }
      }
      adopt(nodeFs(), app, "linux");
    }),
);

test(
  "adopt says the next commands, and a dry run changes nothing",
  { skip: needsLinks },
  () =>
    atSite(async ({ dir, call }) => {
      const app = makeApp(join(dir, "opt"));
      const dry = await call("adopt", app, "--dry-run");
      assert.match(dry.stderr, /would make the link .*app -> app\.releases\/0\n.*would put the directory of .*app at /);
      assert.equal(lstatSync(app).isDirectory(), true);
      const { code, stdout } = await call("adopt", app);
      assert.equal(code, 0);
      for (const next of [`install --drop-in UNIT --guard ${app} `, `swap FILE --to VERSION --guard ${app} `]) {
        assert.ok(stdout.includes(next), stdout);
      }
      const undo = /^ {2}(rm .*) {3}# undoes this$/m.exec(stdout)?.[1] ?? "";
      const shell = spawn("/bin/sh", ["-ec", undo], { stdio: "inherit" });
      assert.deepEqual(await once(shell, "exit"), [0, null]);
      assert.equal(lstatSync(app).isDirectory(), true);
      assert.equal((await call("adopt", app, "--json")).code, 0);
      assert.match((await call("adopt", app)).stdout, /Nothing was changed: .* already/);
    }),
);
