/** Dry runs change nothing and say what they would. @module */
import assert from "node:assert/strict";
import { lstatSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { BootSentinel } from "../../mod.ts";
import { main } from "../../src/cli.ts";
import { optionsOf } from "../../src/cli/command.ts";
import { allCommands } from "../../src/cli/commands.ts";
import { outboxEntries, putInOutbox } from "../../src/service/events/outbox.ts";
import { MARK } from "../../src/service/install/systemd/unit_text.ts";
import { environmentOf } from "../../src/system/process/process_io.ts";
import { memoryFs, memoryPorts } from "../../src/testing.ts";
import { nodeFs } from "../../src/system/fs/node_fs.ts";
import { atSite, BAD, type Site } from "../support/command_line.ts";
import { onPosix } from "../support/scripts.ts";

/** Everything in a folder: names, bytes and times. */
function photograph(dir: string): Record<string, string> {
  return Object.fromEntries(
    readdirSync(dir).map((name) => {
      const path = join(dir, name);
      const { ino, mode, mtimeMs, ctimeMs } = lstatSync(path);
      return [name, [ino, mode, mtimeMs, ctimeMs, readFileSync(path, "latin1")].join(" ")];
    }),
  );
}

async function onProbation({ call, file }: Site): Promise<void> {
  await call("confirm", "--app-version", "1.0.0");
  await call("swap", file("bad", BAD), "--to", "2.0.0");
}

const COMMANDS: readonly (readonly [command: string, args: readonly string[], says: RegExp])[] = [
  ["arm", ["3.0.0"], /would write .*\.boot-sentinel\.json/],
  [
    "swap",
    ["update", "--to", "3.0.0", "--hook", "touch hooked", "--before-swap", "touch hooked"],
    /would put the file of .*update at .*app/,
  ],
  ["confirm", [], /would put the file of .*app at .*app\.last-good/],
  ["fail", ["no good"], /would write .*\.boot-sentinel\.json/],
  ["rollback", [], /would put the file of .*app\.last-good at .*app\n/],
  ["quarantine", ["add", "9.9.9"], /would write .*\.boot-quarantine\.json/],
  ["check", [], /would write .*\.boot-sentinel\.json/],
];

for (const [command, args, says] of COMMANDS) {
  test(`${command} --dry-run changes nothing and says what it would do`, async () => {
    await atSite(async (site) => {
      await onProbation(site);
      site.file("update", "#!/bin/sh\necho update\n");
      const before = photograph(site.dir);
      const { code, stderr, log } = await site.call(command, ...args, "--dry-run");
      assert.equal(code, 0, log.join("\n"));
      assert.match(stderr, says);
      assert.deepEqual(photograph(site.dir), before);
    });
  });
}

test("run --dry-run says that it would start the program, and does not", async () => {
  await atSite(async (site) => {
    await onProbation(site);
    writeFileSync(join(site.dir, ".boot-sentinel.json"), '{"version":"2.0.0","attempts":3}');
    const before = photograph(site.dir);
    const exec = () => assert.fail("it was started");
    const { code, stderr, log } = await site.callWith({ exec }, "run", "--dry-run", "--", site.exe);
    assert.equal(code, 0);
    assert.match(log.join("\n"), /dry run: Rolled back 2\.0\.0 to 1\.0\.0.*\n.*would start/);
    assert.match(stderr, /would put the file of .*app\.last-good at .*app\n/);
    assert.deepEqual(photograph(site.dir), before);
  });
});

onPosix("Windows has no units")(
  "service install --dry-run shows the unit, without the dry run in it, and installs nothing",
  async () => {
    await atSite(async ({ exe, callWith }) => {
      const touched: string[] = [];
      const tool = (...args: string[]) => {
        if (/daemon-reload|enable|restart/.test(args.join(" "))) touched.push(args.join(" "));
        return Promise.resolve({ code: args[0] === "cat" ? 1 : 0, stdout: "", stderr: "" });
      };
      const words = ["service", "install", "demo", "--confirm", "manual", "--dry-run", "--", exe];
      const { code, stdout, stderr, log } = await callWith({ systemctl: tool, runTool: tool }, ...words);
      assert.equal(code, 0, log.join("\n"));
      assert.match(stdout, /^dry run: ExecStart=.*app$/m);
      assert.match(stderr, /would write \/etc\/boot-sentinel\/demo\.json/);
      assert.match(stderr, /would write \/etc\/systemd\/system\/demo\.service/);
      assert.match(stdout, /"confirm": "manual"/);
      assert.ok(!stdout.includes("--dry-run"));
      assert.deepEqual(touched, []);
    });
  },
);

onPosix("Windows has no units")(
  "service uninstall --dry-run tells what --purge would remove, and what would be run",
  async () => {
    const fs = memoryFs();
    fs.put("/app", "#!1.0.0", 0o755);
    // As root, and as another user.
    for (
      const [registry, units] of [["/etc", "/etc/systemd/system"], ["/home/.config", "/home/.config/systemd/user"]]
    ) {
      const settings = { exe: "/app", dataDir: "/state", unit: "web.service" };
      fs.put(`${registry}/boot-sentinel/web.json`, JSON.stringify(settings), 0o644);
      fs.put(`${units}/web.service.d/50-boot-sentinel.conf`, `${MARK}\n`, 0o644);
    }
    new BootSentinel({ exe: "/app", dataDir: "/state" }, memoryPorts(fs)).confirmHealthy();
    const before = fs.texts();
    const said: string[] = [];
    const say = (text: string) => void said.push(text);
    const code = await main(["service", "uninstall", "web", "--purge", "--dry-run"], {
      io: {
        stdout: say,
        stderr: say,
        systemctl: () => Promise.reject(new Error("it was run")),
        env: environmentOf({ HOME: "/home" }),
      },
      ports: memoryPorts(fs),
    });
    assert.equal(code, 0, said.join(""));
    assert.match(said.join(""), /would run systemctl (--user )?daemon-reload/);
    for (const path of ["50-boot-sentinel.conf", "web.json", "/app.last-good", "/state/.boot-record.json"]) {
      assert.ok(said.some((text) => text.includes("would remove") && text.includes(path)), path);
    }
    assert.deepEqual(fs.texts(), before);
  },
);

test("stopped --dry-run says that the boot would be given back, and gives nothing back", async () => {
  await atSite(async (site) => {
    await onProbation(site);
    const env = { BOOT_SENTINEL_EXE: site.exe, INVOCATION_ID: "one" };
    await site.callWith({ env }, "check");
    const before = photograph(site.dir);
    const end = { SERVICE_RESULT: "success", EXIT_CODE: "killed", EXIT_STATUS: "TERM" };
    const { code, stderr, log } = await site.callWith({ env: { ...env, ...end } }, "stopped", "--dry-run");
    assert.equal(code, 0);
    assert.match(log.join("\n"), /dry run: This boot does not count/);
    assert.match(stderr, /would write .*\.boot-sentinel\.json/);
    assert.deepEqual(photograph(site.dir), before);
  });
});

test("deliver --dry-run sends nothing and takes nothing out", async () => {
  await atSite(async (site) => {
    const webhook = "http://127.0.0.1:1/";
    putInOutbox(nodeFs(), site.dir, "{}", 0);
    const { code, stdout, log } = await site.call("deliver", "--webhook", webhook, "--dry-run");
    assert.deepEqual([code, stdout, log], [0, `dry run: would send 1 events to ${webhook}\n`, []]);
    assert.equal(outboxEntries(nodeFs(), site.dir).length, 1);
  });
});

test("every command that writes has a dry run", async () => {
  // These only read.
  const readers = ["history", "doctor", "config", "completions"];
  for (const [name, command] of await allCommands()) {
    assert.equal(optionsOf(command).includes("dryRun"), !readers.includes(name), name);
  }
});

test("a dry run is refused what the command itself is refused", async () => {
  await atSite(async (site) => {
    await onProbation(site);
    await site.call("rollback");
    const { code, stderr } = await site.call("swap", join(site.dir, "bad"), "--to", "2.0.0", "--dry-run");
    assert.equal(code, 1);
    assert.match(stderr, /\.boot-history\.jsonl/);
    assert.ok(!/ at .*app\n/.test(stderr));
  });
});
