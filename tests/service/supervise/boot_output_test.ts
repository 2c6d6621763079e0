/** What a supervisor knows of the last words of a boot. @module */
import assert from "node:assert/strict";
import { test } from "node:test";
import { killedText, windowsEnd } from "../../../src/service/how_ended.ts";
import { beginOutput } from "../../../src/service/supervise/boot_output.ts";
import { oomKills } from "../../../src/system/process/oom_kills.ts";
import { environmentOf } from "../../../src/system/process/process_io.ts";

const NOWHERE = { size: () => undefined, since: () => undefined };

function machine(env: Record<string, string>, answers: string[]) {
  const asked: string[][] = [];
  const io = {
    env: environmentOf(env),
    journalctl: (...args: string[]) => {
      asked.push(args);
      return Promise.resolve({ code: 0, stdout: answers.shift() ?? "", stderr: "" });
    },
    pause: () => Promise.resolve(),
  };
  return { io, asked };
}

test("a log file is read from where it ended before the start", async () => {
  const { io, asked } = machine({ INVOCATION_ID: "a".repeat(32) }, []);
  const text = "of an older boot\nopening\nfailed\n";
  const words = beginOutput(io, { size: () => 17, since: (size) => text.slice(size) });
  assert.deepEqual(await words(), ["opening", "failed"]);
  assert.deepEqual(asked, []);
});

test("the journal is asked for what was written since the start of the boot, twice if it is late", async () => {
  const { io, asked } = machine({ INVOCATION_ID: "a".repeat(32) }, ["", "opening\nfailed\n"]);
  assert.deepEqual(await beginOutput(io, NOWHERE)(), ["opening", "failed"]);
  const since = asked.map((args) => args.find((word) => word.startsWith("--since=@")));
  assert.ok(asked.length === 2 && since[0] !== undefined && since[0] === since[1]);
});

test("what goes to a terminal or into a pipe is nobody's to read", async () => {
  const { io, asked } = machine({}, ["x"]);
  assert.equal(await beginOutput(io, NOWHERE)(), undefined);
  assert.deepEqual(asked, []);
});

test("the kernel's count of processes killed for lack of memory is that of the own control group", () => {
  const files = (group: string, at: string) => (path: string) =>
    ({ "/proc/self/cgroup": `4:memory:/x\n0::${group}\n`, [at]: "oom 3\noom_kill 2\n" })[path];
  assert.equal(
    oomKills(files("/system.slice/app.service", "/sys/fs/cgroup/system.slice/app.service/memory.events")),
    2,
  );
  assert.equal(oomKills(files("/", "/sys/fs/cgroup/memory.events")), 2, "in a container");
  assert.equal(oomKills(files("/elsewhere", "/sys/fs/cgroup/memory.events")), undefined);
  assert.equal(oomKills(() => undefined), undefined);
});

test("an end by a signal, for lack of memory and by an exception of Windows is told by its name", () => {
  assert.equal(killedText(undefined, false), undefined);
  assert.equal(killedText("SIGSEGV", false), "SIGSEGV");
  assert.equal(killedText("SIGKILL", true), "killed for lack of memory (OOM)");
  assert.equal(killedText(undefined, true), "it ended after a process was killed for lack of memory (OOM)");
  assert.equal(windowsEnd(1), undefined);
  assert.equal(windowsEnd(0xc0000005), "exception 0xc0000005 (access violation)");
});
