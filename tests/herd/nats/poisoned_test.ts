/** A herd whose buckets hold whatever somebody with a key could put there. @module */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import type { HerdStore } from "../../../src/herd/herd_store.ts";
import { admitKey, JUDGE_KEY, reportKey, verdictKey } from "../../../src/herd/keys.ts";
import { MAX_VALUE } from "../../../src/herd/stores/nats/buckets.ts";
import { nodeFs } from "../../../src/system/fs/node_fs.ts";
import { noNatsServer } from "../../support/herd/nats_server.ts";
import { APP, type Member, startHerd, type TestHerd, withStore } from "../../support/herd/test_herd.ts";
import { makeTempDir, removeTree } from "../../support/temp_dir.ts";
import { writeBuilds } from "../fleet/builds.ts";
import { startJudge } from "../fleet/judges.ts";
import { Machine } from "../fleet/machine.ts";

/** Values that no program of ours writes. */
const GARBAGE = [
  "",
  "\0".repeat(100),
  "{",
  "[".repeat(5_000),
  "null",
  "[]",
  '{"schema":99}',
  '{"__proto__":{"share":1},"schema":1,"share":"1","at":{}}',
  JSON.stringify({ schema: 1, share: 2, at: 1e300, by: "judge" }),
  JSON.stringify({ schema: 1, kind: "refuse", by: "T".repeat(43), at: 9e15, reason: "x", signature: "A".repeat(86) }),
  "x".repeat(MAX_VALUE - 100),
];

test("a poisoned herd stops no service, and a good build still comes through", { skip: noNatsServer }, async () => {
  const herd = await startHerd(3);
  const dir = makeTempDir("boot-sentinel-poisoned");
  const { "1.0.0": first, "5.0.0": good } = writeBuilds(join(dir, "builds"));
  const digest = nodeFs().digest(good.file);
  const [enemy, ...honest] = herd.machines;
  const judge = startJudge(judgeArgs(herd, herd.judge));
  const machines = honest.map(({ creds }, number) =>
    new Machine({ dir: join(dir, String(number)), number, first, sick: [], clockOff: 0, herd: variables(herd, creds) })
  );
  try {
    await withStore(herd, enemy!, (store) => flood(store, enemy!.key, digest));
    // The server itself, or a judge's key.
    await withStore(herd, herd.judge, async (store) => {
      for (const value of GARBAGE) {
        for (const key of [verdictKey(digest), admitKey(digest), JUDGE_KEY]) await store.put(key, value);
        for (const key of ["verdict.x", "admit.x.y", "other"]) await store.put(key, value);
      }
    });
    await judge.leads;
    await Promise.all(machines.map((machine) => machine.start()));
    await Promise.all(machines.map((machine) => machine.run("herd", "sync")));
    assert.deepEqual(await Promise.all(machines.map((machine) => machine.update(good))), ["confirmed", "confirmed"]);
  } finally {
    await judge.kill();
    await Promise.all(machines.map((machine) => machine.stop()));
    await herd.close();
    removeTree(dir);
  }
});

/** All that one machine's key can write: thousands of builds, the largest values, and failures in its name. */
async function flood(store: HerdStore, machine: string, digest: string): Promise<void> {
  const failed = { schema: 1, version: "5.0.0", outcome: "failed", attempts: 9, reason: "no", at: 9e15, arming: "1" };
  await store.put(reportKey(digest, machine), JSON.stringify({ ...failed, environment: false }));
  for (let batch = 0; batch < 10; batch++) {
    await Promise.all(Array.from({ length: 200 }, (_, at) => {
      const other = (batch * 200 + at).toString(16).padStart(64, "0");
      const text = GARBAGE[at % GARBAGE.length] ?? "";
      const value = at % 2 === 0 ? text : JSON.stringify({ ...failed, version: `${batch}.${at}`, reason: text });
      return store.put(reportKey(other, machine), value.slice(0, MAX_VALUE - 200));
    }));
  }
}

function variables({ server }: TestHerd, creds: string): Record<string, string> {
  return {
    BOOT_SENTINEL_HERD: server.url,
    BOOT_SENTINEL_HERD_APP: APP,
    BOOT_SENTINEL_HERD_CREDS: creds,
    BOOT_SENTINEL_HERD_POLICY: "closed",
  };
}

function judgeArgs({ server }: TestHerd, { creds }: Member): string[] {
  return ["--herd", server.url, "--herd-app", APP, "--herd-creds", creds, "--herd-window", "2s"];
}
