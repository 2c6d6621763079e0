/** Units and drop-ins: what is written, what is read, and that nothing foreign is touched. @module */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ServicePlan } from "../../../src/service/install/service_manager.ts";
import { systemdManager } from "../../../src/service/install/systemd/manager.ts";
import { quotePath, quoteWords } from "../../../src/service/install/systemd/quote.ts";
import { readUnitFile, wrappedCommand } from "../../../src/service/install/systemd/read_unit.ts";
import { startLimit, startsUntilRestored } from "../../../src/service/install/systemd/unit_text.ts";
import type { ToolEnd } from "../../../src/system/tools/run_tool.ts";
import { memoryFs } from "../../../src/testing.ts";

const PLAN: ServicePlan = {
  name: "web",
  wrap: false,
  self: "/opt/sentinel/boot-sentinel",
  command: ["/opt/web/server", "--title", "50% of $HOME"],
  exe: undefined,
  dataDir: undefined,
  user: undefined,
  type: "exec",
  runArgs: ["--probe", "http://127.0.0.1/#body=v 2"],
  stoppedArgs: ["--exit-ok", "0"],
  maxAttempts: 3,
  afterRollback: "run",
  deadlineMs: 300_000,
  stopTimeoutMs: 10_000,
  description: undefined,
  delayed: false,
  password: undefined,
  start: false,
};

/** A machine with files, on which `systemctl` answers by its first two words. */
function machine(files: Record<string, string> = {}, answers: Record<string, string> = {}) {
  const calls: string[] = [];
  const fs = memoryFs();
  for (const [path, text] of Object.entries(files)) fs.put(path, text);
  const runTool = (program: string, ...args: string[]): Promise<ToolEnd> => {
    const line = [program, ...args].join(" ");
    calls.push(line);
    const found = Object.entries(answers).find(([start]) => line.startsWith(start));
    const refused = (args[0] === "cat" && found === undefined) || found?.[1] === "refused";
    const code = refused ? 1 : 0;
    return Promise.resolve({ code, stdout: found?.[1] ?? "", stderr: code === 0 ? "" : "No files found" });
  };
  const manager = systemdManager(fs, { runTool, systemctl: (...args) => runTool("systemctl", ...args) });
  return { manager, texts: () => fs.texts(), fs, calls };
}

describe("words in a unit", () => {
  it("stand for themselves, whatever they hold", () => {
    assert.equal(
      quoteWords(["a", "a b", "50%", "$HOME", 'say "x"', "back\\slash", "", ";", "ü"]),
      'a "a b" 50%% $$HOME "say \\"x\\"" "back\\\\slash" "" ";" "ü"',
    );
    assert.equal(quotePath("/srv/my app/100%"), '"/srv/my app/100%%"');
  });
});

describe("the start limit", () => {
  it("holds the failed starts and the one that restores, and one more when the gate exits after it", () => {
    assert.equal(startsUntilRestored(3, "run"), 4);
    assert.equal(startsUntilRestored(5, "exit"), 7);
    for (const attempts of [0, 1, 3, 10]) {
      assert.ok(startLimit(attempts, "exit").burst >= startsUntilRestored(attempts, "exit"));
    }
  });
});

