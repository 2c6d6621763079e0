/** What others wrote is not believed. @module */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { atSite, BAD, GOOD, type Site } from "../support/command_line.ts";
import { compiledSentinel } from "../support/compiled.ts";
import { inTempDir } from "../support/temp.ts";
import { runProcess } from "../support/sentinel_process.ts";

const posixOnly = { skip: process.platform === "win32" ? "Windows has neither modes nor pipes with names" : false };
const EXHAUSTED = '{"version":"2.0.0","attempts":9}';

const PLANTED: readonly (readonly [what: string, plant: (path: string) => void, says: RegExp])[] = [
  ["everybody can write", (path) => {
    writeFileSync(path, EXHAUSTED);
    chmodSync(path, 0o666);
  }, /other users can write it \(mode 666\).*chmod 600/],
  ["its group can write", (path) => {
    writeFileSync(path, EXHAUSTED);
    chmodSync(path, 0o664);
  }, /other users can write it \(mode 664\)/],
  ["is a symbolic link", (path) => {
    writeFileSync(`${path}.elsewhere`, EXHAUSTED, { mode: 0o600 });
    symlinkSync(`${path}.elsewhere`, path);
  }, /it is a symbolic link/],
  ["is a pipe", (path) => void spawnSync("mkfifo", [path]), /it is not a regular file/],
];

for (const [what, plant, says] of PLANTED) {
  test(`a sentinel file that ${what} rolls nothing back, and the service starts`, posixOnly, async () => {
    await atSite(async ({ dir, exe, call, callWith, file }) => {
      await call("confirm", "--app-version", "1.0.0");
      await call("swap", file("bad", BAD), "--to", "2.0.0");
      const state = join(dir, ".boot-sentinel.json");
      rmSync(state);
      plant(state);
      let started = false;
      const exec = () => {
        started = true;
        return "E2BIG";
      };
      const { log } = await callWith({ exec }, "run", "--", exe);
      assert.ok(started);
      assert.match(log.join("\n"), says);
      assert.equal(readFileSync(exe, "utf8"), BAD, "what somebody planted put nothing back");
      assert.ok(existsSync(state), "it is left for a person to look at");
      const refused = await call("arm", "3.0.0");
      assert.equal(refused.code, 74);
      assert.match(refused.log.join("\n"), says);
    });
  });
}

test("a data directory behind a symbolic link is a data directory", posixOnly, async () => {
  await atSite(async ({ dir, call, file }) => {
    symlinkSync(dir, `${dir}.link`);
    try {
      await call("swap", file("bad", BAD), "--to", "2.0.0");
      const { stdout } = await call("status", "--json", "--data-dir", `${dir}.link`);
      assert.equal(JSON.parse(stdout).pending.version, "2.0.0");
    } finally {
      rmSync(`${dir}.link`);
    }
  });
});

const BUILD = "#!/bin/sh\necho signed\n";
const KEY = "RWTbijc5MLR8/X7VZwIURNPyCFlxC8UeFqiVO2+BwtXmjsckoMg77ICi";
const OTHER_KEY = "RWRCdGKVZ29hZUy4KWE2AdZGYTKINDsLCO3vzVQMlrjfX/7vyCAmlLA+";
const SIGNATURE = `untrusted comment: signature from minisign secret key
RUTbijc5MLR8/YPYzsRnMeN3yeJWQPN2rji+WyFE3WS5YUxDqt69nUHY1He3BzGnndPecokwFLAV9NNvlYxliuXXK2tYrDoQKA8=
trusted comment: server 2.0.0
uina73O78PR5WJRoY22Fg7Y+6Nee5tGkqaEU9Wb/x71twdfHBUGT5JNDEIhqBwqYUemQ8cQAOSAnqJx15ZT+AA==
`;
const LEGACY = `untrusted comment: signature from minisign secret key
RWTbijc5MLR8/fsM2T5Rd4iiuc5molL5N3Ye2yl6s/H5SbSGM0QJf+bV/PcxwmTSNFe4wfFNOApXjA0gYnt2tukGNTuXOaQo2AA=
trusted comment: server 2.0.0
ZQOLd+8PhnEtv6K1reBrWxC0VzzQc+okN5/ZAoGlNpiJPeDo83WNml+E2cxPWfKpBuuxaFXfidR7BgsaVXe+Bg==
`;

