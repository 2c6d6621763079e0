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

test(
  "a directory is refused where an archive would be verified, and above the size limit",
  { skip },
  () =>
    atReleases(async ({ current, lay, source, call }) => {
      const limits: [string[], RegExp][] = [
        [["--sha256", "0".repeat(64)], /--sha256 verifies an archive/],
        [["--minisign-key", "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3"], /--minisign-key verifies/],
        [["--max-size", "0"], /bytes/],
      ];
      for (const directory of [lay("2"), source("3")]) {
        for (const [options, why] of limits) {
          const { code, log, stderr } = await call("swap", directory, "--to", "3", ...options);
          assert.notEqual(code, EXIT.ok);
          assert.match([...log, stderr].join("\n"), why);
        }
      }
      assert.deepEqual([readlinkSync(current), readFileSync(join(current, "main.js"), "utf8")], ["releases/1", "1"]);
    }),
);

test(
  "a copy of what is live already is not left beside the releases",
  { skip },
  () =>
    atReleases(async ({ dir, source, must }) => {
      assert.match((await must("swap", source("1"), "--to", "7")).stdout, /Nothing was changed/);
      assert.ok(!existsSync(join(dir, "opt/releases/7")));
      assert.ok(!existsSync(join(dir, "opt/releases/.boot-sentinel-7.manifest")));
    }),
);

test(
  "an armed release that was removed is quarantined by a rollback; of a lost one nothing is said",
  { skip },
  () =>
    atReleases(async ({ current, lay, must }) => {
      await must("swap", lay("2"), "--to", "2");
      rmSync(lay("2"), { recursive: true });
      assert.match((await must("rollback")).stdout, /2 is quarantined/);
      assert.match((await must("quarantine", "list")).stdout, /^2\t/);
      rmSync(current);
      symlinkSync("releases/2", current);
      assert.doesNotMatch((await must("rollback")).stdout, /quarantined/);
      assert.equal(readlinkSync(current), "releases/1");
    }),
);

test(
  "status says degraded after a boot that could not put last-good back",
  { skip },
  () =>
    atReleases(async ({ dir, lay, must, call }) => {
      await must("swap", lay("2"), "--to", "2");
      writeFileSync(join(dir, "opt/releases/1/main.js"), "edited in place");
      for (let boot = 1; boot <= 4; boot++) await call("check", "--check-files");
      const { code, stdout } = await call("status", "--check", "--check-files");
      assert.deepEqual([code, /^state +degraded/m.test(stdout)], [EXIT.no, true], stdout);
    }),
);

test(
  "a directory that others put under the name of a release that was made here is not removed",
  { skip },
  () =>
    atReleases(async ({ dir, source, lay, must }) => {
      await must("swap", source("5"), "--to", "5");
      await must("rollback");
      await must("quarantine", "clear", "--all");
      rmSync(join(dir, "opt/releases/5"), { recursive: true });
      lay("5");
      await must("confirm");
      assert.equal(readFileSync(join(dir, "opt/releases/5/main.js"), "utf8"), "5");
      await must("swap", source("6"), "--to", "6");
      writeFileSync(join(dir, "opt/releases/6/written by the service"), "");
      await must("rollback");
      await must("quarantine", "clear", "--all");
      await must("confirm");
      assert.ok(!existsSync(join(dir, "opt/releases/6")));
    }),
);

test(
  "a dry run of a swap refuses what the swap would refuse, and changes nothing",
  { skip },
  () =>
    atReleases(async ({ dir, current, source, lay, call, must }) => {
      const archive = join(dir, "r.tar");
      writeFileSync(archive, "junk");
      await must("quarantine", "add", "9");
      for (
        const [file, ...options] of [
          [join(dir, "none")],
          [archive, "--sha256", "0".repeat(64)],
          [source("9"), "--to", "9"],
          [source("3"), "--with-file", `/etc/passwd=${join(dir, "none")}`],
        ] as const
      ) {
        const { code, log } = await call("swap", file, "--to", "3", ...options, "--dry-run");
        assert.notEqual(code, EXIT.ok, [file, ...log].join("\n"));
      }
      assert.match((await must("swap", lay("1"), "--to", "3", "--dry-run")).stdout, /Nothing was changed/);
      assert.match((await must("swap", lay("2"), "--to", "2", "--dry-run")).stderr, /would put .* at \S+current$/m);
      assert.equal(readlinkSync(current), "releases/1");
    }),
);
