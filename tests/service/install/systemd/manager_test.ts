/** Units and drop-ins: what is written, and that nothing foreign is touched. @module */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { quotePath, quoteWords } from "../../../../src/service/install/systemd/quote.ts";
import { BootSentinel } from "../../../../mod.ts";
import { memoryPorts } from "../../../../src/testing.ts";
import { machineWith, PLAN, properties } from "./machine.ts";

const UNIT_PATH = "/etc/systemd/system/web.service";
const REGISTERED = "/etc/boot-sentinel/web.json";
const LEGACY = { ...PLAN, name: "legacy", dropIn: "legacy.service", command: [] };
const DROP_IN = "/etc/systemd/system/legacy.service.d/50-boot-sentinel.conf";

/** A machine with a unit of a third party. */
function withLegacy(lines: string, facts: Record<string, string> = {}, more: Parameters<typeof machineWith>[0] = {}) {
  return machineWith({
    ...more,
    answers: {
      ...more.answers,
      "cat legacy.service": `# /lib/systemd/system/legacy.service\n[Service]\n${lines}\n`,
      "show --property=LoadState": properties(facts),
    },
  });
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

describe("a new service", () => {
  it("starts its program itself, and the gate stands beside it", async () => {
    const { manager, texts, calls } = machineWith();
    await manager.install(PLAN);
    const lines = (texts()[UNIT_PATH] ?? "").split("\n");
    for (
      const line of [
        'ExecStart=/opt/web/server --title "50%% of $$HOME"',
        "ExecStartPre=-+/opt/sentinel/boot-sentinel check --name web --unit %n",
        "ExecStartPost=-+/opt/sentinel/boot-sentinel watch --name web --unit %n",
        "ExecStopPost=-+/opt/sentinel/boot-sentinel stopped --name web --unit %n",
        "Type=exec",
        "Restart=always",
        "KillMode=mixed",
        "StartLimitBurst=16",
        "ProtectSystem=full",
      ]
    ) {
      assert.ok(lines.includes(line), line);
    }
    assert.ok(!lines.some((line) => /^(RestartPreventExitStatus|ReadWritePaths|UnsetEnvironment|User)=/.test(line)));
    assert.deepEqual(calls.slice(-2), ["systemctl daemon-reload", "systemctl enable web.service"]);
  });

  it("is registered with its settings, its program and its unit", async () => {
    const { manager, texts, fs } = machineWith();
    await manager.install(PLAN);
    assert.deepEqual(JSON.parse(texts()[REGISTERED] ?? ""), {
      probe: ["http://127.0.0.1/#body=v 2"],
      maxAttempts: 3,
      exe: "/opt/web/server",
      dataDir: "/var/lib/boot-sentinel/web",
      unit: "web.service",
    });
    assert.equal(fs.info("/var/lib/boot-sentinel/web").kind, "directory");
  });

  it("has its user and type, and a temporary folder of the machine when its program lies there", async () => {
    const { manager } = machineWith({ files: { "/var/tmp/server": "#!1" } });
    const { text } = await manager.show({ ...PLAN, user: "app", type: "notify", command: ["/var/tmp/server"] });
    assert.match(text, /^Type=notify$/m);
    assert.match(text, /^User=app$/m);
    assert.doesNotMatch(text, /^PrivateTmp=/m);
    assert.match((await manager.show(PLAN)).text, /^PrivateTmp=yes$/m);
  });

  it("is taken away with nothing left but state", async () => {
    const { manager, texts, calls } = machineWith();
    const before = texts();
    await manager.install(PLAN);
    const said = await manager.uninstall({ name: "web", dropIn: undefined, purge: false });
    assert.deepEqual(texts(), before);
    assert.deepEqual(said, [`Removed ${UNIT_PATH}`, "web.service is stopped"]);
    assert.ok(calls.includes("systemctl disable --now web.service"));
    await assert.rejects(
      manager.uninstall({ name: "web", dropIn: undefined, purge: false }),
      /does not exist; nothing was changed/,
    );
  });

  it("can be purged after it was taken away, beside a unit of somebody else, which stays", async () => {
    const unit = "/etc/systemd/system/legacy.service";
    const state = "/var/lib/boot-sentinel/legacy";
    const { manager, texts, fs } = withLegacy("ExecStart=/opt/web/server", {}, { files: { [unit]: "[Service]\n" } });
    const before = texts();
    await manager.install(LEGACY);
    const sentinel = new BootSentinel({ exe: "/opt/web/server", dataDir: state }, memoryPorts(fs));
    sentinel.confirmHealthy();
    const leave = { name: "legacy", dropIn: undefined, purge: false };
    const said = await manager.uninstall(leave);
    assert.match(said.join("\n"), /boot-sentinel service uninstall legacy --purge removes them:\n.*last-good/);
    await assert.rejects(manager.uninstall(leave), /nothing was changed; its state in \S+ is left: .* --purge$/);
    assert.match((await manager.uninstall({ ...leave, purge: true })).join(), /^Removed \d+ files/);
    assert.deepEqual(texts(), before);
    assert.throws(() => fs.info(state));
    await assert.rejects(manager.uninstall({ ...leave, purge: true }), /legacy does not exist; nothing was changed$/);
  });

  it("is purged later without the files beside a program that does not lead back to that state", async () => {
    const { manager, texts, fs } = machineWith({
      files: {
        "/opt/web/server.last-good": "#!0",
        "/var/lib/boot-sentinel/web/.boot-record.json": JSON.stringify({ schema: 1, exe: "/opt/web/server" }),
      },
    });
    await manager.uninstall({ name: "web", dropIn: undefined, purge: true });
    assert.equal(texts()["/opt/web/server.last-good"], "#!0");
    assert.throws(() => fs.info("/var/lib/boot-sentinel/web"));
  });

  it("replaces no unit of somebody else", async () => {
    const own = machineWith({ files: { [UNIT_PATH]: "[Service]\nExecStart=/bin/true\n" } });
    await assert.rejects(own.manager.install(PLAN), /boot-sentinel did not write it; nothing was changed/);
    await assert.rejects(
      own.manager.uninstall({ name: "web", dropIn: undefined, purge: true }),
      /it is not installed .*; boot-sentinel did not write \/etc\/systemd\/system\/web\.service, and nothing of it/,
    );
    assert.ok(own.texts()[UNIT_PATH] !== undefined);
    const packaged = machineWith({ answers: { "cat web.service": "# /lib/systemd/system/web.service\n" } });
    await assert.rejects(packaged.manager.install(PLAN), /a unit of this name exists.* --drop-in web\.service/);
    assert.equal(packaged.texts()[UNIT_PATH], undefined);
  });

  it("has a name that leads to no other folder", async () => {
    await assert.rejects(machineWith().manager.install({ ...PLAN, name: "../evil" }), /as a unit's name/);
  });

  it("that systemd does not load leaves everything as it was", async () => {
    const { manager, texts } = machineWith({ answers: { enable: { failure: "Unit is bad" } } });
    const before = texts();
    await assert.rejects(manager.install(PLAN), /It cannot be enabled.*Unit is bad; everything is as it was/);
    assert.deepEqual(texts(), before);
  });
});

describe("the drop-in for an existing unit", () => {
  it("leaves ExecStart= alone, and puts our lines before the unit's own", async () => {
    const { manager, texts } = withLegacy(
      'ExecStart=/opt/web/server -c "a b" --id %i\nExecStartPre=/opt/web/server --check\nExecStopPost=-/bin/rm /run/x',
    );
    await manager.install(LEGACY);
    assert.match(
      texts()[DROP_IN] ?? "",
      /\[Service\]\nExecStartPre=\nExecStartPre=-\+\S+ check --name legacy --unit %n\nExecStartPre=\/opt\/web\/server --check\nExecStartPost=-\+\S+ watch --name legacy --unit %n\nExecStopPost=\nExecStopPost=-\+\S+ stopped --name legacy --unit %n\nExecStopPost=-\/bin\/rm \/run\/x\n/,
    );
    assert.doesNotMatch(texts()[DROP_IN] ?? "", /^ExecStart=|^(Type|User)=/m);
  });

  it("is shown with what it mends, and then nothing is written", async () => {
    const { manager, texts, calls } = withLegacy("ExecStart=/opt/web/server", {
      Restart: "no",
      RestartPreventExitStatus: "78",
    });
    const before = texts();
    const { text, findings } = await manager.show(LEGACY);
    assert.match(text, /^Restart=always$/m);
    assert.match(text, /^RestartPreventExitStatus=$/m);
    assert.deepEqual(findings.map(({ code }) => code), ["mended", "mended"]);
    assert.deepEqual(texts(), before);
    assert.ok(!calls.some((call) => /daemon-reload|restart|enable/.test(call)));
  });

  it("written anew has our lines once", async () => {
    const first = withLegacy("ExecStart=/opt/web/server\nExecStartPre=/bin/a");
    await first.manager.install(LEGACY);
    const written = first.texts()[DROP_IN] ?? "";
    const again = withLegacy(`ExecStart=/opt/web/server\nExecStartPre=/bin/a\n\n# ${DROP_IN}\n${written}`);
    assert.equal((await again.manager.show(LEGACY)).text, (await first.manager.show(LEGACY)).text);
  });

  it("starts the gate without what changes its runtime, of the unit and of all units", async () => {
    const { manager } = withLegacy(
      "ExecStart=/opt/web/server",
      { Environment: 'A=1 "BUN_OPTIONS=--x y" DENO_DIR=/d' },
      {
        answers: { "show-environment": "PATH=/bin\nBUN_BE_BUN=1\n" },
      },
    );
    const { text, findings } = await manager.show(LEGACY);
    assert.match(
      text,
      /^ExecStartPre=-\+\/usr\/bin\/env -u BUN_BE_BUN -u BUN_OPTIONS \/opt\/sentinel\/boot-sentinel check /m,
    );
    assert.deepEqual(findings.filter(({ code }) => code === "variables-cleared").map((one) => one.text), [
      "the gate is started without BUN_BE_BUN, BUN_OPTIONS",
    ]);
  });

  it("guards a file that its program reads", async () => {
    const { manager, texts } = withLegacy("ExecStart=/usr/bin/node app.js", { WorkingDirectory: "/srv" }, {
      files: { "/usr/bin/node": "node", "/srv/app.js": "js" },
    });
    await assert.rejects(
      manager.install(LEGACY),
      /boot-sentinel service install --drop-in legacy\.service --guard \/srv\/app\.js$/,
    );
    await manager.install({ ...LEGACY, guard: "/srv/app.js" });
    const { exe, guard } = JSON.parse(texts()["/etc/boot-sentinel/legacy.json"] ?? "");
    assert.deepEqual([exe, guard], [undefined, "/srv/app.js"]);
  });

  it("is taken away with its folders, and the unit goes on", async () => {
    const { manager, texts, calls } = withLegacy("ExecStart=/opt/web/server");
    const before = texts();
    await manager.install(LEGACY);
    const said = await manager.uninstall({ name: "legacy", dropIn: undefined, purge: false });
    assert.deepEqual(texts(), before);
    assert.match(said[1] ?? "", /is not guarded from its next start on: systemctl restart legacy\.service/);
    assert.ok(!calls.some((call) => call.includes("disable")));
  });

  it("leaves another drop-in in the same folder", async () => {
    const other = "/etc/systemd/system/legacy.service.d/90-own.conf";
    const { manager, texts } = withLegacy("ExecStart=/opt/web/server", {}, { files: { [other]: "[Service]\n" } });
    await manager.install(LEGACY);
    await manager.uninstall({ name: "legacy", dropIn: "legacy.service", purge: false });
    assert.equal(texts()[other], "[Service]\n");
    assert.equal(texts()[DROP_IN], undefined);
  });
});

describe("what the doctor says before an installation", () => {
  const says = (verdict: "bad" | "note", code: string) =>
    machineWith({
      examine: ({ exe, unit, isNew, isInstalled, gateAs }) => [{
        check: "place",
        code,
        verdict,
        text: JSON.stringify([exe, unit ?? null, isNew, isInstalled, gateAs]),
        advice: "mend it",
      }],
    });

  it("keeps what could not be protected from being installed", async () => {
    const { manager, texts, calls } = says("bad", "cannot-replace");
    const before = texts();
    await assert.rejects(manager.install(PLAN), {
      message: 'Cannot guard web, nothing was changed: ["/opt/web/server",null,true,false,"root"]; mend it',
    });
    assert.deepEqual(texts(), before);
    assert.ok(!calls.includes("systemctl daemon-reload"));
    assert.equal((await manager.show(PLAN)).findings[0]?.code, "cannot-replace", "show only shows it");
  });

  it("is told when it does not keep the gate from its work", async () => {
    for (const { manager } of [says("note", "anything"), says("bad", "clock-wrong")]) {
      assert.match((await manager.install(PLAN)).join("\n"), /^Note: place: \["\/opt\/web\/server"/m);
    }
  });
});

describe("a user's own service", () => {
  const HOME = { HOME: "/home/joe" };

  it("is written below that user's folders, asks that user's manager, and needs no root", async () => {
    const { manager, texts, calls } = machineWith({ isUsers: true, env: HOME });
    const said = await manager.install(PLAN);
    const text = texts()["/home/joe/.config/systemd/user/web.service"] ?? "";
    assert.match(text, /^ExecStartPre=-\/opt\/sentinel\/boot-sentinel check --name web --unit %n$/m);
    assert.match(text, /^WantedBy=default\.target$/m);
    assert.doesNotMatch(text, /ProtectSystem|network\.target/);
    const { dataDir } = JSON.parse(texts()["/home/joe/.config/boot-sentinel/web.json"] ?? "");
    assert.equal(dataDir, "/home/joe/.local/state/boot-sentinel/web");
    const asked = calls.filter((call) => call.startsWith("systemctl"));
    assert.ok(asked.length > 2 && asked.every((call) => call.startsWith("systemctl --user ")), asked.join("\n"));
    assert.ok(said.some((line) => line.includes("loginctl enable-linger")));
  });

  it("follows XDG_CONFIG_HOME and XDG_STATE_HOME", async () => {
    const env = { ...HOME, XDG_CONFIG_HOME: "/cfg", XDG_STATE_HOME: "/state" };
    const { manager, texts } = machineWith({ isUsers: true, env });
    await manager.install(PLAN);
    assert.ok(texts()["/cfg/systemd/user/web.service"] !== undefined);
    assert.match(texts()["/cfg/boot-sentinel/web.json"] ?? "", /"dataDir": "\/state\/boot-sentinel\/web"/);
    await assert.rejects(
      machineWith({ isUsers: true }).manager.install(PLAN),
      /neither XDG_CONFIG_HOME nor HOME is set/,
    );
  });
});
