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
import { type Context, optionsOf } from "../../src/cli/command.ts";
import { command, startOf } from "../../src/cli/commands/run.ts";
import { parseCommandLine } from "../../src/cli/options/scan.ts";
import { PLAIN_OPTIONS, plainLine } from "../../src/cli/plain_line.ts";
import { plainStart } from "../../src/cli/plain_run.ts";
import { settle } from "../../src/cli/options/settings.ts";
import { isSurelySteady } from "../../src/cli/steady_start.ts";
import { type BareIo, bareIo } from "../../src/system/process/bare_io.ts";
import { realIo } from "../../src/system/process/real_io.ts";
import { realPorts } from "../../src/system/real_ports.ts";
import { atSite, BAD, GOOD, type Site } from "../support/command_line.ts";
import { compiledSentinel } from "../support/compiled.ts";

const linux = { skip: process.platform === "linux" ? false : "The shortest way is for Linux alone" };

/** What the shortest way finds at a site. */
function found(site: Site, words: readonly string[] = ["run", "--", site.exe], env: readonly string[] = []) {
  const io = ioOf(words, env, join(site.dir, "boot-sentinel"));
  const line = plainLine(io);
  return line !== undefined && isSurelySteady(line, io) ? line.words : undefined;
}

function ioOf(words: readonly string[], env: readonly string[], self: string): BareIo {
  return { ...bareIo, arguments: words, self, environment: () => ["", ...env, ""].join("\0") };
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

const segment = fc.stringMatching(/^[a-zé .-]{1,4}$/);
const path = fc.array(segment, { minLength: 1, maxLength: 3 }).map((segments) => `/${segments.join("/")}`);
const option = fc.constantFrom(...Object.entries(PLAIN_OPTIONS)).chain(([name, made]) => {
  const check = made();
  const value = check instanceof RegExp ? fc.stringMatching(check) : fc.oneof(path, fc.constant("manual"));
  return fc.tuple(fc.constant(name), value.filter((text) => check.test(text)));
});
const variable = fc.oneof(
  fc.constantFrom("PATH=/bin", "STATE_DIRECTORY=", "INVOCATION_ID=abc", "BOOT_SENTINEL_KEEP=7", "A", "=B"),
  path.map((dir) => `STATE_DIRECTORY=${dir}`),
  fc.constantFrom("STATE_DIRECTORY=/a:/b", "STATE_DIRECTORY=relative"),
);

/** What the whole program makes of a command line. */
async function wholeStart(words: readonly string[], entries: readonly string[], self: string) {
  const env = Object.fromEntries(entries.map((entry) => /^([^=]*)=?(.*)$/.exec(entry)!.slice(1)));
  const io = { ...realIo, self, env };
  const { flags, rest } = parseCommandLine(words.slice(1), optionsOf(command));
  const ports = realPorts();
  const { settings } = await settle(flags, io, ports.fs);
  const own = words.slice(1, words.indexOf("--"));
  return startOf({ settings, rest, words: own, io, ports } as unknown as Context);
}

test("a plain line comes to what the whole program makes of it", linux, async () => {
  let plain = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(option, { maxLength: 3 }),
      fc.uniqueArray(variable, { maxLength: 3, selector: (entry) => entry.split("=")[0] }),
      path,
      async (options, env, exe) => {
        const words = ["run", ...options.flat(), "--", exe, "--port", "80"];
        const line = plainLine(ioOf(words, env, "/nowhere/boot-sentinel"));
        if (line === undefined) return;
        plain++;
        const invocation = env.find((entry) => entry.startsWith("INVOCATION_ID="))?.split("=")[1];
        assert.deepEqual(plainStart(line, invocation), await wholeStart(words, env, "/nowhere/boot-sentinel"));
      },
    ),
    { numRuns: 1000 },
  );
  assert.ok(plain > 200, `${plain} plain lines`);
});

test("a line that the whole program has more to say about is not plain", linux, () => {
  const plain = (words: readonly string[], env: readonly string[] = []) =>
    plainLine(ioOf(words, env, "/nowhere/boot-sentinel"));
  assert.ok(plain(["run", "--", "/a/b"]));
  for (const word of ["a/b", "b", "/a/../b", "/a/./b", "/a//b", "/a/", "/"]) {
    assert.equal(plain(["run", "--", word]), undefined);
  }
  for (const word of ["constructor", "toString", "__proto__", "--frob"]) {
    assert.equal(plain(["run", word, "x", "--", "/a/b"]), undefined, word);
  }
  for (const dir of ["a", "/a/..", "/a/", "/"]) {
    assert.equal(plain(["run", "--data-dir", dir, "--", "/a/b"]), undefined);
    assert.equal(plain(["run", "--", "/a/b"], [`STATE_DIRECTORY=${dir}`]), undefined);
  }
  for (const probe of ["http://localhost:8080/healthz", "tcp://127.0.0.1:5432", "notify"]) {
    assert.ok(plain(["run", "--probe", probe, "--", "/a/b"]), probe);
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
