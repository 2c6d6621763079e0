/** A server that goes away, and one that speaks TLS. @module */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { HerdStoreError } from "../../../src/herd/herd_store.ts";
import { JUDGE_KEY, reportKey, verdictKey } from "../../../src/herd/keys.ts";
import { openNatsStore } from "../../../src/herd/stores/nats_store.ts";
import { noNatsServer } from "../../support/herd/nats_server.ts";
import { startHerd, type TestHerd } from "../../support/herd/test_herd.ts";

function fact(name: string, run: (herd: TestHerd) => Promise<void>): void {
  test(name, { skip: noNatsServer }, async () => {
    const herd = await startHerd();
    try {
      await run(herd);
    } finally {
      await herd.close();
    }
  });
}

fact("a watch goes on after the server was killed and started again, and leaves nothing out", async (herd) => {
  const [machine] = herd.machines;
  const judge = await herd.open(herd.judge);
  const leaving = new AbortController();
  const seen: string[] = [];
  const write = async (digest: string) => {
    const store = await herd.open(machine);
    await store.put(reportKey(digest, machine!.key), digest);
    await store.close();
  };
  await write("a");
  for await (const { value = "" } of judge.watch("report.>", { signal: leaving.signal })) {
    seen.push(value);
    if (value === "a") {
      await herd.server.kill();
      await herd.server.start();
      // Before the watch has its connection again, or after.
      await write("b");
    }
    if (value === "b") await write("c");
    if (value === "c") leaving.abort();
  }
  assert.deepEqual(seen, ["a", "b", "c"]);
  // The lease is there, and the connection works again.
  assert.ok(await judge.compareAndSet(JUDGE_KEY, "mine", 0) !== undefined);
  await judge.close();
});

fact("what is read of a bucket that was made anew is read from its beginning", async (herd) => {
  const judge = await herd.open(herd.judge);
  for (const value of ["1", "2", "3"]) await judge.put(verdictKey("old"), value);
  await judge.put(verdictKey("new"), "newest");
  const changed: (string | undefined)[] = [];
  for await (const { value } of judge.entries("verdict.*", { since: 400 })) changed.push(value);
  assert.deepEqual(changed, ["3", "newest"]);
  await judge.close();
});

fact("without a server each call ends in time, and says that nobody answers", async (herd) => {
  const address = { ...herd.addressOf(herd.judge), timeoutMs: 200 };
  const store = await openNatsStore(address);
  await herd.server.kill();
  const calls: (() => Promise<unknown>)[] = [
    () => store.get(JUDGE_KEY),
    () => store.put(JUDGE_KEY, "mine"),
    () => store.compareAndSet(JUDGE_KEY, "mine", 0),
    () => Array.fromAsync(store.entries("verdict.*")),
    () => Array.fromAsync(store.entries("report.>")),
    () => openNatsStore(address),
  ];
  for (const call of calls) await isOffline(call);
  await store.close();
});

fact("an app that the server has no bucket of is no silence", async (herd) => {
  const store = await openNatsStore({ ...herd.addressOf(herd.judge), app: "shop" });
  await assert.rejects(() => store.put(JUDGE_KEY, "mine"), HerdStoreError);
  await store.close();
});

test("a herd's server is reached over TLS, and only with the right certificates", { skip: noNatsServer }, async () => {
  const herd = await startHerd(1);
  try {
    const certs = join(herd.server.dir, "tls");
    mkdirSync(certs);
    for (const name of ["server", "other"]) selfSigned(join(certs, name));
    await herd.server.kill();
    const tls = `tls { cert_file: "${certs}/server.crt", key_file: "${certs}/server.key" }\n`;
    await herd.server.start(tls + herd.config);
    const address = { ...herd.addressOf(herd.judge), url: herd.server.url.replace("127.0.0.1", "localhost") };
    const store = await openNatsStore({ ...address, ca: join(certs, "server.crt") });
    await store.put(JUDGE_KEY, "over TLS");
    await store.close();
    for (const ca of [join(certs, "other.crt"), undefined]) {
      await fails(() => openNatsStore({ ...address, ca }), "other");
    }
    // A server without TLS gets nothing when certificates were given.
    await herd.server.kill();
    await herd.server.start(herd.config);
    await assert.rejects(() => openNatsStore({ ...address, ca: join(certs, "server.crt") }), HerdStoreError);
    await assert.rejects(() => openNatsStore({ ...address, url: address.url.replace("nats", "tls") }), HerdStoreError);
  } finally {
    await herd.close();
  }
});

function selfSigned(path: string): void {
  const words = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost " +
    `-addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout ${path}.key -out ${path}.crt`;
  execFileSync("openssl", words.split(" "), { stdio: "ignore" });
}

function isOffline(call: () => Promise<unknown>): Promise<void> {
  return fails(call, "offline");
}

async function fails(call: () => Promise<unknown>, code: HerdStoreError["code"]): Promise<void> {
  await assert.rejects(call, (error) => {
    assert.ok(error instanceof HerdStoreError, String(error));
    assert.equal(error.code, code, error.message);
    return true;
  });
}
