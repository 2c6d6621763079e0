/** `service install --start`: waits until the service is up, and undoes what took it down. @module */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type MachineOptions, machineWith, PLAN, properties } from "./machine.ts";

const LEGACY = { ...PLAN, name: "legacy", dropIn: "legacy.service", command: [], start: true };
const RUNNING = "ActiveState=active\nSubState=running\nMainPID=7\nResult=success\n";
const FAILED = "ActiveState=failed\nSubState=failed\nMainPID=0\nResult=exit-code\n";

/** A unit that was up before, unless `before` says otherwise; `state`: what `systemctl show` says after a restart. */
function unitThat(state: () => string, before = "legacy.service loaded active running a server\n") {
  const answers: NonNullable<MachineOptions["answers"]> = {
    "cat legacy": "# /lib/systemd/system/legacy.service\n[Service]\nExecStart=/opt/web/server\n",
    "show --property=LoadState": properties({ Restart: "always" }),
    "show --property=ActiveState": state,
    "list-units": before,
  };
  return machineWith({ answers });
}

test("a service whose process stays is up", async () => {
  const { manager, calls, machine } = unitThat(() => RUNNING);
  const said = await manager.install(LEGACY);
  assert.match(said.at(-1) ?? "", /^legacy\.service is up, and becomes last-good once it is healthy/);
  const byHand = await unitThat(() => RUNNING).manager.install({ ...LEGACY, isConfirmedByHand: true });
  assert.match(byHand.at(-1) ?? "", / is up, and becomes last-good once you confirm it: boot-sentinel confirm --name/);
  assert.ok(calls.includes("systemctl restart legacy.service"));
  assert.ok(machine.io.now() >= 3000, "it was watched for a time");
});

test("a service that was up before and fails with the gate is put back as it was, with all that was made", async () => {
  let starts = 0;
  const { manager, texts, calls, fs } = unitThat(() => starts++ === 0 ? FAILED : RUNNING);
  const before = texts();
  await assert.rejects(manager.install(LEGACY), {
    message: "legacy.service does not start: exit-code; everything was undone, it is up again as it was before; " +
      "systemctl status legacy.service",
  });
  assert.deepEqual(texts(), before);
  assert.throws(() => fs.info("/var/lib/boot-sentinel/legacy"), { code: "notFound" });
  const after = calls.slice(calls.lastIndexOf("systemctl daemon-reload"));
  assert.deepEqual(after.slice(0, 3), [
    "systemctl daemon-reload",
    "systemctl reset-failed legacy.service",
    "systemctl restart legacy.service",
  ]);
});

test("an undone installation says when the service is not up without the gate either", async () => {
  const { manager, texts } = unitThat(() => FAILED);
  const before = texts();
  await assert.rejects(manager.install(LEGACY), /everything was undone, and it is not up without the gate either/);
  assert.deepEqual(texts(), before);
});

test("a crash loop is not up, whichever state it is seen in", async () => {
  let pid = 100;
  const { manager } = unitThat(() => `ActiveState=active\nSubState=running\nMainPID=${pid++}\nResult=success\n`);
  await assert.rejects(manager.install(LEGACY), /is not up after 105 s: active, running/);
});

test("a service that was not up before stays guarded", async () => {
  const { manager, texts } = unitThat(() => FAILED, "");
  await assert.rejects(manager.install(LEGACY), /is guarded, but not up: .*it was not up before either/);
  assert.ok(texts()["/etc/boot-sentinel/legacy.json"] !== undefined);
});

test("a unit whose process has ended in order is up", async () => {
  const { manager } = unitThat(() => "ActiveState=active\nSubState=exited\nMainPID=0\nResult=success\n");
  assert.match((await manager.install(LEGACY)).at(-1) ?? "", /is up/);
});

test("the instances of a template are restarted at once, and each is awaited", async () => {
  const shown: string[] = [];
  const { manager, calls, machine } = machineWith({
    answers: {
      "cat web@.service": "# /etc/systemd/system/web@.service\n[Service]\nExecStart=/opt/web/server %i\n",
      "show --property=LoadState": properties({ Restart: "always" }),
      "show --property=ActiveState": () => (shown.push(""), RUNNING),
      "list-units": "web@1.service loaded active running 1\nweb@2.service loaded active running 2\n",
    },
  });
  const said = await manager.install({ ...LEGACY, name: "web@", dropIn: "web@.service" });
  assert.match(said.at(-1) ?? "", /^web@1\.service, web@2\.service is up/);
  assert.ok(calls.includes("systemctl restart web@1.service web@2.service"));
  assert.ok(shown.length > 2 && machine.io.now() < 10_000);
});

test("a template without an instance is guarded from the next start on", async () => {
  const { manager, calls } = machineWith({
    answers: {
      "cat web@.service": "# /etc/systemd/system/web@.service\n[Service]\nExecStart=/opt/web/server %i\n",
      "show --property=LoadState": properties({}),
    },
  });
  const said = await manager.install({ ...LEGACY, name: "web@", dropIn: "web@.service" });
  assert.match(said.at(-1) ?? "", /^No instance of web@\.service is up/);
  assert.ok(!calls.some((call) => call.startsWith("systemctl restart")));
});
