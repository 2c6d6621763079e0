/** `stopped`, `confirm --wait`, `service` and the options that say what healthy means, through the command line. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { describe, it } from "node:test";
import { CoreSentinel } from "../../support/core_sentinel.ts";
import { atSite, BAD, GOOD, says, type Site } from "../../support/command_line.ts";

/** An id as systemd gives one to each start. */
const START = "0123456789abcdef0123456789abcdef";

const linux = { skip: process.platform === "linux" ? false : "asks /proc" };

/** An armed build of which one boot was counted. */
async function onProbation(site: Site): Promise<CoreSentinel> {
  const sentinel = new CoreSentinel({ dataDir: site.dir, exe: site.exe, watched: true, invocation: START }, {
    log: () => {},
  });
  sentinel.confirmHealthy();
  await site.call("swap", site.file("update", BAD), "--to", "2.0.0");
  sentinel.boot();
  assert.equal(sentinel.status().pending?.attempts, 1);
  return sentinel;
}

const stopped = (site: Site, env: Record<string, string>, jobs?: string, ...args: string[]) =>
  site.callWith(
    {
      env: { BOOT_SENTINEL_EXE: site.exe, INVOCATION_ID: START, ...env },
      systemctl: says(jobs),
    },
    "stopped",
    ...args,
  );

describe("stopped", () => {
  const CRASH = { SERVICE_RESULT: "exit-code", EXIT_CODE: "exited", EXIT_STATUS: "1" };

  it("a clean systemctl stop that ends with status 1 is no crash", () =>
    atSite(async (site) => {
      const sentinel = await onProbation(site);
      const { code } = await stopped(site, CRASH, "7 app.service stop running", "--unit", "app.service");
      assert.equal(code, 0);
      assert.equal(sentinel.status().pending?.attempts, 0);
    }));

  it("a crash stays counted", () =>
    atSite(async (site) => {
      const sentinel = await onProbation(site);
      await stopped(site, CRASH, "7 app.service start running", "--unit", "app.service");
      assert.equal(sentinel.status().pending?.attempts, 1);
    }));

  it("a command before the start that fails is told with its words, not as the end of the start before", () =>
    atSite(async (site) => {
      const sentinel = await onProbation(site);
      const times = "InactiveExitTimestampMonotonic=99\nExecMainStartTimestampMonotonic=9\n";
      await site.callWith(
        {
          env: { BOOT_SENTINEL_EXE: site.exe, INVOCATION_ID: START, ...CRASH, EXIT_STATUS: "7" },
          systemctl: (...args: string[]) => says(args.includes("show") ? times : "")(),
          journalctl: says("no such disk\n"),
        },
        ...["stopped", "--unit", "app.service", "--exit-ok", "7"],
      );
      const how = "a command before its start failed (exit-code)";
      assert.deepEqual(sentinel.status().pending?.ends, [{ boot: 1, how, words: ["no such disk"] }]);
    }));

  it("the end of another start gives nothing back", () =>
    atSite(async (site) => {
      const sentinel = await onProbation(site);
      await stopped(site, { ...CRASH, INVOCATION_ID: "start-0" }, "", "--exit-ok", "1");
      assert.equal(sentinel.status().pending?.attempts, 1);
      await stopped(site, CRASH, "", "--exit-ok", "1");
      assert.equal(sentinel.status().pending?.attempts, 0);
    }));

  it("ends with 0 whatever happens: the unit's result is the service's", () =>
    atSite(async (site) => {
      const sentinel = await onProbation(site);
      writeFileSync(join(site.dir, ".boot-sentinel.json"), "garbage");
      assert.equal((await stopped(site, CRASH, undefined, "--exit-ok", "1", "--unit", "app.service")).code, 0);
      assert.equal(sentinel.status().pending, null);
    }));
});

