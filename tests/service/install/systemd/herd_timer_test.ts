/** The timer that asks a herd; systemd is played. @module */
import assert from "node:assert/strict";
import { test } from "node:test";
import { installTimer, isTimerOn, removeTimer, timerName } from "../../../../src/service/install/systemd/herd_timer.ts";
import { machineWith } from "./machine.ts";

const PLAN = { name: "web@", self: "/opt/boot sentinel" };
const UNIT = `/etc/systemd/system/${timerName(PLAN.name)}`;

test("the timer of a template is no template itself, and starts the executable whatever its path holds", async () => {
  const { machine, texts, calls } = machineWith();
  await installTimer(machine, PLAN);
  assert.match(texts()[`${UNIT}.service`] ?? "", /^ExecStart="\/opt\/boot sentinel" herd sync --name web@$/m);
  assert.match(
    texts()[`${UNIT}.service`] ?? "",
    /^# Written by boot-sentinel herd join; boot-sentinel herd leave removes it\.$/m,
  );
  assert.ok(calls.includes(`systemctl enable ${timerName(PLAN.name)}.timer`));
  assert.doesNotMatch(timerName(PLAN.name), /@/);
  assert.notEqual(timerName("web@"), timerName("web-"));
});

test("a timer that systemd does not take leaves no file behind", async () => {
  const { machine, texts } = machineWith({ answers: { "enable": { failure: "no" } } });
  const before = texts();
  await assert.rejects(() => installTimer(machine, PLAN), /The timer cannot be enabled: .*; everything is as it was$/);
  assert.deepEqual(texts(), before);
});

test("a unit that somebody else wrote is neither replaced nor removed", async () => {
  const path = `${UNIT}.timer`;
  const { machine, texts } = machineWith({ files: { [path]: "[Timer]\n" } });
  await assert.rejects(() => installTimer(machine, PLAN), /boot-sentinel did not write it; nothing was changed/);
  await assert.rejects(() => removeTimer(machine, PLAN.name), /boot-sentinel did not write it; nothing was changed/);
  assert.equal(texts()[path], "[Timer]\n");
});

test("removing a timer that is not there changes nothing", async () => {
  const { machine, calls } = machineWith();
  assert.deepEqual(await removeTimer(machine, PLAN.name), []);
  assert.deepEqual(calls, []);
});

test("a timer is on when systemd says so, and unknown when systemd says nothing", async () => {
  const asked = (answer: string | { readonly failure: string }) =>
    isTimerOn(machineWith({ answers: { show: answer } }).machine, "web");
  assert.equal(await asked("ActiveState=active\n"), true);
  assert.equal(await asked("ActiveState=inactive\n"), false);
  assert.equal(await asked({ failure: "no bus" }), undefined);
});
