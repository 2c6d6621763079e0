/** A release on a real disk, by the command line. @module */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { EXIT } from "../../../src/core/exit_codes.ts";
import { type Answer, atSite } from "../../support/command_line.ts";

const skip = process.platform === "win32" ? "modes are asserted" : false;

interface ReleaseSite {
  readonly current: string;
  /** A file deep inside of a release. */
  deep(version: string): string;
  lay(version: string): void;
  flip(version: string): void;
  call(command: string, ...args: string[]): Promise<Answer>;
  /** Judges a boot; its state and what was done. */
  boot(...args: string[]): Promise<string>;
}

/** Runs `use` where release 1 is live and confirmed. */
function atRelease(use: (site: ReleaseSite) => Promise<void>): Promise<void> {
  return atSite(async ({ dir, callWith }) => {
    chmodSync(dir, 0o755);
    const current = join(dir, "current");
    const deep = (version: string) => join(dir, "releases", version, "lib/deep.js");
    const call = (command: string, ...args: string[]) =>
      callWith({}, command, "--guard", current, "--data-dir", join(dir, "state"), ...args);
    const site: ReleaseSite = {
      current,
      deep,
      lay(version) {
        mkdirSync(join(dir, "releases", version, "lib"), { recursive: true });
        writeFileSync(join(dir, "releases", version, "main.js"), `main ${version}`);
        writeFileSync(deep(version), `deep ${version}`);
        // Old enough for its stamp to be recorded; not a whole second, as where times are rounded.
        const anHourAgo = Math.floor(Date.now() / 1000) - 3600.5;
        utimesSync(join(dir, "releases", version), anHourAgo, anHourAgo);
      },
      flip(version) {
        symlinkSync(join("releases", version), `${current}-flip`);
        renameSync(`${current}-flip`, current);
      },
      call,
      async boot(...args) {
        const { stdout, log } = await call("check", "--json", ...args);
        const { kind, state = kind } = JSON.parse(stdout || assert.fail(log.join("\n")));
        return state;
      },
    };
    site.lay("1");
    site.flip("1");
    assert.equal((await call("confirm")).code, 0);
    await use(site);
  });
}

const findingsOf = ({ stdout }: Answer): Record<string, string> =>
  Object.fromEntries(JSON.parse(stdout).findings.map(({ check, code }: Record<string, string>) => [check, code]));

test(
  "the doctor reads the live release and last-good, and says what was changed inside",
  { skip },
  () =>
    atRelease(async ({ call, deep, lay, flip, boot }) => {
      lay("2");
      flip("2");
      assert.equal(await boot(), "probation");
      const found = async () => {
        const { program, "last-good": lastGood } = findingsOf(await call("doctor", "--json"));
        return { program, lastGood };
      };
      const fine = await found();
      writeFileSync(deep("2"), "deep x");
      assert.deepEqual(await found(), { ...fine, program: "program-changed" });
      writeFileSync(deep("1"), "deep x");
      assert.deepEqual(await found(), { program: "program-changed", lastGood: "last-good-unusable" });
      assert.equal((await call("rollback")).code, EXIT.noInput);
    }),
);

test(
  "a release that was removed while it was live is put back by the next boot",
  { skip },
  () =>
    atRelease(async ({ call, current, lay, flip, boot }) => {
      lay("2");
      flip("2");
      rmSync(join(current, "..", "releases/2"), { recursive: true });
      assert.equal(JSON.parse((await call("status", "--json")).stdout).state, "degraded");
      assert.equal(await boot(), "rolledBack");
      assert.equal(readlinkSync(current), "releases/1");
    }),
);

test("--check-files has what is changed in place on probation at the next boot, without it a confirm finds it", {
  skip,
}, () =>
  atRelease(async ({ call, deep, boot, current }) => {
    const flag = "--check-files";
    assert.equal(await boot(flag), "steady");
    writeFileSync(deep("1"), "edited");
    assert.equal(await boot(), "steady");
    assert.equal(await boot(flag), "probation");
    assert.equal((await call("confirm", flag)).code, 0);
    assert.equal(await boot(flag), "steady");
    writeFileSync(deep("1"), "edited again");
    assert.equal((await call("confirm")).code, 1);
    assert.equal(await boot(), "probation");
    assert.equal(readFileSync(join(current, "lib/deep.js"), "utf8"), "edited again", "nothing is put over it");
  }));

/** Runs a tool as a deployment tool does. */
function tool(program: string, ...args: string[]): void {
  execFileSync(program, args);
}

/** Boots until the program is another one. */
async function bootsUntilBack({ boot, current }: ReleaseSite): Promise<string> {
  const failing = readlinkSync(current);
  for (let left = 5; left > 0 && readlinkSync(current) === failing; left--) await boot();
  return readlinkSync(current);
}

const problemsOf = ({ stdout }: Answer): string[] =>
  JSON.parse(stdout).problems.map(({ code }: { code: string }) => code);

for (
  const [how, flip] of [
    ["ln -sfn", (target: string, link: string) => tool("ln", "-sfn", target, link)],
    ["mv -T", (target: string, link: string) => {
      tool("ln", "-s", target, `${link}.new`);
      tool("mv", "-T", `${link}.new`, link);
    }],
  ] as const
) {
  test(`releases of Capistrano, flipped by ${how}; its clean-up takes last-good, and an older one takes its place`, {
    skip,
  }, () =>
    atRelease(async (site) => {
      const { lay, current, boot, call } = site;
      const folder = dirname(current);
      for (const version of ["2", "3"]) {
        lay(version);
        flip(join(folder, "releases", version), current);
        assert.equal(await boot(), "probation");
        if (version === "2") assert.equal((await call("confirm")).code, EXIT.ok);
      }
      tool("rm", "-r", join(folder, "releases/2"));
      const status = await call("status", "--json");
      assert.ok(problemsOf(status).includes("last-good-missing"), status.stdout);
      assert.equal(await bootsUntilBack(site), "releases/1");
      tool("rm", "-r", join(folder, "releases/3"));
      assert.equal(await boot(), "steady");
    }));
}

test(
  "directories with versions in their names, and the link of systemd-sysupdate beside them",
  { skip },
  () =>
    atSite(async ({ dir, callWith }) => {
      const app = join(dir, "app");
      rmSync(app);
      const call = (...args: string[]) => callWith({}, ...args, "--guard", app, "--data-dir", join(dir, "state"));
      const update = (version: string) => {
        mkdirSync(join(dir, `app_${version}`));
        writeFileSync(join(dir, `app_${version}`, "main.js"), version);
        tool("ln", "-sfn", `app_${version}`, app);
      };
      update("1.0");
      assert.equal((await call("confirm", "--app-version", "1.0")).code, EXIT.ok);
      update("1.1");
      for (let left = 5; left > 0 && readlinkSync(app) === "app_1.1"; left--) await call("check");
      assert.equal(readlinkSync(app), "app_1.0");
      // The next version; the oldest one goes, which is last-good.
      update("1.2");
      tool("rm", "-r", join(dir, "app_1.0"));
      const status = await call("status", "--json", "--check");
      assert.equal(status.code, EXIT.no);
      assert.ok(problemsOf(status).includes("last-good-missing"), status.stdout);
      await call("check");
      assert.equal((await call("confirm")).code, EXIT.ok);
      assert.equal(readlinkSync(app), "app_1.2");
    }),
);
