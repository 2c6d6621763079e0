/** `--data` by the commands, over a real disk. @module */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  statfsSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { EXIT } from "../../src/core/exit_codes.ts";
import { atSite, BAD, type Site } from "../support/command_line.ts";
import { inTempDir } from "../support/temp.ts";

const skip = process.platform !== "linux"
  ? "snapshots of data are taken on Linux only"
  : inTempDir((dir) => statfsSync(dir).type === 0x794c7630) && "there is no temporary folder but on an overlay";

interface WithData extends Site {
  /** A command with the data named. */
  about(command: string, ...args: string[]): ReturnType<Site["call"]>;
  readonly db: { read(): string; write(text: string): void };
  /** The names beside the data. */
  beside(): string[];
}

/** A confirmed program with a state of its own and data. */
function withData(use: (site: WithData) => Promise<void>): Promise<void> {
  return atSite(async (site) => {
    const home = join(site.dir, "var");
    const data = join(home, "app");
    mkdirSync(data, { recursive: true });
    const file = join(data, "db");
    writeFileSync(file, "of 1");
    const about: WithData["about"] = (command, ...args) => site.call(command, ...args, "--data", data);
    assert.equal((await about("confirm")).code, 0);
    await use({
      ...site,
      about,
      db: { read: () => readFileSync(file, "utf8"), write: (text) => writeFileSync(file, text) },
      beside: () => readdirSync(home).sort(),
    });
  });
}

test(
  "a build that migrates its data and is never confirmed comes back with its old data",
  { skip },
  () =>
    withData(async ({ dir, about, call, file, db, beside }) => {
      assert.equal((await about("swap", file("v2", BAD), "--to", "2.0.0")).code, 0);
      for (let boot = 1; boot <= 3; boot++) {
        assert.equal((await about("check")).code, 0);
        db.write("of 2");
      }
      assert.match((await call("status")).stdout, /^data +\S+\/var\/app from .* {2}4 B {2}kept at /m);
      const { code, log } = await about("check");
      assert.deepEqual([code, db.read()], [EXIT.rolledBack, "of 1"], log.join("\n"));
      const [kept, aside = "", ...others] = beside();
      assert.deepEqual([kept, others], ["app", []]);
      assert.match(aside, /^app\.boot-sentinel-2\.0\.0-\d{8}T\d{6}Z$/);
      assert.equal(readFileSync(join(dir, "var", aside, "db"), "utf8"), "of 2");
      assert.ok((await call("history")).stdout.includes(`the newer ones lie at ${join(dir, "var", aside)}`));
    }),
);

test(
  "a confirm drops the snapshot, also without the option, and keeps the data",
  { skip },
  () =>
    withData(async ({ about, call, file, db, beside }) => {
      await about("swap", file("v2", "#!/bin/sh\n"), "--to", "2.0.0");
      await about("check");
      db.write("of 2");
      assert.equal(beside().length, 2);
      assert.equal((await call("confirm")).code, 0);
      assert.deepEqual([beside(), db.read()], [["app"], "of 2"]);
    }),
);

test(
  "a rollback by hand puts the data back, which a dry run only tells",
  { skip },
  () =>
    withData(async ({ about, call, file, db, beside }) => {
      await about("swap", file("v2", BAD), "--to", "2.0.0");
      await about("check");
      db.write("of 2");
      const before = beside();
      assert.match(
        (await call("rollback", "--dry-run")).stderr,
        /would move \S+\/var\/app to \S+\/app\.boot-sentinel-2/,
      );
      assert.deepEqual([beside(), db.read()], [before, "of 2"]);
      const { code, stdout } = await call("rollback");
      assert.deepEqual([code, db.read()], [0, "of 1"]);
      assert.match(stdout, /are those of .* again, and the newer ones lie at .*; restart the service/);
    }),
);

