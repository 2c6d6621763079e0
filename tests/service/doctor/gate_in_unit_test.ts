/** Where the gate stands in a unit, with whose rights, and whether the unit still is as it was installed. @module */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Runner } from "../../../src/service/doctor/check.ts";
import { MARK } from "../../../src/service/install/systemd/unit_text.ts";
import { BESIDE, examined, FRONT, PRE, type Shown, shown, trouble } from "./shown_unit.ts";

describe("the doctor of the gate in a unit", () => {
  it("has nothing to say about a gate in front of the program, or beside it", async () => {
    assert.deepEqual(await trouble(FRONT), []);
    assert.deepEqual(await trouble(BESIDE), []);
  });

  it("looks as root at a gate with +, else as the unit's user", async () => {
    const runnerOf = async (unit: Shown) => (await examined({ ...unit, User: "app" })).runner;
    assert.deepEqual(await runnerOf(BESIDE), { name: "root", writer: "user 0", isFree: true } satisfies Runner);
    const { name, writer, isFree, writes } = await runnerOf(FRONT);
    assert.deepEqual([name, writer, isFree], ["app", "user 1000", undefined]);
    assert.deepEqual([...writes ?? []], [["/opt/app", false], ["/var/lib/app", false]]);
    const dynamic = await runnerOf({ ...FRONT, DynamicUser: "yes", StateDirectory: "app" });
    assert.deepEqual([...dynamic.writes ?? []], [["/opt/app", false], ["/var/lib/app", true]]);
  });

  it("says so when the unit's user does not exist", async () => {
    assert.deepEqual(await trouble({ ...FRONT, User: "nobody-knows" }), ["bad unit-user-unknown"]);
  });

  it("flags a gate that can keep the service down, that comes late, or that nobody follows", async () => {
    const pre = BESIDE["ExecStartPreEx"] as string;
    assert.deepEqual(await trouble({ ...BESIDE, ExecStartPreEx: shown(PRE, "privileged") }), ["bad gate-can-block"]);
    const tested = [shown("/opt/app/server --test"), pre];
    assert.deepEqual(await trouble({ ...BESIDE, ExecStartPreEx: tested }), ["bad gate-not-first"]);
    const other = [shown("/bin/mkdir -p /run/app"), pre];
    assert.deepEqual(await trouble({ ...BESIDE, ExecStartPreEx: other }), ["note gate-not-first"]);
    assert.deepEqual(await trouble({ ...BESIDE, ExecStartPreEx: [pre, ...tested.slice(0, 1)] }), []);
    assert.deepEqual(await trouble({ ...BESIDE, ExecStartPostEx: [] }), ["bad no-watcher"]);
    assert.deepEqual(await trouble({ ...BESIDE, ExecStartPostEx: [] }, { target: { isConfirmedByHand: true } }), []);
  });

  it("reads an older systemd, too, which prints no flags", async () => {
    const command =
      "{ path=/opt/s/boot-sentinel ; argv[]=/opt/s/boot-sentinel run -- /opt/app/server ; ignore_errors=no ; }";
    const stop = "{ path=/opt/s/boot-sentinel ; argv[]=/opt/s/boot-sentinel stopped ; ignore_errors=no ; }";
    assert.deepEqual(
      await trouble({ ...FRONT, ExecStartEx: [], ExecStopPostEx: [], ExecStart: command, ExecStopPost: stop }),
      [],
    );
  });

  it("takes over the options that stand in the unit, and sees a state that lies elsewhere", async () => {
    const words = "--max-attempts 5 --probe tcp://127.0.0.1:1 --probe=exec:x --data-dir /srv/state -- /opt/app/server";
    const unit = { ...FRONT, ExecStartEx: shown(`/opt/s/boot-sentinel run ${words}`), StartLimitBurst: "5" };
    assert.deepEqual(await trouble(unit), ["bad another-data-dir", "note probe-not-tried", "bad start-limit-too-low"]);
    const { target } = await examined(unit);
    assert.deepEqual([target.maxAttempts, target.probes], [5, ["tcp://127.0.0.1:1"]]);
  });

  it("sees a gate that clears variables for itself", async () => {
    const clean = (verb: string) =>
      shown(`/usr/bin/env -u BUN_OPTIONS -u BUN_BE_BUN ${PRE.replace("check", verb)}`, "ignore-failure privileged");
    const unit = {
      ...BESIDE,
      ExecStartPreEx: clean("check"),
      ExecStartPostEx: clean("watch"),
      ExecStopPostEx: clean("stopped"),
    };
    assert.deepEqual(await trouble({ ...unit, UnsetEnvironment: "", Environment: "BUN_OPTIONS=x" }), []);
    assert.deepEqual(await trouble({ ...BESIDE, Environment: "BUN_INSPECT=x" }), ["bad runtime-variables"]);
  });

  it("asks the user's own manager about a unit that the machine's does not have", async () => {
    const managers = { system: undefined, user: { ...BESIDE, User: "" } };
    const { unit, runner } = await examined({}, { managers, uid: 1000 });
    assert.deepEqual([unit?.isUsers, runner.name], [true, "somebody"]);
    assert.deepEqual(await trouble({}, { managers: { system: undefined, user: undefined } }), ["bad unit-missing"]);
  });

  it("examines no template, and tells of the instances of one", async () => {
    assert.deepEqual(await trouble(BESIDE, { target: { unit: { name: "app@.service" } } }), ["unknown unit-template"]);
    const instances = "app@1.service loaded active running A\napp@2.service loaded active running A\n";
    const target = { unit: { name: "app@1.service" } };
    assert.deepEqual(await trouble(BESIDE, { target, instances }), ["note several-instances"]);
    assert.deepEqual(await trouble(BESIDE, { target, instances: instances.split("\n")[0] ?? "" }), []);
  });

  it("finds a drop-in that repeats what the unit no longer says", async () => {
    const cat = (own: string, again: string) =>
      `# /usr/lib/systemd/system/app.service\n[Service]\n${own}\n` +
      `# /etc/systemd/system/app.service.d/50-boot-sentinel.conf\n${MARK}\n[Service]\nExecStartPre=\n` +
      `ExecStartPre=-+${PRE}\n${again}\n# /etc/systemd/system/app.service.d/90-own.conf\n[Service]\nExecStartPre=/own\n`;
    const line = "ExecStartPre=/usr/bin/prepare -a \\\n  b";
    assert.deepEqual(await trouble(BESIDE, { cat: cat(line, "ExecStartPre=/usr/bin/prepare -a b") }), []);
    assert.deepEqual(await trouble(BESIDE, { cat: cat(line, "") }), ["bad drop-in-stale"]);
    assert.deepEqual(await trouble(BESIDE, { cat: cat("", "ExecStartPre=/usr/bin/prepare") }), ["bad drop-in-stale"]);
    assert.deepEqual(await trouble(BESIDE, { cat: cat(`ExecStartPre=/old\nExecStartPre=`, "") }), []);
  });

  it("looks before an installation at what the unit imposes, and for no gate", async () => {
    const plain = { ...BESIDE, ExecStartPreEx: [], ExecStartPostEx: [], ExecStopPostEx: [], LimitAS: "1000000" };
    const target = { isInstalled: false, gateAs: "root" } as const;
    assert.deepEqual(await trouble({ ...plain, MemoryDenyWriteExecute: "yes" }, { target }), ["bad limit-too-low"]);
  });
});
