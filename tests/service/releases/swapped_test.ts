/** Releases that are swapped in on a real disk, by the command line. @module */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { EXIT } from "../../../src/core/exit_codes.ts";
import { type Answer, atSite } from "../../support/command_line.ts";

const skip = process.platform === "win32" ? "releases are for Linux" : false;

interface Releases {
  readonly dir: string;
  readonly current: string;
  /** The directory of a release beside the others. */
  lay(version: string): string;
  /** A directory elsewhere, to be copied. */
  source(version: string): string;
  call(command: string, ...args: string[]): Promise<Answer>;
  /** The same; anything but exit code 0 is an error. */
  must(command: string, ...args: string[]): Promise<Answer>;
}

/** Release 1 is live and confirmed. */
function atReleases(use: (site: Releases) => Promise<void>): Promise<void> {
  return atSite(async ({ dir, callWith }) => {
    const current = join(dir, "opt/current");
    const directory = (path: string, version: string) => {
      mkdirSync(path, { recursive: true });
      writeFileSync(join(path, "main.js"), version);
      return path;
    };
    const call: Releases["call"] = (command, ...args) =>
      callWith({}, command, "--guard", current, "--data-dir", join(dir, "state"), ...args);
    const site: Releases = {
      ...{ dir, current, call },
      lay: (version) => directory(join(dir, "opt/releases", version), version),
      source: (version) => directory(join(dir, `new-${version}`), version),
      async must(command, ...args) {
        const answer = await call(command, ...args);
        assert.equal(answer.code, 0, [command, ...answer.log, answer.stderr].join("\n"));
        return answer;
      },
    };
    site.lay("1");
    symlinkSync("releases/1", current);
    await site.must("confirm", "--app-version", "1");
    await use(site);
  });
}

test(
  "a release comes back, or a new one is swapped in, whichever directories were removed by others",
  { skip },
  () =>
    atReleases(async ({ current, lay, must, call }) => {
      await must("swap", lay("2"), "--to", "2");
      await must("confirm");
      rmSync(lay("2"), { recursive: true });
      assert.match((await call("status")).stdout, /older +1 /);
      assert.equal((await call("check")).code, EXIT.rolledBack);
      assert.equal(readlinkSync(current), "releases/1");
      for (const path of [lay("1"), current]) {
        rmSync(path, { recursive: true });
        await must("swap", lay("3"), "--to", "3");
        assert.equal(readFileSync(join(current, "main.js"), "utf8"), "3");
      }
    }),
);

test(
  "releases may lie beside the link under names that begin as its own",
  { skip },
  () =>
    atSite(async ({ dir, callWith }) => {
      const guard = join(dir, "service");
      for (const n of [1, 2]) {
        mkdirSync(`${guard}.${n}`);
        writeFileSync(join(`${guard}.${n}`, "main.js"), String(n));
      }
      symlinkSync("service.1", guard);
      const call = (...args: string[]) => callWith({}, ...args, "--guard", guard, "--data-dir", join(dir, "state"));
      assert.equal((await call("confirm")).code, 0);
      const { code, log } = await call("swap", `${guard}.2`, "--to", "2");
      assert.deepEqual([code, readlinkSync(guard)], [0, "service.2"], log.join("\n"));
      assert.ok(existsSync(join(`${guard}.last-good`, "main.js")));
    }),
);