describe("confirm --wait", () => {
  const quick = ["--healthy-after", "0s", "--probe-interval", "1ms", "--probe-passes", "2"];
  const wait = (site: Site, pid: number, ...args: string[]) =>
    site.callWith(
      { env: { BOOT_SENTINEL_EXE: site.exe, MAINPID: String(pid) } },
      "confirm",
      "--wait",
      ...quick,
      ...args,
    );

  it("confirms once the probes pass", linux, () =>
    atSite(async (site) => {
      const sentinel = await onProbation(site);
      const { code, stdout } = await wait(site, process.pid, "--probe", "exec:true");
      assert.equal(code, 0);
      assert.match(stdout, /^Confirmed 2\.0\.0/);
      assert.equal(sentinel.status().lastGood?.version, "2.0.0");
    }));

  it("says no at the deadline, and that boot counts however it ends", linux, () =>
    atSite(async (site) => {
      const sentinel = await onProbation(site);
      const { code, log } = await wait(site, process.pid, "--probe", "exec:false", "--healthy-deadline", "1ms");
      assert.equal(code, 1);
      assert.match(log.join("\n"), /exec:false: it exits with 1; the attempt counts/);
      assert.ok(!sentinel.reportStopped("asked"));
    }));

  it("gives a build that missed its deadline before half of it", linux, () =>
    atSite(async (site) => {
      const sentinel = await onProbation(site);
      for (const seconds of [60, 30]) {
        let now = 0;
        const { code, log } = await site.callWith(
          {
            env: { BOOT_SENTINEL_EXE: site.exe },
            shell: () => Promise.resolve(1),
            now: () => now,
            pause: (ms) => Promise.resolve(void (now += ms)),
          },
          ...["confirm", "--wait", "--probe", "exec:false", "--healthy-after", "0s", "--healthy-deadline", "60s"],
        );
        assert.equal(code, 1);
        assert.match(log.join("\n"), new RegExp(`not healthy after ${seconds} s`));
        sentinel.boot();
      }
    }));

  it("answers at once for a confirmed build, without a look at the service", () =>
    atSite(async (site) => {
      new CoreSentinel({ dataDir: site.dir, exe: site.exe }, { log: () => {} }).confirmHealthy();
      const probed: string[] = [];
      const shell = (command: string) => (probed.push(command), Promise.resolve(1));
      const env = { BOOT_SENTINEL_EXE: site.exe, MAINPID: String(2 ** 22 + 1) };
      const { code, stdout } = await site.callWith(
        { env, shell },
        "confirm",
        "--wait",
        "--probe",
        "exec:look",
        "--json",
      );
      assert.equal(code, 0);
      const { confirmed, kind } = JSON.parse(stdout);
      assert.deepEqual([confirmed, kind, probed], [true, "already", []]);
    }));

  const pendings: Record<string, (site: Site, sentinel: CoreSentinel) => unknown> = {
    "a program without last-good": () => {},
    "a last-good that never was confirmed": (site, sentinel) => {
      sentinel.confirmHealthy();
      const path = join(site.dir, ".boot-record.json");
      const record = JSON.parse(readFileSync(path, "utf8"));
      writeFileSync(path, JSON.stringify({ ...record, lastGood: { ...record.lastGood, proven: false } }));
    },
    "an armed build": (site, sentinel) => (sentinel.confirmHealthy(), sentinel.armForSwap(site.exe, "2.0.0")),
    "a restored build that was not healthy yet": (site, sentinel) => {
      sentinel.confirmHealthy();
      sentinel.swap(site.file("update", BAD), "2.0.0");
      sentinel.rollback({ reason: "answers nonsense" });
    },
    "a build that is held": (_site, sentinel) => {
      sentinel.confirmHealthy();
      sentinel.quarantine(sentinel.status().live?.version ?? "", { digest: sentinel.status().live?.digest ?? "" });
    },
    "bytes that nobody announced": (site, sentinel) => {
      sentinel.confirmHealthy();
      site.file("app", BAD);
    },
  };
  for (const [what, prepare] of Object.entries(pendings)) {
    it(`asks the probes for ${what}`, () =>
      atSite(async (site) => {
        await prepare(site, new CoreSentinel({ dataDir: site.dir, exe: site.exe }, { log: () => {} }));
        const probed: string[] = [];
        const shell = (command: string) => (probed.push(command), Promise.resolve(0));
        await site.callWith(
          { env: { BOOT_SENTINEL_EXE: site.exe }, shell },
          ...["confirm", "--wait", ...quick],
          "--probe",
          "exec:look",
        );
        assert.ok(probed.length > 0);
      }));
  }

  it("says no when the service does not run", linux, () =>
    atSite(async (site) => {
      await onProbation(site);
      const { code, log } = await wait(site, 2 ** 22 + 1, "--probe", "exec:true");
      assert.equal(code, 1);
      assert.match(log.join("\n"), /does not run/);
    }));

  it("does not confirm a build that took the path while it waited and never ran", linux, () =>
    atSite(async (site) => {
      await onProbation(site);
      // The probe itself installs the next update.
      const next = site.file("next", GOOD + "# 3\n");
      const sentinel = new CoreSentinel({ dataDir: site.dir, exe: site.exe }, { log: () => {} });
      const waiting = site.callWith(
        {
          env: { BOOT_SENTINEL_EXE: site.exe, MAINPID: String(process.pid) },
          shell: () => {
            if (sentinel.status().pending?.version === "2.0.0") sentinel.swap(next, "3.0.0");
            return Promise.resolve(0);
          },
        },
        "confirm",
        "--wait",
        ...quick,
        "--probe",
        "exec:install",
      );
      const { code, stdout } = await waiting;
      assert.equal(code, 1);
      assert.match(stdout, /Nothing was confirmed: no boot of 3.0.0 was counted/);
      assert.equal(sentinel.status().pending?.version, "3.0.0");
      assert.notEqual(sentinel.status().lastGood?.version, "3.0.0");
    }));
});