function swapSigned({ call, file }: Site, content: string, signature: string | undefined, key = KEY) {
  const build = file("build", content);
  if (signature !== undefined) file("build.minisig", signature);
  return call("swap", build, "--to", "2.0.0", "--minisign-key", key);
}

test("swap takes a build that the owner of the key signed, by the key or by its file", async () => {
  await atSite(async (site) => {
    const { code, log } = await swapSigned(site, BUILD, SIGNATURE);
    assert.equal(code, 0, log.join("\n"));
    assert.match(log.join("\n"), /The signature is valid: server 2\.0\.0/);
    assert.equal(readFileSync(site.exe, "utf8"), BUILD);
  });
  await atSite(async (site) => {
    const key = site.file("key.pub", `untrusted comment: minisign public key FD7CB43039378ADB\n${KEY}\n`);
    const elsewhere = site.file("elsewhere", SIGNATURE);
    const { code } = await site.call(
      "swap",
      site.file("build", BUILD),
      "--to=2.0.0",
      `--minisign-key=${key}`,
      `--signature=${elsewhere}`,
    );
    assert.equal(code, 0);
  });
});

const BAD_SIGNATURES: readonly (readonly [
  what: string,
  build: string,
  signature: string | undefined,
  key: string,
  says: RegExp,
  code: number,
])[] = [
  ["another build", BUILD + "#", SIGNATURE, KEY, /its content is not what/, 1],
  ["another key", BUILD, SIGNATURE, OTHER_KEY, /another key \(FD7CB43039378ADB, not 65616F6795627442\)/, 1],
  [
    "a changed comment",
    BUILD,
    SIGNATURE.replace("server 2.0.0", "server 9.9.9"),
    KEY,
    /trusted comment .* was changed/,
    1,
  ],
  ["the old kind of signature", BUILD, LEGACY, KEY, /not its hash; sign it with minisign 0\.10 or newer/, 1],
  ["no signature", BUILD, undefined, KEY, /signature .* cannot be read/, 66],
  ["something else", BUILD, "hello\n", KEY, /it is not a minisign signature/, 1],
  ["no key", BUILD, SIGNATURE, "RWshort", /public key RWshort cannot be read/, 66],
  ["neither key nor signature", BUILD, undefined, "RWshort", /public key RWshort cannot be read/, 66],
];

for (const [what, build, signature, key, says, code] of BAD_SIGNATURES) {
  test(`swap refuses a build with ${what}, touches nothing and remembers it`, async () => {
    await atSite(async (site) => {
      const answer = await swapSigned(site, build, signature, key);
      assert.match(answer.log.join("\n"), says);
      assert.equal(answer.code, code);
      assert.equal(readFileSync(site.exe, "utf8"), GOOD);
      const { events } = JSON.parse((await site.call("history", "--json")).stdout);
      assert.equal(events.at(-1).event, "refused");
    });
  });
}

test("an executable in a hostile working directory reads neither .env nor bunfig.toml nor a package.json there", () =>
  inTempDir((dir) => {
    const exe = join(dir, "app");
    writeFileSync(exe, GOOD, { mode: 0o755 });
    const compiled = compiledSentinel();
    writeFileSync(join(dir, ".env"), "BOOT_SENTINEL_MAX_ATTEMPTS=0\nBOOT_SENTINEL_JSON=true\n");
    writeFileSync(join(dir, "bunfig.toml"), 'preload = ["./evil.ts"]\n');
    writeFileSync(join(dir, "package.json"), '{"type":"commonjs","imports":{"#x":"./evil.ts"}}');
    writeFileSync(join(dir, "tsconfig.json"), '{"compilerOptions":{"paths":{"*":["./evil.ts"]}}}');
    writeFileSync(join(dir, "evil.ts"), 'require("node:fs").writeFileSync("owned", "");');
    const { stdout, stderr, code } = runProcess(compiled, ["config", "show", "--json"], { cwd: dir });
    assert.equal(code, 0, stderr);
    const { settings } = JSON.parse(stdout);
    assert.deepEqual(settings.maxAttempts, { value: 3, origin: { kind: "default", where: "" } });
    assert.equal(runProcess(compiled, ["run", "--", exe], { cwd: dir }).stdout, "good\n");
    assert.ok(!existsSync(join(dir, "owned")));
  }));
