/** `check`, `watch` and `stopped` beside a unit. @module */
import assert from "node:assert/strict";
import { existsSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { EXIT } from "../../../src/core/exit_codes.ts";
import { atSite, BAD, GOOD, says, type Site } from "../../support/command_line.ts";

const UNIT = ["--unit", "app.service"];

/** A confirmed program. `beside` runs a command as the unit does. */
async function installed(use: (site: Site, beside: Site["call"]) => Promise<void>): Promise<void> {
  await atSite(async (site) => {
    assert.equal((await site.call("confirm")).code, 0);
    const env = { BOOT_SENTINEL_EXE: site.exe, INVOCATION_ID: "1", MAINPID: "1" };
    const beside = (...args: string[]) => site.callWith({ env, hasSystemd: () => true }, ...args);
    await use(site, beside);
  });
}

test("check --unit ends with 0 at every boot, after a rollback, too: the unit starts what is there then", () =>
  installed(async (site, beside) => {
    assert.equal((await beside("check", ...UNIT)).code, EXIT.ok);
    await site.call("swap", site.file("bad", BAD), "--to", "2.0.0");
    const codes: number[] = [];
    for (let boot = 1; boot <= 4; boot++) codes.push((await beside("check", ...UNIT)).code);
    assert.deepEqual(codes, [0, 0, 0, 0]);
    assert.equal(readFileSync(site.exe, "utf8"), GOOD);
  }));

test("check ends with 75 after a rollback without --unit, and where that is wanted", async () => {
  for (const options of [[], [...UNIT, "--after-rollback", "exit"]]) {
    await installed(async (site, beside) => {
      await site.call("swap", site.file("bad", BAD), "--to", "2.0.0");
      for (let boot = 1; boot <= 3; boot++) assert.equal((await beside("check", ...options)).code, EXIT.ok);
      assert.equal((await beside("check", ...options)).code, EXIT.rolledBack);
    });
  }
});

test("check --unit with a state that cannot be used ends with 0, and says so", () =>
  installed(async (site, beside) => {
    writeFileSync(join(site.dir, ".boot-sentinel.json"), "{ torn");
    const { code, log } = await beside("check", ...UNIT);
    assert.equal(code, EXIT.ok);
    assert.match(log.join("\n"), /\.boot-sentinel\.json/);
  }));

test("check --unit counts each unit of a program apart", () =>
  installed(async (site, beside) => {
    await site.call("swap", site.file("v2", BAD), "--to", "2.0.0");
    for (const unit of ["web@1.service", "web@2.service", "web@3.service", "web@4.service"]) {
      assert.equal((await beside("check", "--unit", unit)).code, EXIT.ok);
    }
    const status = JSON.parse((await site.call("status", "--json")).stdout);
    assert.deepEqual([status.state, status.pending.attempts], ["probation", 1]);
  }));

test("watch starts nothing when nothing is pending, and stopped asks nobody", () =>
  installed(async (site, beside) => {
    // The program's stamp is recorded once it is older than the file system's clock step.
    const record = join(site.dir, ".boot-record.json");
    do await beside("check", ...UNIT); while (JSON.parse(readFileSync(record, "utf8")).live === undefined);
    // Both would fail: in this test no process is started, and systemd is not asked.
    assert.deepEqual(await beside("watch", ...UNIT), { code: 0, stdout: "", stderr: "", log: [] });
    assert.deepEqual(await beside("stopped", ...UNIT), { code: 0, stdout: "", stderr: "", log: [] });
  }));

test("watch starts a watcher for the boot that check has counted", () =>
  installed(async (site) => {
    await site.call("swap", site.file("v2", BAD), "--to", "2.0.0");
    const started: (readonly string[])[] = [];
    const surroundings = {
      env: { BOOT_SENTINEL_EXE: site.exe, MAINPID: "4711" },
      processStart: () => "99",
      spawnDetached: (args: readonly string[]) => Promise.resolve(void started.push(args)),
    };
    await site.callWith(surroundings, "check", ...UNIT);
    assert.equal((await site.callWith(surroundings, "watch", ...UNIT)).code, EXIT.ok);
    assert.deepEqual(started[0]?.slice(0, 3), ["watch", "4711", "99"]);
    assert.equal(started.length, 1);
    await site.callWith(surroundings, "watch", ...UNIT, "--confirm", "manual");
    assert.equal(started.length, 1, "nobody is to watch");
  }));

test("watch says nothing of a service that has ended already, and says it when nobody names the process", () =>
  installed(async (site) => {
    await site.call("swap", site.file("v2", BAD), "--to", "2.0.0");
    const env = { BOOT_SENTINEL_EXE: site.exe };
    await site.callWith({ env }, "check", ...UNIT);
    const ended = {
      env: { ...env, MAINPID: "4711" },
      pid: 1,
      processStart: (pid: number) => pid === 1 ? "1" : undefined,
    };
    assert.deepEqual(await site.callWith(ended, "watch", ...UNIT), { code: 0, stdout: "", stderr: "", log: [] });
    const { code, log } = await site.callWith({ env }, "watch", ...UNIT);
    assert.equal(code, EXIT.ok);
    assert.match(log.join("\n"), /neither --pid nor \$MAINPID names the service's process/);
  }));

/** What systemd says of a start that has ended: its times, in microseconds, and the jobs. */
const ended = (ranUs: number, jobs = "") => (...args: string[]) =>
  args.includes("show")
    ? says(
      `InactiveExitTimestampMonotonic=5\nExecMainStartTimestampMonotonic=9\nExecMainExitTimestampMonotonic=${
        9 + ranUs
      }\n`,
    )()
    : says(jobs)();

test("a confirmed build that ends right after each start is told once, and rescued once", () =>
  installed(async (site) => {
    const env = { BOOT_SENTINEL_EXE: site.exe, SERVICE_RESULT: "exit-code", EXIT_CODE: "exited", EXIT_STATUS: "3" };
    const rescued = join(site.dir, "rescued");
    const stopped = (systemctl: ReturnType<typeof ended>, start: number, ...options: string[]) =>
      site.callWith(
        { env: { ...env, INVOCATION_ID: String(start) }, hasSystemd: () => true, unitOf: () => undefined, systemctl },
        ...["stopped", ...UNIT, "--crash-loop", "3", "--no-last-words"],
        ...["--rescue", `echo "$BOOT_SENTINEL_EVENT $(cat)" >>${rescued}`, ...options],
      );
    const check = async () => (await site.call("status", "--check")).code;
    await stopped(ended(1_000_000), 1);
    await stopped(ended(1_000_000), 2, "--exit-ok", "3");
    for (const start of [3, 4]) await stopped(ended(9_999_999), start);
    await stopped(ended(1_000_000, "7 app.service stop running\n"), 5);
    for (const start of [6, 7]) await stopped(ended(1_000_000), start);
    assert.deepEqual([await check(), existsSync(rescued)], [0, false]);

    const { log } = await stopped(ended(1_000_000), 8);
    assert.match(log.join("\n"), /error: The confirmed build is crash-looping: 3 starts in a row/);
    for (const start of [9, 10, 11, 12]) assert.deepEqual((await stopped(ended(1_000_000), start)).log, []);
    const rescues = () => readFileSync(rescued, "utf8").trim().split("\n");
    const lines = rescues();
    assert.match(lines.join(), /^crash-looping \{"schema":1,.*"event":"crash-looping".*: exit 3"/);
    assert.deepEqual([lines.length, await check(), readFileSync(site.exe, "utf8")], [1, 1, GOOD]);

    await stopped(ended(10_000_000), 13);
    assert.deepEqual([await check(), rescues()], [0, lines]);
  }));

test("a command before the start that fails is a crash, too, and how the start before ended is not told for it", () =>
  installed(async (site) => {
    const times =
      "InactiveExitTimestampMonotonic=99\nExecMainStartTimestampMonotonic=9\nExecMainExitTimestampMonotonic=90\n";
    const env = { BOOT_SENTINEL_EXE: site.exe, SERVICE_RESULT: "exit-code", EXIT_CODE: "exited", EXIT_STATUS: "0" };
    const systemctl = (...args: string[]) => says(args.includes("show") ? times : "")();
    const surroundings = { env, hasSystemd: () => true, unitOf: () => undefined, systemctl };
    await site.callWith(surroundings, "stopped", ...UNIT, "--crash-loop", "1", "--exit-ok", "0", "--no-last-words");
    const [problem] = JSON.parse((await site.call("status", "--json")).stdout).problems;
    assert.match(problem.text, /: a command before its start failed \(exit-code\);/);
  }));

test("after a crash watch starts a watcher, until the build has lasted", () =>
  installed(async (site) => {
    const started: (readonly string[])[] = [];
    const surroundings = {
      env: {
        BOOT_SENTINEL_EXE: site.exe,
        MAINPID: "4711",
        SERVICE_RESULT: "signal",
        EXIT_CODE: "dumped",
        EXIT_STATUS: "SEGV",
      },
      hasSystemd: () => true,
      unitOf: () => undefined,
      processStart: () => "99",
      spawnDetached: (args: readonly string[]) => Promise.resolve(void started.push(args)),
      systemctl: ended(1),
    };
    await site.callWith(surroundings, "stopped", ...UNIT, "--no-last-words");
    await site.callWith(surroundings, "watch", ...UNIT);
    await site.callWith(surroundings, "watch", ...UNIT, "--confirm", "manual");
    assert.deepEqual(started.map(([, , , token = ""]) => JSON.parse(token).kind), ["crashed", "crashed"]);
    await site.callWith({ ...surroundings, systemctl: ended(10_000_000) }, "stopped", ...UNIT);
    await site.callWith(surroundings, "watch", ...UNIT);
    assert.equal(started.length, 2);
  }));

test("with --confirm-within somebody waits for the confirm of an armed build, and of no other", () =>
  installed(async (site) => {
    const manual = [...UNIT, "--confirm", "manual", "--confirm-within", "10m"];
    const started: (readonly string[])[] = [];
    const surroundings = {
      env: { BOOT_SENTINEL_EXE: site.exe, MAINPID: "4711" },
      processStart: () => "99",
      spawnDetached: (args: readonly string[]) => Promise.resolve(void started.push(args)),
    };
    const boot = async () => {
      await site.callWith(surroundings, "check", ...manual);
      await site.callWith(surroundings, "watch", ...manual);
    };
    await boot();
    assert.equal(started.length, 0);
    await site.call("swap", site.file("v2", BAD), "--to", "2.0.0");
    await boot();
    assert.deepEqual(started.map(([, , , token = ""]) => JSON.parse(token).kind), ["probation"]);
    await site.call("rollback");
    await site.callWith(surroundings, "check", ...UNIT); // counted as one that is watched
    utimesSync(site.exe, 1, 1); // so that the next boot has to look
    await site.callWith(surroundings, "watch", ...manual);
    assert.equal(started.length, 1, "the build that was put back is confirmed already");
  }));

test("stopped takes back the attempt of a stop on request, and of nothing else", () =>
  installed(async (site) => {
    await site.call("swap", site.file("v2", BAD), "--to", "2.0.0");
    const attempts = async () => JSON.parse((await site.call("status", "--json")).stdout).pending.attempts;
    const env = { BOOT_SENTINEL_EXE: site.exe, INVOCATION_ID: "1", SERVICE_RESULT: "exit-code", EXIT_CODE: "exited" };
    const stopped = (jobs: string) =>
      site.callWith(
        { env, hasSystemd: () => true, unitOf: () => undefined, systemctl: says(jobs) },
        "stopped",
        ...UNIT,
      );
    await site.callWith({ env }, "check", ...UNIT);
    assert.equal((await stopped("")).code, EXIT.ok);
    assert.equal((await stopped("7 other.service stop running\n")).code, EXIT.ok);
    assert.equal((await stopped("7 app.service start running\n")).code, EXIT.ok);
    assert.equal(await attempts(), 1);
    assert.equal((await stopped("7 app.service restart running\n")).code, EXIT.ok);
    assert.equal(await attempts(), 0);
  }));
