/** What people do with a herd, on the command line, with a real server. @module */
import assert from "node:assert/strict";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { atSite, GOOD, type Site } from "../../support/command_line.ts";
import { sha256Of } from "../../support/herd/list_server.ts";
import { noNatsServer } from "../../support/herd/nats_server.ts";
import { type Member, startHerd, type TestHerd } from "../../support/herd/test_herd.ts";
import { reportKey } from "../../../src/herd/keys.ts";
import { report } from "../../support/herd/reports.ts";
import { readPublished } from "../../../src/herd/messages/published.ts";

const NEW = `${GOOD}# new\n`;
const DIGEST = sha256Of(NEW);

/** A machine and an operator of one herd, with a key that the machine believes. */
interface Place extends Site {
  readonly herd: TestHerd;
  readonly update: string;
  readonly key: string;
  /** A command of the machine. */
  readonly machine: Site["call"];
  /** A command of the operator, who has the key. */
  readonly operator: Site["call"];
  /** The same on a machine whose clock is an hour behind. */
  readonly behind: Site["call"];
  as(member: Member | undefined): Record<string, string>;
}

function inHerd(use: (place: Place) => Promise<void>): Promise<void> {
  return atSite(async (site) => {
    const herd = await startHerd(1);
    try {
      const file = join(site.dir, "person.key");
      const key = (await site.call("herd", "keygen", file)).stdout.trim();
      const as: Place["as"] = (member) => ({
        BOOT_SENTINEL_EXE: site.exe,
        BOOT_SENTINEL_HERD: herd.server.url,
        BOOT_SENTINEL_HERD_APP: "web",
        BOOT_SENTINEL_HERD_KEYS: key,
        BOOT_SENTINEL_HERD_CREDS: member?.creds ?? "",
      });
      const operator = () => ({ ...as(herd.operator), BOOT_SENTINEL_HERD_KEY: file });
      await use({
        ...site,
        herd,
        key,
        update: site.file("update", NEW),
        as,
        machine: (...args) => site.callWith({ env: as(herd.machines[0]) }, ...args),
        operator: (...args) => site.callWith({ env: operator() }, ...args),
        behind: (...args) => {
          const clock = { now: () => Date.now() - 3_600_000, bootId: () => undefined };
          return site.callWith({ env: operator(), ports: { clock } }, ...args);
        },
      });
    } finally {
      await herd.close();
    }
  });
}

const facts = { skip: noNatsServer };

test("keygen makes a key that only its owner reads, and overwrites none", () =>
  atSite(async ({ call, dir }) => {
    const made = await call("herd", "keygen", "new.key");
    assert.match(made.stdout, /^[\w-]{43}\n$/);
    const path = join(dir, "new.key");
    assert.equal(statSync(path).mode & 0o777, 0o600);
    const before = readFileSync(path, "utf8");
    assert.equal((await call("herd", "keygen", "new.key")).code, 1);
    assert.equal(readFileSync(path, "utf8"), before);
  }));

test(
  "people refuse a build by its file or its version, clear it, and admit it",
  facts,
  () =>
    inHerd(async ({ machine, operator, behind, update }) => {
      const checked = async () => {
        assert.equal((await machine("herd", "sync")).code, 0);
        return (await machine("quarantine", "check", "2.0.0", "--file", update, "--json")).stdout;
      };
      assert.equal((await operator("herd", "admit", "2.0.0", "--file", update, "--share", "1")).code, 0);
      assert.match(await checked(), /"answer":"free"/);
      const dry = await operator("herd", "refuse", "2.0.0", "--reason", "loses orders", "--dry-run");
      assert.deepEqual([dry.code, dry.stdout.startsWith("dry run: Refused: 2.0.0 ")], [0, true]);
      assert.ok(dry.log.join("\n").includes(`dry run: would write verdict.${DIGEST} into the herd's store`));
      assert.match(await checked(), /"answer":"free"/, "after a dry run");
      const refused = await operator("herd", "refuse", "2.0.0", "--reason", "loses orders");
      assert.equal(refused.stdout, `Refused: 2.0.0 ${DIGEST.slice(0, 12)}; machines that have it keep it\n`);
      assert.match(await checked(), /"answer":"refused".*refused by the herd by [\w-]{43}: loses orders/);
      const admitted = await operator("herd", "admit", "2.0.0", "--share", "1");
      assert.match(admitted.stdout, new RegExp(`; it is refused all the same: boot-sentinel herd clear ${DIGEST}\n`));
      const cleared = await behind("herd", "clear", "--file", update);
      assert.deepEqual([cleared.code, /and its share grows as before\n$/.test(cleared.stdout)], [0, true]);
      assert.match(await checked(), /"answer":"free"/);
    }),
);

test(
  "what is signed with a key that a machine does not know changes nothing there, and that is told",
  facts,
  () =>
    inHerd(async ({ call, machine, operator, update, dir }) => {
      await call("herd", "keygen", "other.key");
      const { code, log } = await operator(
        ...["herd", "refuse", "--file", update, "--reason", "x", "--herd-key", join(dir, "other.key")],
      );
      assert.equal(code, 0);
      assert.match(log.join("\n"), /This key is none of --herd-keys: only machines and judges that have this key/);
      await machine("herd", "sync");
      const { stdout } = await machine("quarantine", "check", "2.0.0", "--file", update, "--json");
      assert.match(stdout, /"answer":"notYet"/);
    }),
);

