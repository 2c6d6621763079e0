/** Call by call, the answers and the files are those of the reference implementation. @module */
import assert from "node:assert/strict";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { BootSentinel } from "../../mod.ts";
import { inTempDir } from "../support/temp.ts";
import { observe, readTraces, type Step, TRACES, traceText } from "./trace.ts";

const traces = readTraces();

test("the recorded file is what the recording script writes: one trace a line", () => {
  assert.equal(readFileSync(TRACES, "utf8"), traceText(traces));
});

test("120 recorded sequences of the reference give the same answers and the same files", () => {
  let calls = 0;
  let rollbacks = 0;
  for (const [number, trace] of traces.entries()) {
    inTempDir((dir) => {
      const exe = join(dir, "app");
      writeFileSync(exe, "body-1.0.0");
      for (const [index, step] of trace.entries()) {
        const where = `trace ${number}, step ${index}: ${step.op} ${step.args.join(" ")} as ${step.running}`;
        assert.equal(act(dir, exe, step), step.answer, where);
        assert.deepEqual(observe(dir, exe), step.after, where);
        calls++;
        if (step.answer.startsWith("rolled-back")) rollbacks++;
      }
    });
  }
  assert.equal(traces.length, 120);
  assert.ok(calls > 1000 && rollbacks > 20, `${calls} calls, ${rollbacks} rollbacks`);
});

function act(dir: string, exe: string, { op, args, running }: Step): string {
  const sentinel = new BootSentinel({ dataDir: dir, exe, version: running }, { log: () => {} });
  const [argument = ""] = args;
  switch (op) {
    case "write":
      writeFileSync(exe, `body-${running}`);
      return "";
    case "tear":
      writeFileSync(join(dir, ".boot-sentinel.json"), "{torn");
      return "";
    case "lose":
      rmSync(`${exe}.last-good`);
      return "";
    case "check": {
      const decision = sentinel.checkOnBoot(Number(argument));
      return decision.kind === "rolledBack" ? `rolled-back ${decision.from}` : "proceed";
    }
    case "arm":
      sentinel.armForSwap(exe, argument);
      return "ok";
    case "confirm":
      sentinel.confirmHealthy();
      return "ok";
    case "clear":
      sentinel.clearQuarantine(argument);
      return "ok";
    case "isq":
      return String(sentinel.isQuarantined(argument));
    case "list":
      return sentinel.quarantinedVersions().join(" ");
    default:
      throw new Error(`unknown op ${op}`);
  }
}
