/** The shortest way into a service, beside the whole program's. @module */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import fc from "fast-check";
import { COMMANDS } from "../../src/cli/commands.ts";
import { optionsOf } from "../../src/cli/command.ts";
import { parseCommandLine } from "../../src/cli/parse.ts";
import { INDIFFERENT, steadyStart } from "../../src/cli/steady_start.ts";
import { LATE_MODULES } from "../../build.ts";
import { bareIo } from "../../src/system/bare_io.ts";
import { atSite, BAD, GOOD, type Site } from "../helpers/command_line.ts";
import { compiledSentinel } from "../helpers/compiled.ts";

const linux = { skip: process.platform === "linux" ? false : "The shortest way is for Linux alone" };

/** What the shortest way finds at a site. */
function found(site: Site, words: readonly string[] = ["run", "--", site.exe], env: readonly string[] = []) {
  const io = { ...bareIo, arguments: words, self: join(site.dir, "boot-sentinel") };
  const encoder = new TextEncoder();
  return steadyStart({ ...io, environment: () => env.map((entry) => encoder.encode(entry)) })?.words;
}

test("a confirmed build is found steady, and how many words start it", linux, async () => {
  await atSite(async (site) => {
    await site.call("confirm");
    assert.equal(found(site), 1);
    assert.equal(found(site, ["run", "--", site.exe, "--port", "80"]), 3);
    assert.equal(found(site, ["run", "--confirm", "manual", "--probe", "http://localhost:80/ok", "--", site.exe]), 1);
    assert.equal(found(site, ["run", "--data-dir", site.dir, "--", site.exe], ["STATE_DIRECTORY=/elsewhere"]), 1);
    assert.equal(found(site, undefined, [`STATE_DIRECTORY=${site.dir}:/elsewhere`, "PATH=/bin"]), 1);
  });
});

test("whatever is out of the ordinary is left to the whole program", linux, async () => {
  const cases: Record<string, (site: Site) => unknown> = {
    "an armed build": (site) => site.call("arm", "2"),
    "a swapped build": (site) => site.call("swap", site.file("v2", `${GOOD}#2`), "--to", "2"),
    "a replaced program": ({ exe, file }) => renameSync(file("new", BAD), exe),
    "a program written over": ({ exe }) => writeFileSync(exe, BAD),
    "a program that is gone": ({ exe }) => rmSync(exe),
    "a program that nobody may execute": ({ exe }) => chmodSync(exe, 0o644),
    "a rollback": async (site) => {
      await site.call("swap", site.file("v2", `${GOOD}#2`), "--to", "2");
      await site.call("rollback");
    },
    "a configuration": ({ file }) => file("boot-sentinel.config.json", "{}"),
    "no record": ({ dir }) => rmSync(join(dir, ".boot-record.json")),
    "a record that others can write": ({ dir }) => chmodSync(join(dir, ".boot-record.json"), 0o620),
    "a record that is a link": ({ dir }) => {
      renameSync(join(dir, ".boot-record.json"), join(dir, "elsewhere"));
      symlinkSync("elsewhere", join(dir, ".boot-record.json"));
    },
    "a torn record": ({ dir }) => {
      const path = join(dir, ".boot-record.json");
      writeFileSync(path, readFileSync(path, "utf8").slice(0, -5));
    },
    "a pipe for a record": ({ dir }) => {
      rmSync(join(dir, ".boot-record.json"));
      assert.equal(spawnSync("mkfifo", [join(dir, ".boot-record.json")]).status, 0);
    },
  };
  for (const [name, change] of Object.entries(cases)) {
    await atSite(async (site) => {
      await site.call("confirm");
      assert.equal(found(site), 1, name);
      await change(site);
      assert.equal(found(site), undefined, name);
    });
  }
  await atSite(async (site) => {
    await site.call("confirm");
    const lines = [
      ...[["check", "--", site.exe], ["run", site.exe], ["run", "--"], ["run", "--", "app"], []],
      ...[["run", "--supervise", "--", site.exe], ["run", "--hook", "true", "--", site.exe]],
      ...[["run", "--max-attempts", "few", "--", site.exe], ["run", "--max-attempts", "--", site.exe]],
      ...[["run", "--data-dir", "state", "--", site.exe], ["run", `--data-dir=${site.dir}`, "--", site.exe]],
      ["run", "--data-dir", join(site.dir, "none"), "--", site.exe],
    ];
    for (const words of lines) assert.equal(found(site, words), undefined, words.join(" "));
    assert.equal(found(site, undefined, ["BOOT_SENTINEL_SUPERVISE=1"]), undefined);
    assert.equal(found(site, undefined, ["STATE_DIRECTORY=/elsewhere"]), undefined);
  });
});

test("the values that are surely right are right for those who check them", async () => {
  const { command } = await COMMANDS["run"]!();
  for (const [option, pattern] of Object.entries(INDIFFERENT)) {
    fc.assert(
      fc.property(fc.stringMatching(pattern), (value) => {
        const { flags } = parseCommandLine([option, value], optionsOf(command));
        assert.equal(Object.keys(flags).length, 1);
      }),
      { numRuns: 200 },
    );
  }
});

test("a confirmed script whose interpreter is gone is for the whole program, which says so", linux, async () => {
  await atSite(async ({ dir, exe, call }) => {
    const interpreter = join(dir, "sh");
    symlinkSync("/bin/sh", interpreter);
    writeFileSync(exe, `#!${interpreter}\nexit 7\n`);
    await call("confirm");
    const run = () => spawnSync(compiledSentinel(), ["run", "--", exe], { encoding: "utf8" });
    assert.deepEqual([run().status, run().stderr], [7, ""]);
    rmSync(interpreter);
    const { status, stderr } = run();
    assert.equal(status, 127);
    assert.match(stderr, /Cannot start .*ENOENT/);
  });
});

test("a steady start leaves the folder as it was", linux, async () => {
  await atSite(async ({ dir, exe, call }) => {
    await call("confirm");
    const before = readdirSync(dir);
    const { status, stdout, stderr } = spawnSync(compiledSentinel(), ["run", "--", exe], { encoding: "utf8" });
    assert.deepEqual([status, stdout, stderr], [0, "good\n", ""]);
    assert.deepEqual(readdirSync(dir), before);
    assert.ok(existsSync(exe));
  });
});

test("every module of the runtime that is loaded late is compiled ahead", () => {
  const source = ["builtin.ts", "ffi_bun.ts"].map((name) =>
    readFileSync(new URL(`../../src/system/${name}`, import.meta.url), "utf8")
  ).join("");
  const named = [...source.matchAll(/getBuiltinModule(?:\?\.)?\("([^"]+)"/g)].map(([, name]) => name);
  assert.deepEqual(named.sort(), [...LATE_MODULES].sort());
});
