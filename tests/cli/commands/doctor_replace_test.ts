/** The doctor sees what keeps even root from replacing a program, and what it may not see itself. @module */
import assert from "node:assert/strict";
import { chmodSync, chownSync, copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import type { Finding } from "../../../src/service/doctor/check.ts";
import { atSite, type Site } from "../../support/command_line.ts";
import { cannotMark, cannotMount, fill, lacks, must, withTmpfs } from "../../support/mounts.ts";
import { asUser, DAEMON, NOBODY } from "../../support/other_user/as_user.ts";
import { runProcess, sentinelWords } from "../../support/sentinel_process.ts";

const asRoot = process.geteuid?.() === 0 ? lacks("chattr") : "only root can do that";

async function confirmed({ dir, call }: Site): Promise<void> {
  chmodSync(dir, 0o755);
  await call("confirm");
}

async function bad({ call }: Site): Promise<Finding[]> {
  const { findings } = JSON.parse((await call("doctor", "--json")).stdout);
  return findings.filter(({ verdict }: Finding) => verdict === "bad");
}

test(
  "the doctor finds an immutable program, last-good and folder, and what mends it",
  { skip: cannotMark() },
  () =>
    atSite(async (site) => {
      await confirmed(site);
      for (const path of [site.exe, `${site.exe}.last-good`, site.dir]) {
        must("chattr", "+i", path);
        try {
          const found = (await bad(site)).find(({ code }) => code === "immutable");
          assert.match(found?.text ?? "", new RegExp(`^${path} has the attribute i`));
          must("sh", "-c", found?.advice ?? "false");
          assert.deepEqual(await bad(site), []);
        } finally {
          must("chattr", "-i", path);
        }
      }
    }),
);

test(
  "the doctor finds a program that is mounted as a single file",
  { skip: cannotMount },
  () =>
    atSite(async (site) => {
      await confirmed(site);
      const copy = join(site.dir, "outside");
      copyFileSync(site.exe, copy);
      must("mount", "--bind", copy, site.exe);
      try {
        const [found, ...others] = await bad(site);
        assert.deepEqual([found?.code, others], ["program-mounted", []]);
        assert.match(found?.advice ?? "", /mount its folder in place of the file/);
      } finally {
        must("umount", "--lazy", site.exe);
      }
      assert.deepEqual(await bad(site), []);
    }),
);

test(
  "the doctor finds a read-only folder, and a disk without room for one more copy",
  { skip: cannotMount },
  () =>
    withTmpfs("2m", (disk) => {
      chmodSync(disk.dir, 0o755);
      const exe = join(disk.dir, "app");
      writeFileSync(exe, `#!/bin/sh\n#${"x".repeat(300_000)}\n`, { mode: 0o755 });
      const [program = "", ...words] = sentinelWords();
      const call = (...args: string[]) => runProcess(program, [...words, ...args, "--exe", exe, "--json"]);
      const codes = () => {
        const { findings } = JSON.parse(call("doctor").stdout);
        return findings.filter(({ verdict }: Finding) => verdict === "bad").map(({ code }: Finding) => code);
      };
      assert.equal(call("confirm").code, 0);
      assert.deepEqual(codes(), []);
      fill(disk.dir, 200_000);
      assert.deepEqual(codes(), ["no-space"]);
      disk.readOnly();
      assert.ok(codes().includes("program-read-only"));
    }),
);

test("the doctor finds a program in a sticky folder of others that the service's user cannot replace", {
  skip: asRoot,
}, () =>
  atSite(async (site) => {
    chmodSync(site.dir, 0o755);
    const shared = join(site.dir, "shared");
    const [exe, state] = [join(shared, "app"), join(site.dir, "state")];
    for (const dir of [shared, state]) mkdirSync(dir);
    copyFileSync(site.exe, exe);
    chmodSync(exe, 0o755);
    chmodSync(shared, 0o1777);
    chownSync(state, DAEMON, DAEMON);
    const words = ["doctor", "--json", "--exe", exe, "--data-dir", state];
    const { stdout, stderr } = await Promise.resolve(asUser(DAEMON, (daemon) => daemon.sentinel(words)));
    assert.ok(stdout !== "", stderr);
    const codes = JSON.parse(stdout).findings.map(({ code }: Finding) => code);
    assert.ok(codes.includes("sticky-folder"), codes.join());
  }));

test(
  "the doctor works as any user, and says what it could not see and which command shows it",
  { skip: asRoot },
  () =>
    atSite(async (site) => {
      await confirmed(site);
      const { stdout, stderr, code } = asUser(NOBODY, (nobody) => {
        const words = ["doctor", "--json", "--exe", site.exe, "--unit", "app", "--max-attempts", "3"];
        return nobody.sentinel(words);
      });
      assert.ok(stdout !== "", stderr);
      const { protected: isOn, findings } = JSON.parse(stdout);
      const seen = (check: string) => findings.find((finding: Finding) => finding.check === check);
      assert.deepEqual([seen("last-good").verdict, seen("state files").verdict], ["unknown", "unknown"]);
      assert.match(seen("state files").advice, /^run this as root: sudo boot-sentinel doctor --exe \S+app --unit app/);
      // There is no systemd to tell with whose rights the gate works: what nobody may write is no answer.
      assert.deepEqual([seen("program dir").verdict, seen("unit").verdict, isOn, code], [
        "unknown",
        "unknown",
        null,
        2,
      ]);
    }),
);