test(
  "a rollback that was cut off between its two renames is completed by the next boot, not while the newer data are in use",
  { skip },
  () =>
    withData(async ({ dir, about, file, db, beside }) => {
      await about("swap", file("v2", BAD), "--to", "2.0.0");
      for (let boot = 1; boot <= 3; boot++) await about("check");
      const [data, aside] = ["app", "app.boot-sentinel-2.0.0-20260101T000000Z"].map((name) => join(dir, "var", name));
      db.write("of 2");
      renameSync(data ?? "", aside ?? "");
      const state = join(dir, ".boot-sentinel.json");
      const armed = JSON.parse(readFileSync(state, "utf8"));
      writeFileSync(state, JSON.stringify({ ...armed, data: { ...armed.data, aside } }));
      const child = spawn("/bin/sh", ["-c", `exec 3>>"${aside}/db"; echo ready; read wait`]);
      await once(child.stdout, "data");
      assert.match((await about("check")).log.join("\n"), /process \d+ \(sh\) is at work with it/);
      child.stdin.end("\n");
      await once(child, "exit");
      const { code, log } = await about("check");
      assert.deepEqual([code, db.read()], [EXIT.rolledBack, "of 1"], log.join("\n"));
      assert.equal(beside().length, 2);
    }),
);

test(
  "data that cannot be kept are refused by an update, and doctor says why",
  { skip },
  () =>
    withData(async ({ dir, call, about, file }) => {
      const update = file("v2", BAD);
      for (
        const [path, why] of [[dir, /the program \S+ lies in it/], ["/", /root directory/], [
          update,
          /no.* directory/,
        ]] as const
      ) {
        const { code, log } = await call("swap", update, "--to", "2.0.0", "--data", path);
        assert.notEqual(code, 0);
        assert.match(log.join("\n"), why);
        assert.match((await call("doctor", "--data", path)).stdout, why);
      }
      assert.match((await call("doctor", "--data", join(dir, "none"))).stdout, /is not there yet/);
      assert.match((await about("doctor")).stdout, /app has 4 bytes in 1 files/);
      const small = (await about("doctor", "--data-budget", "3")).stdout;
      assert.match(small, /shares their blocks|more than --data-budget 3, /);
      assert.match((await call("status", "--json")).stdout, /"pending":null/);
    }),
);

/** Release 1 is confirmed; then the link was flipped to release 2 by somebody else. A command about it, with `data`. */
function flipped(
  data: string,
  use: (about: (command: string) => ReturnType<Site["call"]>, dir: string) => Promise<void>,
) {
  return atSite(async ({ dir, callWith }) => {
    const link = join(dir, "current");
    for (const version of ["1", "2"]) {
      mkdirSync(join(dir, "releases", version), { recursive: true });
      writeFileSync(join(dir, "releases", version, "main.js"), version);
    }
    mkdirSync(join(dir, data), { recursive: true });
    symlinkSync("releases/1", link);
    const options = ["--guard", link, "--data-dir", join(dir, "state"), "--data", join(dir, data)];
    const about = (command: string) => callWith({}, command, ...options);
    assert.equal((await about("confirm")).code, 0);
    writeFileSync(join(dir, data, "db"), "of 1");
    unlinkSync(link);
    symlinkSync("releases/2", link);
    await use(about, dir);
  });
}

test("a release that is rolled back gets its data back, too", { skip }, () =>
  flipped("data", async (about, dir) => {
    const db = join(dir, "data/db");
    for (let boot = 1; boot <= 3; boot++) {
      assert.equal((await about("check")).code, 0);
      writeFileSync(db, "of 2");
    }
    const { code, log } = await about("check");
    assert.equal(code, EXIT.rolledBack, log.join("\n"));
    assert.deepEqual([readlinkSync(join(dir, "current")), readFileSync(db, "utf8")], ["releases/1", "of 1"]);
  }));

for (
  const [data, why] of [["releases/2/data", /lies in the release/], ["releases", /the program \S+ lies in it/]] as const
) {
  test(
    `no snapshot is taken of ${data}, which goes with the releases`,
    { skip },
    () =>
      flipped(data, async (about, dir) => {
        const { code, log } = await about("check");
        assert.equal(code, 0);
        assert.match(log.join("\n"), why);
        assert.deepEqual(readdirSync(dir).filter((name) => name.startsWith(".boot-sentinel-data")), []);
      }),
  );
}
