/** An update that the herd withholds, on the command line. The herd is a published list. @module */
import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { atSite, BAD, GOOD, type Site } from "../../support/command_line.ts";
import { type ListServer, sha256Of, withListServer } from "../../support/herd/list_server.ts";

const NEW = `${GOOD}# new\n`;
const DIGEST = sha256Of(NEW);
const REFUSED = { schema: 1, kind: "refuse", by: "judge", reason: "it failed on 4 machines", at: 0, version: "2.0.0" };
const admitted = (share: number) => ({ schema: 1, share, by: "judge", at: 0, version: "2.0.0" });

/** A machine of a herd, with an update. */
function inHerd(
  use: (site: Site & { readonly herd: ListServer; readonly update: string }) => Promise<void>,
): Promise<void> {
  return withListServer((herd) =>
    atSite((site) => {
      const env = {
        BOOT_SENTINEL_EXE: site.exe,
        BOOT_SENTINEL_HERD: herd.url,
        BOOT_SENTINEL_HERD_APP: "web",
        BOOT_SENTINEL_HERD_KEYS: herd.key,
      };
      const call: Site["call"] = (...args) => site.callWith({ env }, ...args);
      return use({ ...site, call, herd, update: site.file("update", NEW) });
    })
  );
}

test("swap, deploy and quarantine check refuse a build that the herd refuses, each with the reason and its age", () =>
  inHerd(async ({ call, herd, update, exe }) => {
    herd.publish([[`verdict.${DIGEST}`, REFUSED], [`admit.${DIGEST}`, admitted(1)]]);
    assert.equal((await call("herd", "sync")).code, 0);
    const why = /2\.0\.0 is refused by the herd: it failed on 4 machines \(its last answer is \d+ seconds? old\)/;
    for (const command of ["swap", "deploy"]) {
      const { code, log } = await call(command, update, "--to", "2.0.0");
      assert.equal(code, 1, command);
      assert.match(log.join("\n"), why);
    }
    assert.equal(readFileSync(exe, "utf8"), GOOD);
    const checked = await call("quarantine", "check", "2.0.0", "--file", update);
    assert.deepEqual([checked.code, /is refused by the herd/.test(checked.stdout)], [0, true]);
    assert.equal((await call("quarantine", "check", "2.0.0")).code, 0, "by its version alone");
  }));

test("a build that is not admitted on this machine yet is refused by all of them, and free once it is", () =>
  inHerd(async ({ call, herd, update, exe }) => {
    herd.publish([[`admit.${DIGEST}`, admitted(0)]]);
    await call("herd", "sync");
    const early = await call("swap", update, "--to", "2.0.0");
    assert.equal(early.code, 1);
    assert.match(
      early.log.join("\n"),
      /2\.0\.0 is not admitted on this machine yet: no machine may take it now .*; nothing was changed; try/,
    );
    const checked = await call("quarantine", "check", "2.0.0", "--file", update, "--json");
    assert.equal(checked.code, 0, "do not install it now");
    const { quarantined, herd: { answer } } = JSON.parse(checked.stdout);
    assert.deepEqual([quarantined, answer], [false, "notYet"]);
    herd.publish([[`admit.${DIGEST}`, admitted(1)]]);
    await call("herd", "sync");
    assert.equal((await call("quarantine", "check", "2.0.0", "--file", update)).code, 1);
    assert.equal((await call("swap", update, "--to", "2.0.0")).code, 0);
    assert.equal(readFileSync(exe, "utf8"), NEW);
  }));

test("deploy asks the herd itself before it swaps", () =>
  inHerd(async ({ call, herd, update }) => {
    herd.publish([[`verdict.${DIGEST}`, REFUSED]]);
    const { code, log } = await call("deploy", update, "--to", "2.0.0");
    assert.equal(code, 1);
    assert.match(log.join("\n"), /is refused by the herd/);
  }));

test("an update that is withheld does not run the before-swap hook", () =>
  inHerd(async ({ call, herd, update, dir }) => {
    herd.publish([[`verdict.${DIGEST}`, REFUSED]]);
    await call("herd", "sync");
    const { code, log } = await call("swap", update, "--to", "2.0.0", "--before-swap", `touch ${dir}/ran`);
    assert.equal(code, 1);
    assert.match(log.join("\n"), /is refused by the herd/);
    assert.throws(() => readFileSync(`${dir}/ran`));
  }));

test("a build that waits is remembered, for the judge to be told of", () =>
  inHerd(async ({ call, update, dir }) => {
    await call("herd", "sync");
    assert.equal((await call("swap", update, "--to", "2.0.0")).code, 1);
    const { wanted } = JSON.parse(readFileSync(join(dir, ".boot-herd.json"), "utf8"));
    assert.deepEqual(wanted.map(({ digest, version }: { digest: string; version: string }) => [version, digest]), [
      ["2.0.0", DIGEST],
    ]);
  }));

