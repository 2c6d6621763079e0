/** The doctor looks at what the service's user may write, and at who else may. @module */
import assert from "node:assert/strict";
import { chmodSync, chownSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import type { Finding } from "../../../src/service/doctor/check.ts";
import { runTool } from "../../../src/system/tools/run_tool.ts";
import { atSite, says, type Site } from "../../support/command_line.ts";
import { lacks } from "../../support/mounts.ts";
import { asUser, DAEMON } from "../../support/other_user/as_user.ts";

const asRoot = process.geteuid?.() === 0 ? lacks("runuser") : "only root can be another user";

/** A confirmed program in a folder of root's, whose state belongs to the service's user. */
async function servedByDaemon({ dir, exe, callWith }: Site): Promise<string> {
  chmodSync(dir, 0o755);
  const state = join(dir, "state");
  mkdirSync(state);
  chownSync(state, DAEMON, DAEMON);
  const { code, log } = await callWith({}, "confirm", "--exe", exe, "--data-dir", state);
  assert.equal(code, 0, log.join("\n"));
  return state;
}

/** What the doctor finds as the service's user. */
function asDaemon({ dir, exe }: Site, state: string): Finding[] {
  const words = ["doctor", "--json", "--exe", exe, "--data-dir", state];
  // What the environment calls the user does not count.
  const env = { USER: "somebody", DENO_NO_UPDATE_CHECK: "1" };
  const { stdout, stderr } = asUser(DAEMON, (daemon) => daemon.sentinel(words, { cwd: dir, env }));
  assert.ok(stdout !== "", stderr);
  return JSON.parse(stdout).findings;
}

const failing = (findings: readonly Finding[]) => findings.filter(({ verdict }) => verdict === "bad");

test("the doctor, as a user who cannot write the program's folder, says that there is no rollback", {
  skip: asRoot,
}, () =>
  atSite(async (site) => {
    const state = await servedByDaemon(site);
    const [found, ...others] = failing(asDaemon(site, state));
    assert.deepEqual([found?.check, others], ["program dir", []]);
    assert.match(found?.text ?? "", /^user daemon cannot put a program back, so there is no rollback: /);
    assert.match(found?.advice ?? "", /^as root: boot-sentinel run --guard \S+app -- setpriv --reuid daemon /);
    assert.doesNotMatch(found?.advice ?? "", /chown/, "a service that owns its program can replace it");
  }));

/** The doctor as root, about a unit whose `User=` this is. */
async function aboutUnit({ exe, file, callWith }: Site, state: string, user: string): Promise<Finding[]> {
  const self = file("boot-sentinel", "#!/bin/sh\n");
  const shown =
    `LoadState=loaded\nUser=${user}\nExecStart={ path=${self} ; argv[]=${self} run -- ${exe} ; ignore_errors=no ; }\nRestart=always\n`;
  const { stdout, log } = await callWith(
    { systemctl: says(shown), runTool },
    ...["doctor", "--json", "--exe", exe, "--data-dir", state, "--unit", "app"],
  );
  assert.ok(stdout !== "", log.join("\n"));
  return JSON.parse(stdout).findings;
}

test("the doctor of a unit looks with the eyes of the unit's user", { skip: asRoot }, () =>
  atSite(async (site) => {
    const state = await servedByDaemon(site);
    assert.deepEqual(failing(await aboutUnit(site, state, "daemon")).map(({ check }) => check), ["program dir"]);
    chownSync(site.dir, DAEMON, DAEMON);
    assert.deepEqual(failing(await aboutUnit(site, state, "daemon")), []);
    chownSync(state, 0, 0);
    const found = failing(await aboutUnit(site, state, "daemon"));
    assert.deepEqual(found.map(({ check, text }) => [check, /another user owns it/.test(text)]), [
      ["data dir", false],
      ["state files", true],
    ]);
    assert.match(found[0]?.advice ?? found[1]?.advice ?? "", /^chown daemon /);
    const texts = failing(await aboutUnit(site, state, "no-such-user")).map(({ text }) => text).join("\n");
    assert.match(texts, /^app\.service runs as no-such-user, and there is no such user on this machine/m);
  }));

test(
  "the doctor of root's unit still holds it against the state that another user owns it",
  { skip: asRoot },
  () =>
    atSite(async (site) => {
      const state = await servedByDaemon(site);
      const [found] = failing(await aboutUnit(site, state, ""));
      assert.match(found?.text ?? "", /^user 1 can write .*state and so choose what runs/);
      assert.match(found?.advice ?? "", /unless the service runs as user 1/);
    }),
);

test("the doctor finds a configuration that others can write, by its bits, its owner and its folder", {
  skip: asRoot,
}, () =>
  atSite(async ({ dir, exe, call, callWith }) => {
    chmodSync(dir, 0o755);
    await call("confirm");
    const folder = join(dir, "etc dir");
    const file = join(folder, "boot.json");
    mkdirSync(folder);
    writeFileSync(file, '{"hook":"true"}', { mode: 0o644 });
    const trouble = async () => {
      const { stdout } = await callWith({}, "doctor", "--json", "--exe", exe, "--config", file);
      return failing(JSON.parse(stdout).findings);
    };
    assert.deepEqual(await trouble(), []);
    for (const mode of [0o664, 0o646]) {
      chmodSync(file, mode);
      const [found, ...others] = await trouble();
      assert.deepEqual([found?.check, others], ["configuration", []]);
      assert.match(found?.text ?? "", /boot\.json: other users can write it \(mode 6..\)/);
      assert.equal(found?.advice, `inspect it, then: chmod go-w '${file}'`);
    }
    chmodSync(file, 0o644);
    chownSync(file, 1234, 1234);
    assert.match((await trouble())[0]?.text ?? "", /boot\.json: another user owns it, and its hooks are commands/);
    chownSync(file, 0, 0);
    chmodSync(folder, 0o777);
    assert.match((await trouble())[0]?.text ?? "", /^everybody can write .*etc dir and so choose what runs/);
  }));
