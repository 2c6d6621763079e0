/** The watcher as a real process beside a real service. @module */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, readlinkSync, watch, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { watchProcess } from "../../../src/system/linux/watched_process.ts";
import { processFacts } from "../../../src/system/linux/proc.ts";
import { BootSentinel } from "../../../mod.ts";
import { nodeFs } from "../../../src/system/fs/node_fs.ts";
import { sentinel, sentinelWords } from "../../support/sentinel_process.ts";
import { inTempDir } from "../../support/temp.ts";

const skip = process.platform === "linux" ? false : "the service is hosted here instead";

/** Starts a service behind the gate that prints a line and waits; resolves once it has printed. */
async function start(dir: string, script: string, options: readonly string[]): Promise<ChildProcess> {
  const exe = join(dir, "app");
  writeFileSync(exe, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  const [program = "", ...words] = sentinelWords();
  const service = spawn(program, [...words, "run", ...options, "--", exe], {
    // An inherited descriptor, as with socket activation.
    stdio: ["pipe", "pipe", "pipe", "pipe"],
    env: { ...process.env, MARK_OF_THIS_TEST: dir },
  });
  service.stderr?.resume();
  if (service.stdout !== null) await once(service.stdout, "data");
  return service;
}

/** The processes of a test beside the service, by the environment that they have inherited. */
function others(dir: string, service: ChildProcess): number[] {
  return readdirSync("/proc").map(Number).filter((pid) => {
    if (Number.isNaN(pid) || pid === service.pid) return false;
    try {
      return readFileSync(`/proc/${pid}/environ`, "latin1").includes(`MARK_OF_THIS_TEST=${dir}`);
    } catch {
      return false;
    }
  });
}

/** Resolves once `ask` is true; looks whenever something changes in the folder, and now and then. */
function eventually(dir: string, ask: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (!ask()) return;
      watcher.close();
      clearInterval(timer);
      resolve();
    };
    const watcher = watch(dir, look);
    const timer = setInterval(look, 20);
    look();
  });
}

const statusOf = (dir: string) => new BootSentinel({ dataDir: dir, exe: join(dir, "app") }, { log: () => {} }).status();

const WAIT = "echo up; exec sleep 1000";

test(
  "the watcher is nobody's child, holds nothing of the service's, and leaves once it has confirmed",
  { skip },
  async () => {
    await inTempDir(async (dir) => {
      const service = await start(dir, WAIT, [
        "--probe",
        `file:${dir}/alive`,
        "--healthy-after",
        "0s",
        "--probe-interval",
        "20ms",
      ]);
      try {
        const [watcher = 0, ...more] = others(dir, service);
        assert.deepEqual(more, [], "the go-between is gone");
        const facts = processFacts(watcher);
        assert.notEqual(facts?.parent, service.pid);
        assert.equal(facts?.group, watcher, "a session of its own");
        const held = readdirSync(`/proc/${watcher}/fd`).map((fd) => readlinkSync(`/proc/${watcher}/fd/${fd}`));
        for (const fd of [0, 1, 3]) {
          assert.ok(
            !held.includes(readlinkSync(`/proc/${service.pid}/fd/${fd}`)),
            `descriptor ${fd} is the service's alone`,
          );
        }
        const children = readFileSync(`/proc/${service.pid}/task/${service.pid}/children`, "utf8");
        assert.equal(children, "", "no child that the service does not know");
        await eventually(dir, () => statusOf(dir).watcher !== null);
        const { pid, since = "", until = "" } = statusOf(dir).watcher ?? {};
        assert.equal(pid, watcher);
        assert.equal(Date.parse(until) - Date.parse(since), 120_000, "--healthy-deadline");

        writeFileSync(join(dir, "alive"), "");
        await eventually(dir, () => statusOf(dir).lastGood?.proven === true);
        await eventually(dir, () => others(dir, service).length === 0);
        assert.equal(statusOf(dir).watcher, null);
      } finally {
        service.kill("SIGKILL");
      }
    });
  },
);

test("the watcher leaves with the service, and nothing is confirmed", { skip }, async () => {
  await inTempDir(async (dir) => {
    const service = await start(dir, WAIT, ["--probe", "uptime:1h"]);
    assert.equal(others(dir, service).length, 1);
    service.kill("SIGKILL");
    await eventually(dir, () => others(dir, service).length === 0);
    assert.equal(statusOf(dir).lastGood, null);
  });
});