test("a herd that cannot be reached is no error, and without any answer the policy decides", () =>
  inHerd(async ({ call, callWith, exe, update }) => {
    const nowhere = ["--herd", "http://127.0.0.1:1/list"];
    await call("confirm", "--app-version", "1.0.0");
    const { code, stdout } = await call("herd", "sync", ...nowhere);
    assert.equal(code, 0);
    // A list takes no reports: there is none to be sent later.
    assert.match(stdout, /^Not synced: .*; the last answer of the herd stands; nothing waits to be sent\n/);
    const closed = await call("swap", update, "--to", "2.0.0", "--herd-policy", "closed");
    assert.equal(closed.code, 1);
    assert.match(
      closed.log.join("\n"),
      /the herd has not answered about it \(nothing was ever fetched: .*policy is closed/,
    );
    assert.equal((await call("swap", update, "--to", "2.0.0")).code, 0);
    assert.equal((await callWith({ env: {} }, "quarantine", "check", "9", "--exe", exe)).code, 1, "without a herd");
  }));

test("the status of a list says that it is one, and nothing of machines or a judge", () =>
  inHerd(async ({ call, herd }) => {
    herd.publish([]);
    const { stdout } = await call("herd", "status");
    assert.match(
      stdout,
      /^herd web: a published list of 20\d\d-.*Z; it has verdicts and shares, no reports\nIt names no/,
    );
    herd.publish([[`admit.${DIGEST}`, admitted(1)]]);
    assert.match((await call("herd", "status")).stdout, /\n2\.0\.0 +[0-9a-f]{12} +everywhere/);
  }));

test("a list with another signature, of another app, or none at all is not believed", () =>
  inHerd(async ({ call, herd }) => {
    const why = async (...args: string[]) => {
      const { stdout, log } = await call("herd", "sync", ...args);
      return stdout + log.join("\n");
    };
    assert.match(await why("--herd-app", "other"), /it is the list of web, not of other/);
    assert.match(await why("--herd-keys", "A".repeat(43)), /which is none of --herd-keys/);
    herd.publish([[`verdict.${DIGEST}`, REFUSED]]);
    herd.serve((text) => text.replace("it failed on", "it lives on"));
    assert.match(await why(), /its signature is wrong/);
    herd.serve(() => "<html>");
    assert.match(await why(), /it is no list of a herd/);
    herd.serve(() => "x".repeat(17 << 20));
    assert.match(await why(), /it is larger than 16 MiB/);
  }));

test("a build that failed here is quarantined here, whatever the herd says", () =>
  inHerd(async ({ call, herd, file, exe }) => {
    const bad = file("bad", BAD);
    herd.publish([[`admit.${sha256Of(BAD)}`, admitted(1)]]);
    await call("herd", "sync");
    await call("quarantine", "add", "3.0.0", "--file", bad);
    const { code, log } = await call("swap", bad, "--to", "3.0.0");
    assert.equal(code, 1);
    assert.match(log.join("\n"), /quarantined/);
    assert.equal(readFileSync(exe, "utf8"), GOOD);
  }));

test("the watcher of a boot syncs after its verdict", () =>
  withListServer((herd) =>
    atSite(async ({ dir, exe, callWith }) => {
      const env = { BOOT_SENTINEL_HERD: herd.url, BOOT_SENTINEL_HERD_APP: "web", BOOT_SENTINEL_HERD_KEYS: herd.key };
      herd.publish([[`verdict.${DIGEST}`, REFUSED]]);
      const ended = { pid: 1, alive: () => false, signal: () => false, close: () => {} };
      const io = { env, watchProcess: () => Promise.resolve(ended), unitOf: () => undefined };
      const watch = (onTermination: (end: () => void) => void) =>
        callWith({ ...io, onTermination }, ...["watch", "--exe", exe, "1", "0", '{"kind":"probation","boot":1}']);
      const path = join(dir, ".boot-herd.json");
      assert.equal((await watch((end) => end())).code, 0);
      assert.throws(() => readFileSync(path), "whoever stops the service does not wait for the herd");
      assert.equal((await watch(() => {})).code, 0);
      assert.match(readFileSync(path, "utf8"), new RegExp(DIGEST));
    })
  ));

test("a release is withheld as a file is, by the digest that it has everywhere", () =>
  withListServer((herd) =>
    atSite(async ({ dir, callWith }) => {
      const env = {
        BOOT_SENTINEL_HERD: herd.url,
        BOOT_SENTINEL_HERD_APP: "web",
        BOOT_SENTINEL_HERD_KEYS: herd.key,
        BOOT_SENTINEL_GUARD: join(dir, "current"),
        BOOT_SENTINEL_DATA_DIR: join(dir, "state"),
      };
      const call: Site["call"] = (...args) => callWith({ env }, ...args);
      for (const [path, text] of [["releases/1/app.js", "1"], ["releases/2/app.js", "2"], ["new/app.js", "3"]]) {
        mkdirSync(join(dir, dirname(path ?? "")), { recursive: true });
        writeFileSync(join(dir, path ?? ""), text ?? "");
      }
      symlinkSync("releases/1", join(dir, "current"));
      assert.equal((await call("confirm")).code, 0);
      await call("herd", "sync");
      const update = join(dir, "new");
      assert.equal((await call("swap", update, "--to", "3")).code, 1, "the judge has not decided on it");
      const { wanted: [build] } = JSON.parse(readFileSync(join(dir, "state/.boot-herd.json"), "utf8"));
      herd.publish([[`verdict.${build.digest}`, REFUSED]]);
      const deployed = await call("deploy", update, "--to", "3");
      assert.equal(deployed.code, 1);
      assert.match(deployed.log.join("\n"), /3 is refused by the herd/);
      const releases = readdirSync(join(dir, "releases")).filter((name) => !name.startsWith(".")).sort();
      assert.deepEqual([readlinkSync(join(dir, "current")), releases], ["releases/1", [
        "1",
        "2",
      ]]);
      herd.publish([[`admit.${build.digest}`, admitted(1)], [`verdict.${build.digest}`, {
        ...REFUSED,
        kind: "clear",
      }]]);
      await call("herd", "sync");
      assert.equal((await call("swap", update, "--to", "3")).code, 0);
      assert.equal(JSON.parse((await call("status", "--json")).stdout).live.digest, build.digest);
    })
  ));
