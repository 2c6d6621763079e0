/**
 * Records what the reference implementation answers and leaves on disk, in `traces.jsonl` for `vectors_test.ts`:
 *
 *     bun tests/vectors/record.ts PEER_PROGRAM
 *
 * PEER_PROGRAM is called as `DATA_DIR EXE VERSION OP…`. Sequences are random but for the one place where this project
 * is stronger on purpose: an arm over an unconfirmed build keeps the older last-good.
 *
 * @module
 */
import { execFileSync } from "node:child_process";
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { inTempDir } from "../support/temp.ts";
import { observe, type Step, type Trace, TRACES, traceText } from "./trace.ts";

const peer = process.argv[2] ?? "";
const VERSIONS = ["1.0.0", "2.0.0", "3.0.0"];

let seed = 20261124;
function random(below: number): number {
  seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
  return (seed >>> 8) % below;
}
const pick = <T>(list: readonly T[]): T => list[random(list.length)] as T;

function record(): Trace {
  return inTempDir((dir) => {
    const exe = join(dir, "app");
    writeFileSync(exe, "body-1.0.0");
    const steps: Step[] = [];
    let running = "1.0.0";
    for (let i = 0; i < 24; i++) {
      const op = pick([
        "arm",
        "arm",
        "write",
        "write",
        "check",
        "check",
        "check",
        "check",
        "check",
        "confirm",
        "isq",
        "list",
        "clear",
        "tear",
        "lose",
      ]);
      const before = observe(dir, exe);
      if (op === "arm" && before.sentinel !== null && before.lastGood !== null && before.lastGood !== before.exe) {
        continue;
      }
      if (op === "write") {
        const armed = before.sentinel?.version;
        running = armed !== undefined && random(4) > 0 ? armed : pick(VERSIONS);
        writeFileSync(exe, `body-${running}`);
      }
      if (op === "tear" && (before.sentinel === null || random(3) > 0)) continue;
      if (op === "tear") writeFileSync(join(dir, ".boot-sentinel.json"), "{torn");
      if (op === "lose" && (!existsSync(`${exe}.last-good`) || random(3) > 0)) continue;
      if (op === "lose") rmSync(`${exe}.last-good`);
      const args = op === "check"
        ? [String(1 + random(3))]
        : ["arm", "isq", "clear"].includes(op)
        ? [pick(VERSIONS)]
        : [];
      const own = ["write", "tear", "lose"].includes(op);
      const answer = own ? "" : execFileSync(peer, [dir, exe, running, op, ...args], { encoding: "utf8" }).trim();
      const after = observe(dir, exe);
      steps.push({ op, args, running, answer, after });
      if (answer.startsWith("rolled-back")) running = after.exe?.slice("body-".length) ?? running;
    }
    return steps;
  });
}

const traces = Array.from({ length: 120 }, record);
writeFileSync(TRACES, traceText(traces));
