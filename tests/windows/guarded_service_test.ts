/** The compiled executable as a service: gate, host, probes and service manager together. */
import assert from "node:assert/strict";
import { appendFileSync, existsSync, readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import {
  installService,
  showService,
  startService,
  uninstallService,
} from "../../src/system/windows/service_manager.ts";
import { build, isAlive, must, pidIn, SENTINEL, sentinel, statusOf, withGuarded } from "./sentinel.ts";
import { isWine, linesOf, onWindows, textOf, until } from "./support.ts";

/** A program that has written its heartbeat since it was started is healthy. */
const probing = (dir: string) => {
  const rounds = ["--probe-passes", "1", "--probe-interval", "50ms", "--healthy-after", "0s"];
  return ["--probe", `file:${join(dir, "up")}`, ...rounds];
};

onWindows(
  "a bad build crash-loops, is rolled back, and the service is running on the good one without help",
  async (dir) => {
    await withGuarded(dir, probing(dir), ["--spawn", "2", "--copies", join(dir, "copy")], async (service) => {
      const { exe, up } = service;
      service.start();
      await service.version("1.0.0");
      await service.state("running");
      await until("1.0.0 is last-good", () => statusOf(exe).lastGood?.proven === true);
      const host = service.show().pid;

      const bad = build(join(dir, "bad.exe"), "--version 2.0.0 --mode bad");
      must("swap", bad, "--to", "2.0.0", "--exe", exe);
      assert.deepEqual(readFileSync(exe), readFileSync(bad));
      const before = pidIn(up);
      assert.ok(isAlive(before), "a swap leaves the running program alone");
      process.kill(before);
      await until("2.0.0 is quarantined", () => statusOf(exe).quarantined.length > 0, 60_000);
      await until("1.0.0 is up again", () => isAlive(pidIn(up)) && pidIn(up) !== before, 60_000);
      assert.match(textOf(up), /^1\.0\.0 /);
      assert.equal(service.show().state, "running");
      assert.equal(service.show().pid, host, "within one start of the service");
      assert.equal(linesOf(service.log).filter((line) => /2\.0\.0 is on probation/.test(line)).length, 3);
      assert.match(textOf(service.log), /Rolled back 2\.0\.0 .*not confirmed in 3 boots: exit \d+ ×3;/);
      await until(
        "1.0.0 is healthy again",
        () => statusOf(exe).state === "steady" || /is healthy/.test(textOf(service.log)),
      );

      const refused = sentinel("swap", bad, "--to", "2.0.0", "--exe", exe);
      assert.equal(refused.code, 1);
      assert.match(refused.stderr, /quarantined/);

      await until("the copies are up", () => pidIn(join(dir, "copy1")) > 0 && pidIn(join(dir, "copy2")) > 0);
      const pids = [up, join(dir, "copy1"), join(dir, "copy2")].map(pidIn);
      service.stop();
      await service.state("stopped");
      for (const pid of pids) assert.ok(!isAlive(pid), `${pid} is still there`);
      assert.equal(service.show().exitCode, 0);
    });
  },
);

onWindows("deploy restarts the service and waits: 0 for a good build, 1 for one that crashes", async (dir) => {
  await withGuarded(dir, probing(dir), [], async (service) => {
    service.start();
    await service.version("1.0.0");
    await until("1.0.0 is last-good", () => statusOf(service.exe).lastGood?.proven === true);
    const said = must(
      "deploy",
      build(join(dir, "next.exe"), "--version 2.0.0"),
      "--to",
      "2.0.0",
      "--name",
      service.name,
    );
    assert.match(said, new RegExp(`^Restarting: the service manager, service ${service.name}$`, "m"));
    assert.match(said, /Deployed: 2\.0\.0 is confirmed\s*$/);
    assert.equal(statusOf(service.exe).lastGood?.version, "2.0.0");
    assert.equal(statusOf(service.exe).pending, null);
    assert.deepEqual(readdirSync(dir).filter((name) => /rollback-bak|tmp/.test(name)), []);
    const bad = build(join(dir, "bad.exe"), "--version 3.0.0 --mode bad");
    const { code, stdout } = sentinel("deploy", bad, "--to", "3.0.0", "--name", service.name);
    assert.equal(code, 1, stdout);
    assert.match(stdout, /Not deployed: 3\.0\.0 failed; 2\.0\.0 was put back: not confirmed in 3 boots/);
    await service.version("2.0.0");
  });
});

onWindows("a build that answers no probe is stopped at the deadline, and rolled back", async (dir) => {
  const port = 20_000 + process.pid % 20_000;
  const probes = ["--probe", `tcp://127.0.0.1:${port}`, "--probe-passes", "1", "--probe-interval", "50ms"];
  const deadline = ["--healthy-after", "0s", "--healthy-deadline", "2s", "--max-attempts", "1"];
  await withGuarded(dir, [...probes, ...deadline], [], async (service) => {
    build(service.exe, `--version 1.0.0 --port ${port}`);
    service.start();
    await service.version("1.0.0");
    await until("1.0.0 is last-good", () => statusOf(service.exe).lastGood?.proven === true);
    const hung = build(join(dir, "hung.exe"), "--version 2.0.0 --ignore-break");
    must("swap", hung, "--to", "2.0.0", "--exe", service.exe);
    process.kill(pidIn(service.up));
    await service.version("2.0.0");
    await service.version("1.0.0");
    assert.match(textOf(service.log), /The program is not healthy after \d+ s: .*tcp:/);
    assert.deepEqual(statusOf(service.exe).quarantined, ["2.0.0"]);
  });
});

onWindows("a requested stop gives the attempt back, a crash does not", async (dir) => {
  await withGuarded(dir, ["--confirm", "manual"], [], async (service) => {
    must("confirm", "--exe", service.exe);
    must("swap", build(join(dir, "next.exe"), "--version 2.0.0"), "--to", "2.0.0", "--exe", service.exe);
    for (let round = 1; round <= 2; round++) {
      writeFileSync(service.up, "");
      service.start();
      await service.version("2.0.0");
      assert.equal(statusOf(service.exe).pending?.attempts, 1);
      service.stop();
      await service.state("stopped");
      assert.equal(statusOf(service.exe).pending?.attempts, 0);
    }
    writeFileSync(service.up, "");
    service.start();
    await service.version("2.0.0");
    process.kill(pidIn(service.up));
    await until("the second boot is counted", () => statusOf(service.exe).pending?.attempts === 2);
  });
});

onWindows("a service that was asked to stop does not come back, whatever the policy", async (dir) => {
  await withGuarded(dir, ["--restart", "always"], [], async (service) => {
    service.start();
    await service.version("1.0.0");
    service.stop();
    await service.state("stopped");
    truncateSync(service.up);
    // Longer than the first pause before a restart.
    await new Promise((resolve) => setTimeout(resolve, 2500));
    assert.deepEqual([service.show().state, textOf(service.up), service.show().exitCode], ["stopped", "", 0]);
  });
});

onWindows(
  "a crash without restarts stops the service with the program's code, for the recovery actions",
  async (dir) => {
    await withGuarded(dir, ["--restart", "never"], ["--exit", "7"], async (service) => {
      service.start();
      await service.state("stopped");
      assert.equal(service.show().exitCode, 7);
    });
  },
);

onWindows("--after-rollback exit stops the service with 75, and its next start runs the good build", async (dir) => {
  const options = [...probing(dir), "--after-rollback", "exit", "--max-attempts", "1", "--restart", "on-failure"];
  await withGuarded(dir, options, [], async (service) => {
    must("confirm", "--exe", service.exe);
    const bad = build(join(dir, "bad.exe"), "--version 2.0.0 --mode bad");
    must("swap", bad, "--to", "2.0.0", "--exe", service.exe);
    service.start();
    await service.state("stopped");
    assert.equal(service.show().exitCode, 75);
    service.start();
    await service.version("1.0.0");
  });
});

onWindows("a rollback inside the start of a service with a big program does not time out", async (dir) => {
  await withGuarded(dir, [], [], async (service) => {
    const big = (path: string, options: string) => {
      appendFileSync(path, new Uint8Array(64 << 20));
      appendFileSync(path, `SVC_CHILD:${options}`);
      return path;
    };
    big(service.exe, "--version 1.0.0");
    must("confirm", "--exe", service.exe);
    const bad = big(build(join(dir, "bad.exe"), ""), "--version 2.0.0 --mode bad");
    must("swap", bad, "--to", "2.0.0", "--exe", service.exe);
    must("fail", "--exe", service.exe);
    service.start();
    await service.version("1.0.0");
    assert.equal(service.show().state, "running");
  });
});

onWindows("a missing program ends its service with 127, a file that is no program with 126", async (dir) => {
  for (const [name, code] of [["missing.exe", 127], ["text.exe", 126]] as const) {
    writeFileSync(join(dir, "text.exe"), "This is no program.");
    const service = `sentinel-bad-${Date.now()}-${process.pid}-${code}`;
    must("service", "install", service, "--", join(dir, name));
    try {
      startService(service);
      await until("it is stopped", () => showService(service)?.state === "stopped");
      assert.equal(showService(service)?.exitCode, code);
    } finally {
      must("service", "uninstall", service);
    }
  }
});

onWindows("a log file that cannot be written does not keep the service down", async (dir) => {
  const log = join(dir, "missing folder", "log");
  await withGuarded(dir, ["--log-file", log], [], async (service) => {
    service.start();
    await service.version("1.0.0");
    assert.ok(!existsSync(log));
  });
});

onWindows("a helper that broke away outlives the stop, which does not wait for it", async (dir) => {
  const copies = join(dir, "copy");
  const args = ["--spawn", "1", "--breakaway", "--copies", copies];
  await withGuarded(dir, ["--breakaway", "--stop-timeout", "5s"], args, async (service) => {
    service.start();
    await until("the helper is up", () => pidIn(`${copies}1`) > 0);
    service.stop();
    await service.state("stopped");
    assert.ok(isAlive(pidIn(`${copies}1`)));
    process.kill(pidIn(`${copies}1`));
  });
});

onWindows("a service of a plain sc create line works as well", async (dir) => {
  const name = `sentinel-plain-${Date.now()}-${process.pid}`;
  const [exe, up] = [build(join(dir, "svc.exe"), "--version 1.0.0"), join(dir, "up")];
  installService({ name, program: SENTINEL, args: ["run", "--", exe, "--heartbeat", up], environment: {} });
  try {
    startService(name);
    await until("it is up", () => textOf(up).startsWith("1.0.0 "));
    assert.equal(showService(name)?.state, "running");
  } finally {
    uninstallService(name);
  }
  await until("its program has ended", () => !isAlive(pidIn(up)));
});

onWindows(
  "service install writes quoting, account, description, delay and environment; show reads them",
  async (dir) => {
    const options = ["--description", "Serves ☃", "--delayed", "--user", "LocalService", "--stop-timeout", "20s"];
    await withGuarded(dir, options, ["two words", 'a "b"', "c:\\d\\"], (service) => {
      const found = service.show();
      const quoted = `-- "${service.exe}" --heartbeat "${service.up}" "two words" "a \\"b\\"" c:\\d\\`;
      assert.ok(found.commandLine.startsWith(`"${SENTINEL}" run `), found.commandLine);
      assert.ok(found.commandLine.endsWith(quoted), found.commandLine);
      assert.ok(found.commandLine.includes(`--event-source ${service.name} `), found.commandLine);
      assert.match(found.account, /^NT AUTHORITY\\LocalService$/i);
      assert.equal(found.description, "Serves ☃");
      assert.ok(found.environment.includes("BUN_OPTIONS=") && found.environment.includes("BUN_BE_BUN="));
      if (!isWine()) {
        assert.equal(found.start, "delayed");
        assert.deepEqual([found.restartDelaysMs, found.restartsOnFailureCode], [[5000, 5000, 30_000], true]);
      }
      assert.match(must("service", "show", service.name), /now +stopped/);
      assert.match(must("service", "show", "other", "--", service.exe), /now +not installed/);
      return Promise.resolve();
    });
  },
);

onWindows(
  "service says what is wrong: no such service, a name that is taken, an existing service to wrap",
  async (dir) => {
    assert.equal(sentinel("service", "uninstall", "sentinel-none").code, 1);
    assert.equal(sentinel("service", "show", "sentinel-none").code, 66);
    assert.equal(sentinel("service", "install", "--drop-in", "sentinel-none").code, 1);
    await withGuarded(dir, [], [], (service) => {
      const again = sentinel("service", "install", service.name, "--", service.exe);
      assert.equal(again.code, 1);
      assert.match(again.stderr, /uninstall it first/);
      return Promise.resolve();
    });
  },
);
