/** Values whose writer made up the status and the headers that the server answers with. @module */
import assert from "node:assert/strict";
import { test } from "node:test";
import { headers, type MsgHdrs } from "@nats-io/transport-node";
import type { HerdStore } from "../../../src/herd/herd_store.ts";
import { JUDGE_KEY, reportKey, verdictKey } from "../../../src/herd/keys.ts";
import { bucketFor, subjectOf } from "../../../src/herd/stores/nats/buckets.ts";
import { connectNats } from "../../../src/herd/stores/nats/connect_nats.ts";
import { noNatsServer } from "../../support/herd/nats_server.ts";
import { APP, type Member, startHerd, type TestHerd } from "../../support/herd/test_herd.ts";

const DIGEST = "ab".repeat(32);

/** Headers as they are sent, with a status line of one's own. */
function raw(text: string): MsgHdrs {
  return Object.assign(headers(), { encode: () => new TextEncoder().encode(text) });
}

const HEADERS = [
  ...["100 Idle Heartbeat", "404 Message Not Found", "408 Request Timeout", "409 Consumer Deleted", "503"]
    .map((status) => `NATS/1.0 ${status}\r\nNats-Sequence: 1\r\nNats-Subject: x\r\n\r\n`),
  // The client cannot read these.
  "NATS/1.0\r\nA: one\ntwo\r\n\r\n",
];

async function write(herd: TestHerd, member: Member, key: string, text: string, value: string): Promise<void> {
  const { nc } = await connectNats(herd.addressOf(member));
  try {
    const receipt = await nc.request(subjectOf(bucketFor(APP, key), key), value, {
      headers: raw(text),
      timeout: 3_000,
    });
    assert.match(receipt.string(), /"seq"/);
  } finally {
    await nc.close();
  }
}

async function valuesOf(store: HerdStore, pattern: string): Promise<(string | undefined)[]> {
  return (await Array.fromAsync(store.entries(pattern))).map(({ value }) => value);
}

test(
  "headers that a machine stores with its report stop no judge and no operator",
  { skip: noNatsServer },
  async () => {
    const herd = await startHerd();
    try {
      const [enemy, honest] = herd.machines;
      const judge = await herd.open(herd.judge);
      const operator = await herd.open(herd.operator);
      const report = await herd.open(honest);
      await report.put(reportKey(DIGEST, honest!.key), "honest");
      await report.close();
      for (const text of HEADERS) {
        for (const value of ["", "forged"]) {
          await write(herd, enemy!, reportKey(DIGEST, enemy!.key), text, value);
          for (const store of [judge, operator]) {
            assert.equal((await valuesOf(store, "report.>"))[0], "honest", text);
          }
          const leaving = new AbortController();
          for await (const { value } of judge.watch("report.>", { signal: leaving.signal })) {
            assert.equal(value, "honest");
            leaving.abort();
          }
        }
      }
      await judge.close();
      await operator.close();
    } finally {
      await herd.close();
    }
  },
);

test("headers that somebody stores with a verdict hide no other verdict", { skip: noNatsServer }, async () => {
  const herd = await startHerd();
  try {
    const judge = await herd.open(herd.judge);
    const machine = await herd.open(herd.machines[0]);
    await judge.put(verdictKey(DIGEST), "refused");
    await judge.put(JUDGE_KEY, "lease");
    for (const text of HEADERS.filter((text) => !text.includes("\ntwo"))) {
      await write(herd, herd.operator, verdictKey("cd".repeat(32)), text, "forged");
      for (const store of [judge, machine]) {
        assert.deepEqual(await valuesOf(store, "verdict.*"), ["refused", "forged"], text);
        assert.equal((await store.get(verdictKey("cd".repeat(32))))?.value, "forged");
      }
      assert.equal((await judge.get(JUDGE_KEY))?.value, "lease");
    }
    await judge.close();
    await machine.close();
  } finally {
    await herd.close();
  }
});