describe("service install", () => {
  it("writes a unit whose command is the gate and whose arguments are the program's own", async () => {
    const { manager, texts, calls } = machine({}, {
      "systemctl show --property=Default": "DefaultLimitNOFILESoft=4096\n",
    });
    await manager.install(PLAN);
    const text = texts()["/etc/systemd/system/web.service"] ?? "";
    assert.match(
      text,
      /^ExecStart=\/opt\/sentinel\/boot-sentinel run --data-dir \/var\/lib\/web --nofile 4096 --probe "http:\/\/127\.0\.0\.1\/#body=v 2" -- \/opt\/web\/server --title "50%% of \$\$HOME"$/m,
    );
    assert.match(
      text,
      /^ExecStopPost=\/opt\/sentinel\/boot-sentinel stopped --exe \/opt\/web\/server --data-dir \/var\/lib\/web --exit-ok 0 --unit %n$/m,
    );
    for (
      const line of [
        "Type=exec",
        "Restart=always",
        "RestartForceExitStatus=75",
        "RestartPreventExitStatus=78",
        "KillMode=mixed",
        "StateDirectory=web",
        "StartLimitBurst=16",
        "ReadWritePaths=/opt/web",
      ]
    ) {
      assert.ok(text.split("\n").includes(line), line);
    }
    assert.doesNotMatch(text, /^MemoryDenyWriteExecute=/m);
    assert.match(text, /^UnsetEnvironment=BUN_OPTIONS BUN_BE_BUN .*\bBUN_CONFIG_VERBOSE_FETCH\b.*\bDENO_DIR\b/m);
    assert.deepEqual(calls.slice(-2), ["systemctl daemon-reload", "systemctl enable web.service"]);
  });

  it("gives a notify unit more time to start than a build has to become healthy", async () => {
    const text = await machine().manager.show({ ...PLAN, type: "notify" });
    assert.match(text, /^Type=notify$/m);
    assert.match(text, /^TimeoutStartSec=420$/m);
  });

  it("touches no unit that it has not written", async () => {
    const own = machine({ "/etc/systemd/system/web.service": "[Service]\nExecStart=/bin/true\n" });
    await assert.rejects(own.manager.install(PLAN), /boot-sentinel did not write it; nothing was changed/);
    await assert.rejects(own.manager.uninstall({ name: "web", wrap: false }), /boot-sentinel did not write it/);
    const distribution = machine({}, { "systemctl cat web.service": "# /lib/systemd/system/web.service\n[Service]\n" });
    await assert.rejects(distribution.manager.install(PLAN), /to guard it: .* --drop-in web\.service/);
    assert.deepEqual(distribution.texts(), {});
  });

  it("refuses a name that leads out of the folder", async () => {
    await assert.rejects(machine().manager.install({ ...PLAN, name: "../evil" }), /as a unit's name/);
  });

  it("takes away what it wrote, and nothing else", async () => {
    const { manager, texts } = machine();
    await manager.install(PLAN);
    await manager.uninstall({ name: "web", wrap: false });
    assert.deepEqual(texts(), {});
    await assert.rejects(manager.uninstall({ name: "web", wrap: false }), /does not exist; nothing was changed/);
  });
});

describe("a drop-in", () => {
  const WRAP: ServicePlan = { ...PLAN, name: "legacy.service", wrap: true, command: [] };
  const UNIT =
    '# /lib/systemd/system/legacy.service\n[Service]\nUser=app\nType=notify\nExecStart=-/opt/legacy/srv -c "a b" \\\n  # a comment\n  --id %i\n';

  it("puts the gate before the command as it is written, and leaves the unit alone", async () => {
    const { manager, texts, fs, calls } = machine({}, {
      "systemctl cat": UNIT,
      "systemctl show": "LimitNOFILESoft=1024\nUser=app\n",
      "id -u": "999\n",
      "id -g": "998\n",
    });
    await manager.install(WRAP);
    const text = texts()["/etc/systemd/system/legacy.service.d/50-boot-sentinel.conf"] ?? "";
    assert.match(
      text,
      /^ExecStart=\nExecStart=-\/opt\/sentinel\/boot-sentinel run .* -- \/opt\/legacy\/srv -c "a b" {2,}--id %i$/m,
    );
    assert.equal(fs.info("/var/lib/boot-sentinel/legacy").kind, "directory");
    assert.ok(calls.includes("chown 999:998 /var/lib/boot-sentinel/legacy"), "the service's user owns its state");
    assert.doesNotMatch(text, /^(Type|User)=/m);
  });

  it("tells when the service's user could not put anything back", async () => {
    const answers = { "systemctl cat": UNIT, "systemctl show": "LimitNOFILESoft=1024\nUser=app\n" };
    const said = await machine({}, { ...answers, "runuser -u app -- sh": "no\n" }).manager.install(
      WRAP,
    );
    assert.ok(said.some((line) => line.startsWith("app cannot write /opt/legacy: no rollback is possible")));
    const owned = await machine({}, { ...answers, "runuser -u app -- sh": "yes\n" }).manager.install(WRAP);
    assert.equal(owned.length, 2);
  });

  it("clears what would take the gate over, but not what the unit sets for its service", async () => {
    const textFor = async (environment: string) => {
      const answers = { "systemctl cat": UNIT, "systemctl show": `LimitNOFILESoft=1024\nEnvironment=${environment}\n` };
      return await machine({}, answers).manager.show(WRAP);
    };
    assert.match(await textFor("A=1"), /^UnsetEnvironment=BUN_OPTIONS .* DENO_DIR /m);
    const own = await textFor('A=1 "DENO_DIR=/var/cache/a b"');
    assert.match(own, /^UnsetEnvironment=BUN_OPTIONS .* DENO_V8_FLAGS$/m);
    assert.doesNotMatch(own, /DENO_DIR/);
    await assert.rejects(textFor("BUN_BE_BUN=1"), /it sets BUN_BE_BUN, .*; nothing was changed/);
  });

  it("is not wrapped again when it is written anew", async () => {
    const ours =
      `${UNIT}\n# /etc/systemd/system/legacy.service.d/50-boot-sentinel.conf\n[Service]\nExecStart=\nExecStart=/opt/sentinel/boot-sentinel run -- /opt/legacy/srv\n`;
    const text = await machine({}, { "systemctl cat": ours }).manager.show(WRAP);
    assert.equal(text.match(/boot-sentinel run/g)?.length, 1);
  });

  for (
    const [name, unit, message] of [
      ["forks", "Type=forking\nExecStart=/srv\n", /Type is forking/],
      ["runs once", "Type=oneshot\nExecStart=/srv\n", /Type is oneshot/],
      ["has two commands", "ExecStart=/a\nExecStart=/b\n", /2 ExecStart= lines/],
      ["renames its program", "ExecStart=@/srv name\n", /starts with @/],
      ["has no path", "ExecStart=srv\n", /is not absolute/],
    ] as const
  ) {
    it(`refuses a unit that ${name}, and says why`, () => {
      assert.throws(() => wrappedCommand(readUnitFile(`[Service]\n${unit}`)), message);
    });
  }
});
