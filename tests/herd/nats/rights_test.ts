/** What the server lets each key of a herd do. @module */
import assert from "node:assert/strict";
import { test } from "node:test";
import { headers, type NatsConnection, nkeys } from "@nats-io/transport-node";
import { type HerdStore, HerdStoreError } from "../../../src/herd/herd_store.ts";
import { admitKey, JUDGE_KEY, reportKey, verdictKey } from "../../../src/herd/keys.ts";
import { bucketFor, bucketsOf, streamOf, subjectOf } from "../../../src/herd/stores/nats/buckets.ts";
import { connectNats } from "../../../src/herd/stores/nats/connect_nats.ts";
import { noNatsServer } from "../../support/herd/nats_server.ts";
import { APP, type Member, startHerd, type TestHerd, withStore } from "../../support/herd/test_herd.ts";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

const DIGEST = "ab".repeat(32);

/** Each test has a herd with a verdict, a share, a lease and a report of the second machine in it. */
function fact(name: string, run: (herd: TestHerd, judge: HerdStore) => Promise<void>): void {
  test(name, { skip: noNatsServer }, async () => {
    const herd = await startHerd();
    try {
      const judge = await herd.open(herd.judge);
      try {
        await judge.put(verdictKey(DIGEST), "refused");
        await judge.put(admitKey(DIGEST), "share");
        await judge.put(JUDGE_KEY, "lease");
        await withStore(herd, second(herd), (store) => store.put(reportKey(DIGEST, second(herd).key), "second"));
        await run(herd, judge);
      } finally {
        await judge.close();
      }
    } finally {
      await herd.close();
    }
  });
}

fact("a machine writes its own report, and reads verdicts and shares", async (herd, judge) => {
  await withStore(herd, first(herd), async (store) => {
    assert.equal(store.machine, first(herd).key);
    await store.put(reportKey(DIGEST, first(herd).key), "first");
    assert.equal((await store.get(verdictKey(DIGEST)))?.value, "refused");
    assert.deepEqual(await valuesOf(store, "verdict.*"), ["refused"]);
    assert.deepEqual(await valuesOf(store, "admit.*"), ["share"]);
    assert.deepEqual(await valuesOf(store, "verdict.*", 1), []);
  });
  assert.deepEqual((await valuesOf(judge, "report.>")).sort(), ["first", "second"]);
});

fact("a machine writes nothing else", async (herd, judge) => {
  const others = [
    reportKey(DIGEST, second(herd).key),
    verdictKey(DIGEST),
    verdictKey("cd".repeat(32)),
    admitKey(DIGEST),
    JUDGE_KEY,
  ];
  await withStore(herd, first(herd), async (store) => {
    for (const key of others) {
      await refused(() => store.put(key, "mine"), "denied");
      await refused(() => store.compareAndSet(key, "mine", 0), "denied");
    }
  });
  assert.deepEqual(await valuesOf(judge, "report.>"), ["second"]);
  assert.deepEqual(await valuesOf(judge, "verdict.*"), ["refused"]);
});

fact("a machine reads no report", async (herd) => {
  await withStore(herd, first(herd), async (store) => {
    await refused(() => store.get(reportKey(DIGEST, second(herd).key)), "denied");
    await refused(() => valuesOf(store, "report.>"), "denied");
  });
});

fact("an operator writes verdicts and shares, but no lease and no report", async (herd) => {
  await withStore(herd, herd.operator, async (store) => {
    await store.put(verdictKey(DIGEST), "cleared");
    await store.put(admitKey(DIGEST), "1");
    assert.deepEqual(await valuesOf(store, "report.>"), ["second"]);
    await refused(() => store.put(JUDGE_KEY, "mine"), "denied");
    await refused(() => store.put(reportKey(DIGEST, first(herd).key), "forged"), "denied");
  });
});

fact("nobody gets in without a key, or with one that the server does not know", async (herd) => {
  await refused(() => herd.open(undefined), "denied");
  const creds = join(herd.server.dir, "foreign.nk");
  writeFileSync(creds, nkeys.createUser().getSeed());
  await refused(() => herd.open({ ...first(herd), creds }), "denied");
});

fact("the answer to a machine's request is written into no bucket", async (herd, judge) => {
  const [answers] = bucketsOf(APP);
  const own = reportKey(DIGEST, first(herd).key);
  await withConnection(herd, first(herd), async (nc) => {
    // The server answers a report with a receipt, and a reading with a value.
    for (const reply of [verdictKey(DIGEST), JUDGE_KEY]) {
      nc.publish(subjectOf(bucketFor(APP, own), own), "forged", { reply: subjectOf(answers, reply) });
      const reading = `$JS.API.DIRECT.GET.${streamOf(answers)}`;
      nc.publish(reading, JSON.stringify({ seq: 1 }), { reply: subjectOf(answers, reply) });
    }
    await nc.flush();
  });
  assert.equal((await judge.get(own))?.value, "forged");
  assert.equal((await judge.get(verdictKey(DIGEST)))?.value, "refused");
  assert.equal((await judge.get(JUDGE_KEY))?.value, "lease");
});

fact("a machine removes nothing that others wrote", async (herd, judge) => {
  const own = reportKey(DIGEST, first(herd).key);
  await withConnection(herd, first(herd), async (nc) => {
    const all = headers();
    all.set("Nats-Rollup", "all");
    nc.publish(subjectOf(bucketFor(APP, own), own), "forged", { headers: all });
    for (const bucket of bucketsOf(APP)) {
      for (const verb of ["PURGE", "DELETE", "UPDATE", "MSG.DELETE"]) {
        nc.publish(`$JS.API.STREAM.${verb}.${streamOf(bucket)}`, "{}");
      }
      nc.publish(`$JS.API.CONSUMER.CREATE.${streamOf(bucket)}`, "{}");
    }
    await nc.flush();
  });
  assert.deepEqual(await valuesOf(judge, "report.>"), ["second"]);
  assert.deepEqual(await valuesOf(judge, "verdict.*"), ["refused"]);
});

fact("a value that is larger than a report can be is refused", async (herd, judge) => {
  await withStore(herd, first(herd), async (store) => {
    await refused(() => store.put(reportKey(DIGEST, first(herd).key), "x".repeat(20_000)), "other");
  });
  assert.deepEqual(await valuesOf(judge, "report.>"), ["second"]);
});

function first(herd: TestHerd): Member {
  return herd.machines[0]!;
}

function second(herd: TestHerd): Member {
  return herd.machines[1]!;
}

async function withConnection(
  herd: TestHerd,
  member: Member,
  use: (nc: NatsConnection) => Promise<void>,
): Promise<void> {
  const { nc } = await connectNats(herd.addressOf(member));
  try {
    await use(nc);
  } finally {
    await nc.close();
  }
}

async function valuesOf(store: HerdStore, pattern: string, since = 0): Promise<(string | undefined)[]> {
  const values: (string | undefined)[] = [];
  for await (const { value } of store.entries(pattern, { since })) values.push(value);
  return values;
}

async function refused(call: () => Promise<unknown>, code: HerdStoreError["code"]): Promise<void> {
  await assert.rejects(call, (error) => {
    assert.ok(error instanceof HerdStoreError, String(error));
    assert.equal(error.code, code, error.message);
    return true;
  });
}
