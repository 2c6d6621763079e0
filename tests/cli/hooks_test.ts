/** Hooks are told, decide only where they are asked, and never keep the service down. @module */
import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import type { SentinelEvent } from "../../src/core/state/history.ts";
import { processFacts } from "../../src/system/linux/proc.ts";
import { onPosix } from "../support/scripts.ts";
import { atSite, BAD, GOOD } from "../support/command_line.ts";
import { sentinel } from "../support/sentinel_process.ts";

const test = onPosix("its hooks are commands of sh");

const events = (path: string): SentinelEvent[] =>
  readFileSync(path, "utf8").trimEnd().split("\n").map((line) => JSON.parse(line));

test("a hook gets each event as JSON, with the program in its environment", async () => {
  await atSite(async ({ dir, exe, call, file }) => {
    const told = join(dir, "told");
    const hook = ["--hook", `cat >> ${told}; echo "$BOOT_SENTINEL_EVENT $BOOT_SENTINEL_EXE" >> ${told}.env`];
    await call("confirm", "--app-version", "1.0.0", ...hook);
    await call("swap", file("bad", BAD), "--to", "2.0.0", ...hook);
    for (let boot = 1; boot <= 4; boot++) await call("check", ...hook);
    await call("swap", join(dir, "bad"), "--to", "2.0.0", ...hook);
    assert.deepEqual(events(told).map(({ event }) => event), [
      "confirmed",
      "armed",
      "attempt",
      "attempt",
      "attempt",
      "rolled-back",
      "refused",
    ]);
    const { time, ...rolledBack } = events(told)[5] ?? assert.fail();
    assert.ok(Date.parse(time) > 0);
    assert.deepEqual(rolledBack, {
      schema: 1,
      event: "rolled-back",
      version: "2.0.0",
      other: "1.0.0",
      attempts: 3,
      reason: "not confirmed in 3 boots",
      exe,
      dataDir: dir,
    });
    assert.match(readFileSync(`${told}.env`, "utf8"), new RegExp(`^rolled-back ${exe}$`, "m"));
  });
});

test("a hook runs before the service starts, and what it prints is not on the service's standard output", async () => {
  await atSite(async ({ dir, exe, call, callWith, file }) => {
    await call("confirm");
    await call("swap", file("bad", BAD), "--to", "2.0.0");
    let hooked: boolean | undefined;
    const exec = () => {
      hooked = existsSync(join(dir, "hooked"));
      return "ENOSYS";
    };
    const { stdout } = await callWith({ exec }, "run", "--hook", `echo noise; touch ${dir}/hooked`, "--", exe);
    assert.equal(hooked, true);
    assert.equal(stdout, "");
  });
});

for (
  const [what, hook, says] of [
    ["fails", "exit 7", /Hook \(exit 7\) failed with exit code 7; boot-sentinel goes on/],
    ["is late", "exec sleep 60", /was killed after 1 s/],
    ["reads nothing", "exec <&-; exit 0", /^$/],
  ] as const
) {
  test(`the service starts although a hook ${what}`, async () => {
    await atSite(async ({ exe, call, callWith, file }) => {
      await call("confirm");
      await call("swap", file("bad", BAD), "--to", "2.0.0");
      let started = false;
      const exec = () => {
        started = true;
        return "ENOSYS";
      };
      const { log } = await callWith({ exec }, "run", "--hook", hook, "--hook-timeout", "1", "--", exe);
      assert.ok(started);
      assert.match(log.filter((line) => /Hook/.test(line)).join("\n"), says);
    });
  });
}

test("what a late hook has started is killed with it, and what a punctual one leaves behind is not", async () => {
  await atSite(async ({ dir, call }) => {
    const leaves = (name: string) => `sleep 1000 >/dev/null 2>&1 & echo $! > ${dir}/${name}; `;
    const runs = (name: string) => {
      const pid = Number(readFileSync(join(dir, name), "utf8"));
      try {
        process.kill(pid, 0);
      } catch {
        return undefined;
      }
      // Nobody may be there to bury it.
      return processFacts(pid)?.zombie === true ? undefined : pid;
    };
    const late = await call("confirm", "--hook", `${leaves("late")} sleep 1000`, "--hook-timeout", "500ms");
    assert.match(late.log.join("\n"), /was killed after 0\.5 s/);
    // It is killed by now, and dies as soon as it gets a turn; the limit is for a broken build only.
    for (let turns = 500; turns > 0 && runs("late") !== undefined; turns--) {
      await new Promise((turn) => setTimeout(turn, 10));
    }
    assert.equal(runs("late"), undefined);
    await call("quarantine", "add", "9", "--hook", leaves("punctual"));
    const left = runs("punctual");
    assert.ok(left !== undefined);
    process.kill(left, "SIGKILL");
  });
});

