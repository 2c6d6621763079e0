/** The doctor proves protection, or says what takes it away. @module */
import assert from "node:assert/strict";
import { chmodSync, chownSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import type { Finding } from "../../../src/service/doctor/check.ts";
import { carryOut } from "../../../src/service/doctor/examine_service.ts";
import { type Access, posixWriters, writableBy, writersOf } from "../../../src/system/fs/access.ts";
import { atSite, BAD, type Site, type Surroundings } from "../../support/command_line.ts";

const isRoot = process.geteuid?.() === 0;

async function findings(site: Site, surroundings: Surroundings = {}, ...args: string[]): Promise<Finding[]> {
  const { code, stdout, log } = await site.callWith(surroundings, "doctor", "--exe", site.exe, "--json", ...args);
  assert.ok(stdout !== "", log.join("\n"));
  const answer = JSON.parse(stdout);
  assert.equal(code, answer.protected === null ? 2 : answer.protected ? 0 : 1);
  return answer.findings;
}

const failing = async (...of: Parameters<typeof findings>) =>
  (await findings(...of)).filter(({ verdict }) => verdict === "bad");

/** Guarded, confirmed, and nothing wrong; a boot of it was watched. */
async function healthy(site: Site): Promise<void> {
  chmodSync(site.dir, 0o755);
  writeFileSync(join(site.dir, ".boot-watcher.lock"), "", { mode: 0o600 });
  await site.call("confirm", "--app-version", "1.0.0");
}

test("the doctor finds nothing in a healthy site, says so and exits 0", async () => {
  await atSite(async (site) => {
    await healthy(site);
    assert.deepEqual(await failing(site), []);
    const { code, stdout } = await site.call("doctor");
    assert.equal(code, 0);
    assert.match(stdout, /ok +last-good +1\.0\.0 is kept, intact and startable/);
    assert.match(stdout, /Protection is on\n$/);
    assert.equal((await site.call("doctor", "--quiet")).stdout, "");
  });
});

const FAULTS:
  readonly (readonly [what: string, make: (site: Site) => unknown, check: string, text: RegExp, advice: RegExp])[] = [
    [
      "a missing last-good",
      ({ exe }) => rmSync(`${exe}.last-good`),
      "last-good",
      /is missing: a bad update cannot be rolled back/,
      /boot-sentinel confirm/,
    ],
    [
      "a last-good whose bytes changed under the same size",
      ({ exe }) => writeFileSync(`${exe}.last-good`, "#!/bin/sh\necho gooD\n"),
      "last-good",
      /damaged: its sha256 is/,
      /boot-sentinel confirm/,
    ],
    [
      "a last-good that is not executable",
      ({ exe }) => chmodSync(`${exe}.last-good`, 0o644),
      "last-good",
      /not executable/,
      /^chmod \+x/,
    ],
    [
      "a program that is no program",
      ({ exe }) => writeFileSync(exe, "text"),
      "program",
      /cannot be started/,
      /rollback/,
    ],
    [
      "a build that is armed, live and never counted",
      async ({ call, dir, file }) => {
        await call("swap", file("bad", BAD), "--to", "2.0.0");
        writeFileSync(
          join(dir, ".boot-history.jsonl"),
          '{"time":"2020-01-01T00:00:00.000Z","event":"armed","version":"2.0.0"}\n',
        );
      },
      "gate",
      /not started since, or not through boot-sentinel/,
      /boot-sentinel run -- \S+app …/,
    ],
    [
      "a live build that is quarantined",
      ({ call, exe }) => call("quarantine", "add", "1.0.0", "--file", exe),
      "quarantine",
      /the live build is quarantined as 1\.0\.0/,
      /quarantine clear 1\.0\.0/,
    ],
    [
      "a state file that is no state",
      ({ dir }) => writeFileSync(join(dir, ".boot-record.json"), "{"),
      "state files",
      /it is not JSON/,
      /the next boot renames it/,
    ],
    [
      "a data directory that everybody can write",
      ({ dir }) => {
        mkdirSync(join(dir, "state"));
        chmodSync(join(dir, "state"), 0o757);
        writeFileSync(join(dir, "boot-sentinel.config.json"), '{"dataDir":"state"}');
      },
      "access",
      /everybody can write .*state and so choose what runs/,
      /^chmod o-w/,
    ],
    [
      "a key that no option has",
      ({ dir }) => writeFileSync(join(dir, "boot-sentinel.config.json"), '{"maxAttemps":1}'),
      "configuration",
      /unknown key "maxAttemps"; the gate goes on without it/,
      /config validate/,
    ],
  ];

for (const [what, make, check, text, advice] of FAULTS) {
  test(`the doctor finds ${what} and names the fix`, async () => {
    await atSite(async (site) => {
      await healthy(site);
      await make(site);
      const found = (await failing(site)).find((finding) => finding.check === check);
      assert.match(found?.text ?? "", text);
      assert.match(found?.advice ?? "", advice);
    });
  });
}

test("the doctor names the variables that take the executable over", async () => {
  await atSite(async (site) => {
    await healthy(site);
    const env = { BUN_OPTIONS: "--preload evil.ts", BUN_CONFIG_X: "1", BUN_BE_BUN: "", HOME: "/root" };
    const [found] = await failing(site, { env });
    assert.match(found?.text ?? "", /^BUN_CONFIG_X, BUN_OPTIONS can make/);
    assert.match(found?.advice ?? "", /UnsetEnvironment=BUN_CONFIG_X BUN_OPTIONS/);
    const deno = await findings(site, { env: { DENO_DIR: "/x" } });
    assert.deepEqual(deno.find(({ check }) => check === "environment")?.verdict, "note");
  });
});

test("the doctor finds a data directory that cannot be written, and a lock that cannot be taken", {
  skip: process.platform === "win32" ? "no such place on Windows" : false,
}, async () => {
  await atSite(async (site) => {
    const found = await failing(site, {}, "--data-dir", "/proc/self");
    assert.deepEqual(found.map(({ check }) => check).filter((check) => ["data dir", "lock"].includes(check)), [
      "data dir",
      "lock",
    ]);
  });
});

test("the doctor holds against a last-good what another user could write", {
  skip: isRoot ? false : "only root can give files away",
}, async () => {
  await atSite(async (site) => {
    await healthy(site);
    chownSync(`${site.exe}.last-good`, 1234, 1234);
    const found = (await failing(site)).find(({ check }) => check === "access");
    assert.match(found?.text ?? "", /user 1234 can write .*last-good .* cannot write/);
  });
});

test("a check that cannot be carried out is a finding, not the end", () => {
  const broken = () => {
    throw new Error("boom");
  };
  const place = { target: { selector: "--name web" }, machine: { user: { name: "app", uid: 7 } } };
  const [found] = carryOut({ broken }, {}, place as unknown as Parameters<typeof carryOut>[2]);
  assert.deepEqual([found?.check, found?.verdict, found?.text], ["broken", "unknown", "it cannot be checked: boom"]);
  assert.equal(found?.advice, "run this as root: sudo boot-sentinel doctor --name web");
});

test("the doctor does not say that protection is on before it saw the gate", async () => {
  await atSite(async (site) => {
    chmodSync(site.dir, 0o755);
    await site.call("confirm");
    const { code, stdout } = await site.call("doctor");
    assert.equal(code, 2);
    assert.match(stdout, /gate +it has not judged a boot yet[^]*Whether protection is on could not be seen: 1 open/);
    assert.equal(JSON.parse((await site.call("doctor", "--json")).stdout).protected, null);
  });
});

test("after a link was changed the doctor finds last-good where status does, and has nothing to say", async () => {
  await atSite(async ({ dir, call, callWith }) => {
    chmodSync(dir, 0o755);
    for (const release of ["1", "2"]) {
      mkdirSync(join(dir, release), { mode: 0o755 });
      writeFileSync(join(dir, release, "app"), `#!/bin/sh\necho ${release}\n`, { mode: 0o755 });
    }
    const current = join(dir, "current");
    symlinkSync("1", current);
    const about = ["--exe", join(current, "app"), "--data-dir", dir];
    await call("arm", "1", ...about);
    await call("check", ...about);
    await call("confirm", ...about);
    rmSync(current);
    symlinkSync("2", current);
    await call("check", ...about);
    const { code, stdout } = await callWith({}, "doctor", "--json", ...about);
    const { findings } = JSON.parse(stdout);
    assert.deepEqual(findings.filter(({ verdict }: Finding) => verdict === "bad"), []);
    assert.match(findings.find(({ check }: Finding) => check === "last-good").text, /is kept, intact/);
    assert.equal(code, 0);
  });
});

test("who can write a file: its owner, its group, everybody, and those of the folders above, unless sticky", () => {
  const files: Record<string, Access> = {
    "/": { uid: 0, gid: 0, mode: 0o755, link: false },
    "/tmp": { uid: 0, gid: 0, mode: 0o1777, link: false },
    "/tmp/mine": { uid: 7, gid: 7, mode: 0o755, link: false },
    "/tmp/mine/app": { uid: 0, gid: 8, mode: 0o775, link: false },
  };
  const look = posixWriters((path) => files[path]);
  assert.deepEqual([...writersOf("/tmp/mine/app", look) ?? []].sort(), ["group 8", "user 7"]);
  assert.deepEqual([...writersOf("/tmp", look) ?? []], ["everybody"]);
  assert.equal(writersOf("/nowhere", look), undefined);
  assert.equal(writableBy("/tmp/mine/app", "user 7", look), "/tmp/mine");
});
