/** What `status` says for people and for monitoring about a build that is bad. @module */
import assert from "node:assert/strict";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { ProcessIo } from "../../../src/system/process/process_io.ts";
import { type Answer, atSite, BAD, says, type Site } from "../../support/command_line.ts";

type RunTool = ProcessIo["runTool"];

/** `status` on a machine whose dpkg says that. */
function statusOf({ callWith, exe }: Site, dpkg: RunTool, ...args: string[]): Promise<Answer> {
  return callWith({ env: { BOOT_SENTINEL_EXE: exe }, runTool: dpkg }, "status", ...args);
}

const noDpkg = says(undefined);

/** Build 1.0.0 is confirmed, and 2.0.0 has booted `boots` times. */
async function updated({ call, file }: Site, boots: number): Promise<void> {
  await call("confirm", "--app-version", "1.0.0");
  await call("swap", file("bad", BAD), "--to", "2.0.0");
  for (let boot = 1; boot <= boots; boot++) await call("check");
}

test("status --check is 0 for a steady program and one on probation, and 1 for all that needs attention", async () => {
  await atSite(async (site) => {
    const check = async () => (await statusOf(site, noDpkg, "--check")).code;
    const plain = async () => (await statusOf(site, noDpkg)).code;
    assert.deepEqual([await check(), await plain()], [1, 0], "nothing was confirmed");
    await site.call("confirm", "--app-version", "1.0.0");
    assert.equal(await check(), 0, "steady");
    await updated(site, 1);
    assert.equal(await check(), 0, "probation");
    await site.call("fail", "cannot log in");
    assert.deepEqual([await check(), await plain()], [1, 0], "declared bad");
    await site.call("check");
    assert.deepEqual([await check(), await plain()], [1, 0], "rolled back");
    await site.call("confirm");
    assert.equal(await check(), 0, "confirmed again");
    writeFileSync(join(site.dir, ".boot-quarantine.json"), "{");
    assert.equal(await check(), 1, "steady with a problem");
    rmSync(join(site.dir, ".boot-quarantine.json"));
    assert.equal(await check(), 0, "steady again");
    rmSync(site.exe);
    assert.equal(await check(), 1, "degraded");
  });
});

test("status --check says what status says", async () => {
  await atSite(async (site) => {
    await updated(site, 2);
    assert.equal(
      (await statusOf(site, noDpkg, "--check", "--json")).stdout,
      (await site.call("status", "--json")).stdout,
    );
  });
});

test("a build that was declared bad is shown with the reason and with what the next boot does", async () => {
  await atSite(async (site) => {
    await updated(site, 1);
    await site.call("fail", "cannot log in");
    const { pending } = JSON.parse((await site.call("status", "--json")).stdout);
    assert.deepEqual(pending, { version: "2.0.0", attempts: 1, maxAttempts: 3, failed: "cannot log in" });
    const then = "declared bad: cannot log in; the next boot puts 1.0.0 back";
    assert.ok((await site.call("status")).stdout.includes(then));
    const page = join(site.dir, "page.html");
    await site.call("status", "--html", page);
    assert.ok(readFileSync(page, "utf8").includes(then));
  });
});

test("page and metrics know a program that is exposed", async () => {
  await atSite(async ({ call, dir }) => {
    const [page, metrics] = [join(dir, "page.html"), join(dir, "app.prom")];
    await call("status", "--html", page, "--metrics-file", metrics);
    assert.match(readFileSync(page, "utf8"), /class="badge warn">exposed<[\s\S]*not protected yet/);
    assert.match(readFileSync(metrics, "utf8"), /boot_sentinel_state\{[^}]*state="exposed"\} 1\n/);
    assert.match(readFileSync(metrics, "utf8"), /boot_sentinel_state\{[^}]*state="unseen"\} 0\n/);
  });
});

test("more boots than a build gets are never told", async () => {
  await atSite(async ({ call, dir }) => {
    const metrics = join(dir, "app.prom");
    writeFileSync(join(dir, ".boot-sentinel.json"), '{"version":"2.0.0","attempts":9}', { mode: 0o600 });
    await call("check", "--metrics-file", metrics);
    assert.match((await call("status")).stdout, /boot 3 of 3 {2}●●●\n/);
    assert.match(readFileSync(metrics, "utf8"), /boot_sentinel_attempts\{[^}]*\} 3\n/);
    const { events } = JSON.parse((await call("history", "--json")).stdout);
    assert.deepEqual(events.map(({ attempts }: { attempts: number }) => attempts), [3]);
    assert.match((await call("quarantine", "list")).stdout, /\t3 attempts\t/);
  });
});

/** A dpkg with nats-server 2.0.0. */
const withPackage = (exe: string): RunTool => (_, how) =>
  Promise.resolve({ code: 0, stdout: how === "-S" ? `nats-server: ${exe}\n` : "2.0.0-1", stderr: "" });

test("after a rollback status says that the package manager has another version", async () => {
  await atSite(async (site) => {
    await updated(site, 3);
    const dpkg = withPackage(site.exe);
    const problems = async () => JSON.parse((await statusOf(site, dpkg, "--json")).stdout).problems;
    assert.deepEqual(await problems(), [], "not before");
    await site.call("check");
    assert.deepEqual(await problems(), [{
      code: "package-differs",
      text: "The package nats-server is 2.0.0-1 for dpkg, but the program is 1.0.0, which was put back",
      advice: "install a good version of nats-server",
    }]);
    assert.match((await statusOf(site, dpkg)).stdout, /problem +The package nats-server is 2\.0\.0-1 for dpkg/);
    assert.equal((await statusOf(site, noDpkg)).stdout.includes("dpkg"), false);
    site.file("app", "#!/bin/sh\necho from a package\n");
    assert.deepEqual(await problems(), [], "the program was replaced since");
  });
});