describe("the options of health", () => {
  it("a probe that cannot be understood is refused on the command line, with what it takes", () =>
    atSite(async (site) => {
      const { code, log } = await site.call("run", "--probe", "htp://x", "--", site.exe);
      assert.equal(code, 64);
      assert.match(log.join("\n"), /Cannot use --probe: Cannot use the probe htp:\/\/x: its kind is one of http, /);
    }));

  it("in the environment it never keeps the service down", () =>
    atSite(async (site) => {
      const env = { BOOT_SENTINEL_PROBE: "htp://x" };
      const started: string[] = [];
      const exec = () => (started.push("started"), "ENOENT");
      const { log } = await site.callWith({ env, exec }, "run", "--", site.exe);
      assert.ok(started.length > 0);
      assert.match(log.join("\n"), /BOOT_SENTINEL_PROBE.*the service is started without it/);
    }));

  for (
    const [flag, value, message] of [
      ["--healthy-after", "soon", /a duration such as 500ms, 10s or 5m/],
      ["--exit-ok", "0,300", /300 is not an exit code/],
    ] as const
  ) {
    it(`${flag} ${value} is refused`, () =>
      atSite(async (site) => {
        const { code, log } = await site.call("run", flag, value, "--", site.exe);
        assert.equal(code, 64);
        assert.match(log.join("\n"), message);
      }));
  }
});

describe("service", linux, () => {
  const machine = { systemctl: says(undefined), runTool: says(undefined) };

  it("show prints the unit and changes nothing", () =>
    atSite(async (site) => {
      const { code, stdout } = await site.callWith(
        machine,
        "service",
        "show",
        "web",
        "--probe",
        "notify",
        "--probe-interval",
        "1500ms",
        "--type",
        "notify",
        "--",
        site.exe,
        "--port",
        "80",
      );
      assert.equal(code, 0);
      assert.match(stdout, /"probe": \[\s*"notify"\s*\],\s*"probeInterval": "1500ms"/);
      assert.ok(stdout.includes(`\nExecStart=${site.exe} --port 80\n`));
      assert.match(stdout, /^ExecStartPre=-\+?\S+ check --name web --unit %n$/m);
    }));

  it("wants a name or a unit to wrap, and a program for the name alone", () =>
    atSite(async (site) => {
      for (
        const args of [["show"], ["show", "web"], ["show", "--drop-in", "u", "--", "/x"], ["dance", "web"]]
      ) {
        assert.equal((await site.callWith(machine, "service", ...args)).code, 64, args.join(" "));
      }
    }));
});
