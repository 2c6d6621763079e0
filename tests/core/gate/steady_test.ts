/** What is told from a record's text alone, beside what the gate finds when it looks at everything. @module */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { SentinelCore } from "../../../src/core/boot_sentinel.ts";
import { RECORD_FILE } from "../../../src/core/state/state_names.ts";
import { provesSteady } from "../../../src/core/gate/steady.ts";
import { memoryFs, memoryPorts } from "../../../src/fs.ts";

const EXE = "/opt/app";
const DATA = "/var/lib/app";

/** A machine with a confirmed build, and with this in its record instead. */
function machineWith(recordOf: (written: Record<string, unknown>) => unknown) {
  const fs = memoryFs();
  const log: string[] = [];
  const ports = { ...memoryPorts(fs), log: (_: string, message: string) => void log.push(message) };
  fs.put(EXE, "#!1.0.0", 0o755);
  const sentinel = new SentinelCore({ dataDir: DATA, exe: EXE, watched: true }, ports);
  sentinel.confirmHealthy();
  const path = `${DATA}/${RECORD_FILE}`;
  const text = JSON.stringify(recordOf(JSON.parse(new TextDecoder().decode(fs.read(path, 1 << 20)))));
  fs.overwrite(path, new TextEncoder().encode(text));
  return { fs, log, sentinel, text, stamp: fs.info(EXE).stamp };
}

const snapshot = { version: "0.9.0", digest: "00", size: 1, proven: true, path: `${EXE}.last-good` };
const values = fc.oneof(
  fc.constant(undefined),
  fc.constantFrom(EXE, "/opt/other", snapshot, { ...snapshot, size: "1" }, [snapshot], 0, 1, 2, {}),
  fc.constantFrom(
    { from: "2", to: "1", time: "", reason: "", healthy: "2026-01-01" },
    { from: "2", to: "1", time: "", reason: "" },
    { from: "2", to: "1", time: "", reason: "", healthy: 5 },
  ),
  fc.jsonValue(),
);
const keys = fc.constantFrom(
  ...["schema", "exe", "lastGood", "incoming", "generations", "live", "rolledBack", "failedInstall", "other"],
  ...["lastGood.version", "lastGood.digest", "lastGood.size", "lastGood.proven", "lastGood.path"],
  ...["live.stamp", "live.digest"],
);

function changed(record: Record<string, unknown>, changes: readonly (readonly [string, unknown])[]): unknown {
  const whole = structuredClone(record);
  for (const [key, value] of changes) {
    const [name = "", part] = key.split("..");
    if (part === undefined) whole[name] = structuredClone(value);
    else if (typeof whole[name] === "object" && whole[name] !== null) {
      Object.assign(whole[name], { [part]: structuredClone(value) });
    }
  }
  return whole;
}

test("what a record's text proves is what the gate finds, whatever the record holds", () => {
  let proven = 0;
  let refused = 0;
  fc.assert(
    fc.property(fc.array(fc.tuple(keys, values), { maxLength: 3 }), (changes) => {
      const { fs, log, sentinel, text, stamp } = machineWith((record) => changed(record, changes));
      if (!provesSteady(text, EXE, stamp)) return void refused++;
      proven++;
      const before = fs.list(DATA).map((name) => fs.info(`${DATA}/${name}`).stamp);
      assert.deepEqual(sentinel.boot(), { kind: "proceed", state: "steady", attempts: 0 });
      assert.deepEqual(fs.list(DATA).map((name) => fs.info(`${DATA}/${name}`).stamp), before);
      assert.deepEqual(log, []);
    }),
    { numRuns: 3000 },
  );
  assert.ok(proven > 300 && refused > 300, `${proven} proven, ${refused} refused`);
});

test("another file at the path, or a record of another program, proves nothing", () => {
  const { text, stamp } = machineWith((record) => record);
  assert.equal(provesSteady(text, EXE, stamp), true);
  assert.equal(provesSteady(text, EXE, `${stamp}0`), false);
  assert.equal(provesSteady(text, "/opt/other", stamp), false);
});