test(
  "what one key signed is not replaced with another one, unless both are known",
  facts,
  () =>
    inHerd(async ({ call, machine, operator, update, dir, key }) => {
      const otherKey = (await call("herd", "keygen", "other.key")).stdout.trim();
      const other = (...more: string[]) =>
        operator("herd", "clear", "--file", update, "--herd-key", join(dir, "other.key"), ...more);
      const answered = async () => {
        await machine("herd", "sync");
        return (await machine("quarantine", "check", "2.0.0", "--file", update, "--json")).stdout;
      };
      await operator("herd", "refuse", "--file", update, "--reason", "x");
      const { code, log } = await other();
      assert.equal(code, 1);
      const said = log.join("\n");
      assert.ok(said.includes(`is refused with another key, ${key}, and machines`), said);
      assert.ok(said.includes(`nothing was changed`) && said.includes(`add here: --herd-keys ${otherKey}`), said);
      assert.match(await answered(), /"answer":"refused"/);
      const both = await other("--herd-keys", key, "--herd-keys", otherKey);
      assert.deepEqual([both.code, both.log], [0, []]);
      assert.ok(both.stdout.endsWith(`to admit it now: boot-sentinel herd admit ${DIGEST} --share 1\n`), both.stdout);
    }),
);

test(
  "several builds of one version are not decided on together: one machine can report any",
  facts,
  () =>
    inHerd(async ({ herd, operator, update, machine }) => {
      await operator("herd", "admit", "2.0.0", "--file", update, "--share", "1");
      const store = await herd.open(herd.machines[0]);
      await store.put(reportKey("e".repeat(64), store.machine ?? ""), JSON.stringify(report("waiting")));
      await store.close();
      const { code, log } = await operator("herd", "refuse", "2.0.0", "--reason", "x");
      assert.equal(code, 64);
      assert.match(
        log.join("\n"),
        /2\.0\.0 is the version of several builds, .*e{16} \(on 1\); nothing was changed/,
      );
      assert.equal((await operator("herd", "refuse", DIGEST.slice(0, 12), "--reason", "x")).code, 0);
      await machine("herd", "sync");
      const { stdout } = await machine("quarantine", "check", "2.0.0", "--file", update, "--json");
      assert.match(stdout, /"answer":"refused"/);
    }),
);

test("what is missing is asked for", facts, () =>
  inHerd(async ({ operator, machine }) => {
    const said = async (call: Site["call"], ...args: string[]) => {
      const { code, log } = await call("herd", ...args);
      return `${code} ${log[0]}`;
    };
    assert.match(await said(operator, "refuse", "2.0.0"), /^64 .*No reason is named/);
    assert.match(await said(operator, "admit", "2.0.0"), /^64 .*No share is named/);
    assert.match(await said(operator, "clear"), /^64 .*No build is named/);
    assert.match(await said(operator, "clear", "7.0.0"), /^66 .*The herd knows no build 7\.0\.0; nothing was changed/);
    assert.match(await said(machine, "clear", "7.0.0"), /^64 .*No key is named to sign with/);
    assert.match(await said(operator, "publish"), /^64 .*No file is named for the list/);
    assert.match(await said(operator, "judge", "--dry-run"), /^64 .*Cannot judge in a dry run: herd status shows/);
    assert.match(await said(operator, "refuze"), /^64 .*Unknown verb refuze.*did you mean refuse/);
  }));

test(
  "a judge admits what machines wait for; the status shows it as text, JSON and a page; it can be published",
  facts,
  () =>
    inHerd(async ({ as, callWith, herd, machine, operator, update, dir, key }) => {
      const ends: (() => void)[] = [];
      const onTermination = (end: () => void) => void ends.push(end);
      const judging = callWith({ env: as(herd.judge), onTermination }, "herd", "judge", "--herd-window", "1h");
      await machine("confirm", "--app-version", "1.0.0");
      await machine("herd", "sync");
      // The judge decides while this command asks.
      const deployed = await machine("deploy", update, "--to", "2.0.0", "--timeout", "1ms", "--herd-timeout", "30s");
      assert.equal(deployed.code, 2, deployed.log.join("\n"));
      await machine("herd", "sync");
      const { stdout } = await operator("herd", "status");
      assert.match(stdout, /^herd web: 1 machine; judged by machine \d+ [0-9a-f]{8}\n/);
      assert.match(stdout, /\n2\.0\.0 +[0-9a-f]{12} +everywhere +100 % +0 +1 +0 +0 /);
      const { builds } = JSON.parse((await operator("herd", "status", "--json")).stdout);
      assert.deepEqual(builds.map(({ version }: { version: string }) => version), ["2.0.0", "1.0.0"]);
      assert.equal((await operator("herd", "status", "--html", "herd.html")).code, 0);
      assert.match(readFileSync(join(dir, "herd.html"), "utf8"), /<h1>Herd web<\/h1>/);
      await operator("herd", "publish", "herd.list");
      const list = readPublished(readFileSync(join(dir, "herd.list"), "utf8"), "web", [key]);
      assert.ok(typeof list !== "string");
      assert.deepEqual(list.entries.map(([key]) => key), [`admit.${DIGEST}`]);
      for (const end of ends) end();
      const { code, stdout: told } = await judging;
      assert.equal(code, 0);
      assert.match(told, /^admitted {2}2\.0\.0 \([0-9a-f]{12}\) {2}on all machines: the first cohort$/m);
    }),
);
