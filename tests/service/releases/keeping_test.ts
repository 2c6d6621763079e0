/** What is kept of releases and what is removed, by the command line on a real disk. */
import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { filesLeft, removeLeft } from "../../../src/service/install/leave.ts";
import { nodeFs } from "../../../src/system/fs/node_fs.ts";
import { atSite } from "../../support/command_line.ts";

const skip = process.platform === "win32" ? "releases are for Linux" : false;

test(
  "releases that failed go in their order, and last-good outlives a clean-up by others",
  { skip },
  () =>
    atSite(async ({ dir, callWith }) => {
      const app = join(dir, "opt/app");
      const releases = `${app}.releases`;
      const call = async (...args: string[]) => {
        const words = args[0] === "adopt" ? args : [...args, "--guard", app, "--data-dir", join(dir, "state"), "--pin"];
        const answer = await callWith({}, ...words, ...args[0] === "adopt" ? [] : ["--keep", "1"]);
        assert.equal(answer.code, 0, [...answer.log, answer.stderr].join("\n"));
        return answer;
      };
      const makeRelease = (version: string) => {
        const path = join(dir, `new-${version}`);
        mkdirSync(join(path, "lib"), { recursive: true });
        writeFileSync(join(path, "lib/main.js"), version);
        return path;
      };
      mkdirSync(join(app, "lib"), { recursive: true });
      writeFileSync(join(app, "lib/main.js"), "0");
      await call("adopt", app);
      assert.match((await call("confirm")).log.join(), /Last-good is pinned: .* is a copy of 1 files with 1 bytes/);
      for (const version of ["1", "2"]) {
        await call("swap", makeRelease(version), "--to", version);
        await call("rollback");
        // The pinned copy, when release 0 is so young that another write could leave the same stamp.
        assert.equal(readFileSync(join(app, "lib/main.js"), "utf8"), "0");
      }
      await call("swap", makeRelease("3"), "--to", "3");
      const { log } = await call("confirm");
      assert.match(log.join(), /The release .*app\.releases\/1 was removed/);
      const named = () => readdirSync(releases).filter((name) => !name.startsWith("."));
      assert.deepEqual(named().sort(), ["0", "2", "3"]);

      // A clean-up by others takes all releases but the live one, which fails.
      await call("swap", makeRelease("4"), "--to", "4");
      for (const name of named()) if (name !== "4") rmSync(join(releases, name), { recursive: true });
      await call("rollback");
      assert.match(readlinkSync(app), /^app\.releases\/\.boot-sentinel-pinned-/);
      assert.equal(readFileSync(join(app, "lib/main.js"), "utf8"), "3");

      const fs = nodeFs();
      const left = filesLeft(fs, app, join(dir, "state"));
      assert.deepEqual(removeLeft(fs, left, join(dir, "state")), []);
      assert.deepEqual(readdirSync(join(dir, "opt")).sort(), ["app", "app.releases"]);
      assert.deepEqual(readdirSync(releases).sort(), [readlinkSync(app).slice("app.releases/".length), "4"]);
    }),
);
