/** The Windows task that asks a herd: `schtasks` is played. @module */
import assert from "node:assert/strict";
import { test } from "node:test";
import { installTask, isTaskThere, removeTask, type TaskMachine } from "../../../src/service/install/herd_task.ts";
import { memoryFs } from "../../../src/testing.ts";

const DESCRIPTION = "/ProgramData/boot-sentinel/boot-sentinel-herd-web & co.xml";
const TASK = "/Windows/System32/Tasks/boot-sentinel-herd-web & co";

/** A machine on which `schtasks` ends with that code. */
function machineWith(code: number) {
  const fs = memoryFs({ windows: true });
  const calls: string[][] = [];
  const seen: string[] = [];
  const machine: TaskMachine = {
    fs,
    windows: "/Windows",
    folder: "/ProgramData/boot-sentinel",
    runTool(...words) {
      calls.push(words);
      seen.push(fs.texts()[DESCRIPTION] ?? "");
      return Promise.resolve({ code, stdout: "", stderr: "ERROR: Access is denied.\r\n" });
    },
  };
  return { machine, fs, calls, seen };
}

test("the task runs herd sync for the service, at random moments, whatever its name holds", async () => {
  const { machine, fs, calls, seen } = machineWith(0);
  await installTask(machine, { name: "web & co", self: "C:\\Program Files\\bs.exe" });
  assert.deepEqual(calls, [["schtasks", "/Create", "/TN", "boot-sentinel-herd-web & co", "/XML", DESCRIPTION, "/F"]]);
  assert.match(seen[0] ?? "", /<RandomDelay>/);
  assert.match(seen[0] ?? "", /<Command>C:\\Program Files\\bs\.exe<\/Command>/);
  assert.match(seen[0] ?? "", /<Arguments>herd sync --name "web &#38; co"<\/Arguments>/);
  // Its description is not left behind.
  assert.equal(fs.texts()[DESCRIPTION], undefined);
});

test("a task that cannot be made or removed is told with the reason", async () => {
  const { machine, fs } = machineWith(1);
  const plan = { name: "web & co", self: "C:\\bs.exe" };
  await assert.rejects(() => installTask(machine, plan), /Cannot make the task .*: ERROR: Access is denied\.$/);
  fs.put(TASK, "<Task/>");
  assert.ok(isTaskThere(machine, "web & co"));
  await assert.rejects(() => removeTask(machine, "web & co"), /Cannot remove the task .*: ERROR: Access is denied\.$/);
});

test("where no task is, nothing is removed and no tool is run", async () => {
  const { machine, calls } = machineWith(0);
  assert.deepEqual(await removeTask(machine, "web & co"), []);
  assert.deepEqual(calls, []);
});
