/** `run --supervise`: gate, start, probes and the next start in one process, with real programs. @module */
import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { closeSync, copyFileSync, existsSync, openSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { describe, it } from "node:test";
import { BootSentinel } from "../../../mod.ts";
import { controlPath } from "../../../src/core/state/paths.ts";
import { askForRestart } from "../../../src/service/supervise/linux_supervisor.ts";
import { said } from "../../support/output.ts";
import { sentinel, sentinelWords } from "../../support/sentinel_process.ts";
import { inTempDir } from "../../support/temp.ts";

describe("run --supervise", { skip: process.platform === "linux" ? false : "Linux's own" }, () => {
  const start = async (dir: string, script: string, ...options: string[]): Promise<ChildProcess> => {
    writeFileSync(join(dir, "app"), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    const [program = "", ...words] = sentinelWords();
    const child = spawn(program, [...words, "run", "--supervise", ...options, "--", join(dir, "app")], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    if (child.stdout !== null) await once(child.stdout, "data");
    return child;
  };
  // Not child.kill(): under Deno that sends one signal only.
  const signal = (child: ChildProcess, name: string) => process.kill(child.pid ?? 0, name);
  const READY = "while :; do sleep 0.05; done";

  it("passes signals on and ends with the service's own code", async () => {
    await inTempDir(async (dir) => {
      const child = await start(dir, `trap "echo hup" HUP; trap "exit 7" TERM; echo up; ${READY}`);
      signal(child, "SIGHUP");
      if (child.stdout !== null) assert.match(String((await once(child.stdout, "data"))[0]), /hup/);
      signal(child, "SIGTERM");
      assert.deepEqual(await once(child, "exit"), [7, null]);
    });
  });

  it("passes on timers, job control and all else that can be caught, and what the runtime keeps (PWR, real-time) ends nobody", async () => {
    const names = [
      "ALRM",
      "VTALRM",
      "PROF",
      "IO",
      "URG",
      "WINCH",
      "USR1",
      "USR2",
      "CONT",
      "TSTP",
      "TTIN",
      "TTOU",
    ];
    await inTempDir(async (dir) => {
      const traps = names.map((name) => `trap "echo got ${name}" ${name}`).join("; ");
      const child = await start(dir, `${traps}; trap "exit 7" TERM; echo up; ${READY}`);
      for (const number of [16, 30, 34, 40, 64]) spawnSync("kill", [`-${number}`, String(child.pid)]);
      for (const name of names) {
        const answer = said(child.stdout, new RegExp(`got ${name}`));
        spawnSync("kill", ["-s", name, String(child.pid)]);
        await answer;
      }
      signal(child, "SIGTERM");
      assert.deepEqual(await once(child, "exit"), [7, null]);
    });
  });

  it("waits for a program that is still being written, which costs it nothing", async () => {
    await inTempDir(async (dir) => {
      const exe = join(dir, "app");
      copyFileSync("/bin/true", exe);
      const state = new BootSentinel({ dataDir: dir, exe }, { log: () => {} });
      state.confirmHealthy();
      copyFileSync("/bin/sleep", join(dir, "next"));
      state.swap(join(dir, "next"), "2.0.0");
      const writer = openSync(exe, "r+");
      const [program = "", ...words] = sentinelWords();
      const child = spawn(program, [
        ...words,
        "run",
        "--supervise",
        "--restart",
        "on-failure",
        "--confirm",
        "manual",
        "--",
        exe,
        "1000",
      ]);
      // By then every try of one start has failed.
      await said(child.stderr, /does not count/);
      assert.deepEqual(state.status().pending, { version: "2.0.0", attempts: 0, maxAttempts: 3 });
      const started = said(child.stderr, /attempt 1 of 3/);
      closeSync(writer);
      await started;
      assert.deepEqual(state.quarantinedVersions(), []);
      signal(child, "SIGTERM");
      await once(child, "exit");
    });
  });

  it("restarts its service on request, whatever its policy, at the gate; deploy asks it by its socket", async () => {
    await inTempDir(async (dir) => {
      const script = (version: string) => `#!/bin/sh\n# ${version}\necho "up ${version}"; exec sleep 1000\n`;
      const exe = join(dir, "app");
      writeFileSync(exe, script("1"), { mode: 0o755 });
      new BootSentinel({ dataDir: dir, exe }, { log: () => {} }).confirmHealthy();
      writeFileSync(join(dir, "next"), script("2"), { mode: 0o755 });
      const [program = "", ...words] = sentinelWords();
      const probing = ["--probe", "exec:true", "--healthy-after", "0s", "--probe-interval", "10ms"];
      const child = spawn(program, [...words, "run", "--supervise", ...probing, "--", exe]);
      await said(child.stdout, /up 1/);
      const restarted = said(child.stdout, /up 2/);
      const { code, stdout } = sentinel(["deploy", join(dir, "next"), "--to", "2.0.0", "--exe", exe]);
      await restarted;
      assert.equal(code, 0, stdout);
      assert.match(stdout, /^Restarting: its supervisor$/m);
      assert.match(stdout, /boot 1 of 3\nconfirmed {2}2\.0\.0.*\nDeployed: 2\.0\.0 is confirmed\n$/);
      signal(child, "SIGTERM");
      await once(child, "exit");
      assert.equal(existsSync(controlPath(dir, undefined)), false);
    });
  });

  it("can be asked for a restart from its first start on, when there is no data directory yet", async () => {
    await inTempDir(async (dir) => {
      const dataDir = join(dir, "new", "state");
      const child = await start(dir, "echo up; exec sleep 1000", "--data-dir", dataDir);
      const again = said(child.stdout, /up/);
      assert.equal(await askForRestart(controlPath(dataDir, undefined)), true);
      await again;
      signal(child, "SIGTERM");
      await once(child, "exit");
    });
  });

  it("asks with the signal that it was asked with", async () => {
    await inTempDir(async (dir) => {
      const child = await start(dir, `trap "exit 9" QUIT; echo up; ${READY}`);
      signal(child, "SIGQUIT");
      assert.deepEqual(await once(child, "exit"), [9, null]);
    });
  });

  it("ten stops during probation cost nothing, and a crash costs an attempt", async () => {
    await inTempDir(async (dir) => {
      const exe = join(dir, "app");
      writeFileSync(exe, "#!/bin/sh\n# 1\n", { mode: 0o755 });
      const state = new BootSentinel({ dataDir: dir, exe }, { log: () => {} });
      state.confirmHealthy();
      state.armForSwap(exe, "2.0.0");
      for (let stop = 0; stop < 10; stop++) {
        const child = await start(dir, `trap "exit 1" TERM; echo up; ${READY}`);
        assert.equal(state.status().pending?.attempts, 1);
        signal(child, "SIGTERM");
        await once(child, "exit");
        assert.equal(state.status().pending?.attempts, 0);
      }
      const child = await start(dir, "echo up; exit 1");
      await once(child, "exit");
      assert.equal(state.status().pending?.attempts, 1);
    });
  });

  it("keeps the signal that ended a boot, and what it wrote into the log file, unless that is not wanted", async () => {
    await inTempDir(async (dir) => {
      const exe = join(dir, "app");
      const log = join(dir, "log");
      writeFileSync(exe, "#!/bin/sh\n# 1\n", { mode: 0o755 });
      writeFileSync(log, "of an older boot\n");
      const sentinel = new BootSentinel({ dataDir: dir, exe }, { log: () => {} });
      sentinel.confirmHealthy();
      sentinel.armForSwap(exe, "2.0.0");
      writeFileSync(exe, "#!/bin/sh\necho opening >&2; echo token=hunter2 >&2; kill -SEGV $$\n", { mode: 0o755 });
      const [program = "", ...words] = sentinelWords();
      const crash = async (stderr: number | "pipe", ...options: string[]) => {
        const all = [...words, "run", "--supervise", ...options, "--", exe];
        const child = spawn(program, all, { stdio: ["ignore", "ignore", stderr] });
        child.stderr?.resume();
        assert.deepEqual(await once(child, "exit"), [139, null]);
      };
      const file = openSync(log, "a");
      await crash(file);
      await crash(file, "--no-last-words");
      closeSync(file);
      await crash("pipe");
      assert.deepEqual(sentinel.status().pending?.ends, [
        { boot: 1, how: "SIGSEGV", words: ["opening", "token=***"] },
        { boot: 2, how: "SIGSEGV" },
        { boot: 3, how: "SIGSEGV" },
      ]);
    });
  });

  it("leaves nothing of the service's group behind", async () => {
    await inTempDir(async (dir) => {
      const child = await start(dir, `(trap "" TERM; echo $$; exec sleep 1000) & wait`);
      signal(child, "SIGTERM");
      const closed = once(child, "close"); // the grandchild holds the pipe for as long as it lives
      await once(child, "exit");
      await closed;
    });
  });

  it("a program that does not exist ends with 127", async () => {
    await inTempDir(async (dir) => {
      const [program = "", ...words] = sentinelWords();
      const child = spawn(program, [...words, "run", "--supervise", "--", join(dir, "none")], { stdio: "ignore" });
      assert.deepEqual(await once(child, "exit"), [127, null]);
    });
  });
});