test("before-swap runs once the file is verified, with both versions, and its failure calls the update off", async () => {
  await atSite(async ({ dir, exe, call, file }) => {
    await call("confirm", "--app-version", "1.0.0");
    const bad = file("bad", BAD);
    const seen = join(dir, "seen");
    const hook = ["--before-swap", `echo "$BOOT_SENTINEL_FROM $BOOT_SENTINEL_TO" >> ${seen}; exit 1`];
    assert.equal((await call("swap", bad, "--to", "2.0.0", "--sha256", "00".repeat(32), ...hook)).code, 1);
    assert.ok(!existsSync(seen), "a refused file is none of the hook's business");
    const { code, log } = await call("swap", bad, "--to", "2.0.0", ...hook);
    assert.equal(code, 1);
    assert.match(log.join("\n"), /Cannot update .*failed with exit code 1; nothing was changed/);
    assert.equal(readFileSync(seen, "utf8"), "1.0.0 2.0.0\n");
    assert.equal(readFileSync(exe, "utf8"), GOOD);
    assert.equal((await call("arm", "2.0.0", ...hook)).code, 1);
    assert.equal(JSON.parse((await call("status", "--json")).stdout).pending, null);
    const willing = ["--before-swap", "true"];
    assert.equal((await call("swap", bad, "--to", "2.0.0", ...willing)).code, 0);
    assert.equal(readFileSync(exe, "utf8"), BAD);
  });
});

test("the after-rollback hook gets both versions, before the restored program starts", async () => {
  await atSite(async ({ dir, exe, call, callWith, file }) => {
    await call("confirm", "--app-version", "1.0.0");
    await call("swap", file("bad", BAD), "--to", "2.0.0");
    await call("fail");
    let restored = "";
    const exec = () => {
      restored ||= readFileSync(join(dir, "restored"), "utf8");
      return "ENOSYS";
    };
    const hook = `echo "$BOOT_SENTINEL_FROM $BOOT_SENTINEL_TO" >> ${dir}/restored`;
    await callWith({ exec }, "run", "--after-rollback-hook", hook, "--", exe);
    assert.equal(restored, "2.0.0 1.0.0\n");
  });
});

test("an after-rollback hook that was cut short is made up for by the next boot, once", async () => {
  await atSite(async ({ dir, exe, call, file }) => {
    await call("confirm", "--app-version", "1.0.0");
    await call("swap", file("bad", BAD), "--to", "2.0.0");
    await call("fail");
    const cut = sentinel(["check", "--exe", exe, "--after-rollback-hook", "kill -9 $PPID"]);
    assert.equal(cut.signal, "SIGKILL");
    assert.equal(readFileSync(exe, "utf8"), GOOD);
    const hook = ["--after-rollback-hook", `echo "$BOOT_SENTINEL_FROM $BOOT_SENTINEL_TO" >> ${dir}/restored`];
    for (let boot = 1; boot <= 2; boot++) await call("check", ...hook);
    assert.equal(readFileSync(join(dir, "restored"), "utf8"), "2.0.0 1.0.0\n");
  });
});

test("a hook finds the lock free, and the commands that it calls call no hook again", async () => {
  await atSite(async ({ dir, exe, callWith, call, file }) => {
    const lock = '"$BOOT_SENTINEL_DATA_DIR/.boot-sentinel.lock"';
    await call("confirm", "--app-version", "1.0.0", "--hook", `flock -n ${lock} touch ${dir}/free`);
    assert.ok(existsSync(join(dir, "free")));
    await call("swap", file("bad", BAD), "--to", "2.0.0");
    writeFileSync(join(dir, "boot-sentinel.config.json"), JSON.stringify({ hook: `touch ${dir}/again` }));
    const env = { BOOT_SENTINEL_EXE: exe, BOOT_SENTINEL_IN_HOOK: "1" };
    assert.equal((await callWith({ env }, "confirm")).code, 0);
    assert.ok(!existsSync(join(dir, "again")));
  });
});