test(
  "what systemd's watchdog sends to all processes of a unit ends the watcher without a crash",
  { skip },
  async () => {
    await inTempDir(async (dir) => {
      const exe = join(dir, "app");
      writeFileSync(exe, `#!/bin/sh\n${WAIT}\n`, { mode: 0o755 });
      const state = new BootSentinel({ dataDir: dir, exe }, { log: () => {} });
      state.confirmHealthy();
      writeFileSync(exe, `#!/bin/sh\n# 2\n${WAIT}\n`, { mode: 0o755 });
      state.armForSwap(exe, "2.0.0");
      const service = await start(dir, `# 2\n${WAIT}`, ["--probe", "uptime:1h"]);
      let words = "";
      service.stderr?.on("data", (text) => words += text);
      try {
        await eventually(dir, () => statusOf(dir).watcher !== null);
        process.kill(statusOf(dir).watcher?.pid ?? 0, "SIGABRT");
        await eventually(dir, () => others(dir, service).length === 0);
        await eventually(dir, () => /does not count/.test(words));
        assert.doesNotMatch(words, /panic|crash/);
      } finally {
        service.kill("SIGKILL");
      }
    });
  },
);

test("a watcher that was killed is not reported as running, whatever it left behind", { skip }, async () => {
  await inTempDir(async (dir) => {
    const service = await start(dir, WAIT, ["--probe", "uptime:1h"]);
    try {
      await eventually(dir, () => statusOf(dir).watcher !== null);
      const { pid = 0 } = statusOf(dir).watcher ?? {};
      process.kill(pid, "SIGKILL");
      // Not when its process is gone from sight: the kernel lets go of its lock a moment later.
      await eventually(dir, () => statusOf(dir).watcher === null);
      assert.ok(existsSync(join(dir, ".boot-watcher.json")));
    } finally {
      service.kill("SIGKILL");
    }
  });
});

test("a watcher's dry run confirms nothing and spares the service", { skip }, async () => {
  await inTempDir(async (dir) => {
    const exe = join(dir, "app");
    writeFileSync(exe, `#!/bin/sh\n${WAIT}\n`, { mode: 0o755 });
    const service = spawn(exe);
    await once(service.stdout, "data");
    const { start = "" } = processFacts(service.pid ?? 0) ?? {};
    const watch = (...options: string[]) => {
      const token = JSON.stringify({ kind: "first", boot: 0, stamp: nodeFs().info(exe).stamp, lenient: false });
      return sentinel(["watch", String(service.pid), start, token, "--exe", exe, "--dry-run", ...options]);
    };
    try {
      const healthy = watch("--probe", "uptime:0s", "--healthy-after", "0s", "--probe-interval", "10ms");
      assert.match(healthy.stderr, /dry run: would .*app\.last-good/);
      assert.equal(healthy.code, 0);
      const failing = watch(
        ...["--probe", `file:${dir}/never`, "--healthy-after", "0s", "--healthy-deadline", "50ms"],
        ...["--probe-interval", "10ms"],
      );
      assert.match(failing.stderr, /would send SIGTERM to process/);
      assert.deepEqual(readdirSync(dir), ["app"]);
      assert.ok(processFacts(service.pid ?? 0)?.zombie === false);
    } finally {
      service.kill("SIGKILL");
    }
  });
});

test("nobody watches with --confirm manual", { skip }, async () => {
  await inTempDir(async (dir) => {
    const service = await start(dir, WAIT, ["--confirm", "manual"]);
    try {
      assert.deepEqual(others(dir, service), []);
    } finally {
      service.kill("SIGKILL");
    }
  });
});

test("a process is never taken for another one of the same id", { skip }, async () => {
  const child = spawn("sleep", ["1000"]);
  const pid = child.pid ?? 0;
  const { start } = processFacts(pid) ?? { start: "" };
  assert.equal(watchProcess(pid, `${Number(start) - 1}`), undefined);
  const watched = watchProcess(pid, start);
  assert.ok(watched !== undefined && watched.alive());
  assert.ok(watched.signal("SIGTERM"));
  await once(child, "exit");
  assert.ok(!watched.alive());
  assert.ok(!watched.signal("SIGKILL"));
  watched.close();
  assert.equal(watchProcess(pid, start), undefined);
});
