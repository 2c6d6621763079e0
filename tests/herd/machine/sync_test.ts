/** What a machine sends to its herd and keeps of its answers. @module */
import assert from "node:assert/strict";
import { test } from "node:test";
import { dryStore } from "../../../src/cli/herd/dry_store.ts";
import { type HerdStore, HerdStoreError } from "../../../src/herd/herd_store.ts";
import { admitKey, reportKey, verdictKey } from "../../../src/herd/keys.ts";
import { type HerdFile, herdFilePath, readHerdFile, writeHerdFile } from "../../../src/herd/machine/herd_file.ts";
import { herdSync, type SyncOptions } from "../../../src/herd/machine/sync.ts";
import type { Report } from "../../../src/herd/messages/report.ts";
import { signed } from "../../../src/herd/messages/signed.ts";
import type { Verdict } from "../../../src/herd/messages/verdict.ts";
import { memoryStore } from "../../support/herd/memory_store.ts";
import { newKeyPair } from "../../../src/system/crypto/ed25519.ts";
import { memoryFs } from "../../../src/testing.ts";
import { digestOf, report } from "../../support/herd/reports.ts";

const DIR = "/state";
const NOW = Date.UTC(2026, 0, 1);
const [LIVE, NEW] = [digestOf("1"), digestOf("2")];
const ADMITTED = JSON.stringify({ schema: 1, share: 1, at: NOW, by: "judge", version: "2.0.0" });
const REFUSED = JSON.stringify({ schema: 1, kind: "refuse", by: "judge", reason: "exit 1", at: NOW });
const person = newKeyPair();

/** A machine with a store of its own name. */
function machineWith(store: HerdStore = memoryStore("UM1")) {
  const fs = memoryFs();
  let reports = new Map<string, Report>([[LIVE, report("confirmed")]]);
  return {
    fs,
    store,
    file: () => readHerdFile(fs, DIR),
    write: (file: Partial<HerdFile>) => writeHerdFile(fs, DIR, { ...readHerdFile(fs, DIR), ...file }),
    reports: (next: Map<string, Report>) => reports = next,
    sync: (options: Partial<SyncOptions> = {}) =>
      herdSync({
        open: () => Promise.resolve(store),
        app: "web",
        keys: [person.publicKey],
        fs,
        dataDir: DIR,
        reports: (wanted) =>
          new Map([...reports, ...wanted.map(({ digest }) => [digest, report("waiting")] as [string, Report])]),
        timeoutMs: 5_000,
        now: () => NOW,
        pause: () => new Promise((resolve) => setTimeout(resolve, 1)),
        ...options,
      }),
  };
}

const offline = () => Promise.reject(new HerdStoreError("offline", "nobody answers"));

test("a report is sent once, and again when it has changed", async () => {
  const { sync, reports, store } = machineWith();
  assert.deepEqual(await sync(), { kind: "synced", sent: 1, waiting: 0 });
  assert.deepEqual(await sync(), { kind: "synced", sent: 0, waiting: 0 });
  reports(new Map([[LIVE, report("failed", { reason: "exit 1" })]]));
  assert.deepEqual(await sync(), { kind: "synced", sent: 1, waiting: 0 });
  assert.match((await store.get(reportKey(LIVE, "UM1")))?.value ?? "", /exit 1/);
});

test("offline is no error: the last answer stands, and what waits is sent later", async () => {
  const { sync, reports, store, file } = machineWith();
  await store.put(verdictKey(NEW), REFUSED);
  await sync();
  const { fetchedAt } = file();
  reports(new Map([[LIVE, report("failed")]]));
  const later = { open: offline, now: () => NOW + 1000 };
  assert.deepEqual(await sync(later), { kind: "offline", code: "offline", why: "nobody answers", waiting: 1 });
  assert.equal(file().builds[NEW]?.verdict?.kind, "refuse");
  assert.deepEqual([file().fetchedAt, file().offline], [fetchedAt, "nobody answers"]);
  assert.deepEqual(await sync(), { kind: "synced", sent: 1, waiting: 0 });
  assert.equal(file().offline, undefined);
});

test("a dry run sends nothing, and tells what it would send", async () => {
  const store = memoryStore("UM1");
  const told: string[] = [];
  const { sync, reports } = machineWith(dryStore(store, (text) => told.push(text)));
  reports(new Map([[LIVE, report("confirmed")], [NEW, report("failed")]]));
  assert.deepEqual(await sync(), { kind: "synced", sent: 2, waiting: 0 });
  const keys = [LIVE, NEW].map((digest) => reportKey(digest, "UM1"));
  assert.deepEqual(told, keys.map((key) => `would write ${key} into the herd's store`));
  for (const key of keys) assert.equal(await store.get(key), undefined);
});

test("a store that never answers is not waited for", async () => {
  const silent: HerdStore = { ...memoryStore("UM1"), put: () => new Promise(() => {}) };
  const { sync, file } = machineWith(silent);
  assert.deepEqual(await sync({ timeoutMs: 20 }), {
    kind: "offline",
    code: "offline",
    why: "no answer within 0.02 s",
    waiting: 1,
  });
  assert.equal(file().fetchedAt, 0);
});

test("a build that is to be installed is reported, and the judge's decision is waited for", async () => {
  const { sync, store, file } = machineWith();
  const leaving = new AbortController();
  const judge = (async () => {
    for await (const { value } of store.watch(reportKey(NEW, "UM1"), { signal: leaving.signal })) {
      assert.match(value ?? "", /waiting/);
      await store.put(admitKey(NEW), ADMITTED);
      leaving.abort();
    }
  })();
  await sync({ want: { digest: NEW, version: "2.0.0", at: NOW } });
  await judge;
  assert.equal(file().builds[NEW]?.share, 1);
});

test("without a judge what was answered in time stands", async () => {
  const { sync, file } = machineWith();
  const synced = await sync({ want: { digest: NEW, version: "2.0.0", at: NOW }, timeoutMs: 50 });
  assert.deepEqual(synced, { kind: "synced", sent: 2, waiting: 0 });
  assert.deepEqual([file().fetchedAt, file().builds, file().wanted.length], [NOW, {}, 1]);
});

test("after the store was made anew all is sent and fetched again", async () => {
  const store = memoryStore("UM1");
  const { sync, reports } = machineWith(store);
  reports(new Map([[LIVE, report("confirmed")], [digestOf("3"), report("failed")]]));
  await sync();
  store.clear();
  reports(new Map([[LIVE, report("failed")], [digestOf("3"), report("failed")]]));
  await sync();
  assert.ok((await store.get(reportKey(digestOf("3"), "UM1"))) !== undefined);
  for (let i = 0; i < 3; i++) await store.put(verdictKey(NEW), REFUSED);
  await sync();
  store.clear();
  await store.put(verdictKey(NEW), REFUSED);
  assert.deepEqual(await sync(), { kind: "synced", sent: 2, waiting: 0 }, "with nothing new, when there is a verdict");
  assert.deepEqual(await sync(), { kind: "synced", sent: 0, waiting: 0 });
  store.clear();
  assert.equal((await sync({ now: () => NOW + 25 * 3600 * 1000 })).kind, "synced");
  assert.ok((await store.get(reportKey(LIVE, "UM1"))) !== undefined, "and once a day, whatever was seen of it");
});

function personSays(kind: Verdict["kind"], at: number, key = person): string {
  const verdict: Verdict = { schema: 1, kind, by: key.publicKey, reason: "by hand", at };
  return JSON.stringify(signed(verdict, { app: "web", digest: NEW }, key.secretKey));
}

test("what people signed holds: neither the judge nor an old verdict that is written again takes its place", async () => {
  const { sync, store, file } = machineWith();
  const holds = async (value: string) => {
    await store.put(verdictKey(NEW), value);
    await sync();
    return file().builds[NEW]?.verdict?.kind;
  };
  const day = 24 * 3600 * 1000;
  assert.equal(await holds(personSays("refuse", NOW, newKeyPair())), undefined, "an unknown key");
  assert.equal(await holds(personSays("refuse", NOW + 30 * day)), undefined, "the far future");
  assert.equal(await holds(REFUSED), "refuse");
  assert.equal(await holds(personSays("clear", NOW)), "clear");
  assert.equal(await holds(REFUSED), "clear");
  assert.equal(await holds(personSays("refuse", NOW - 1)), "clear");
  assert.equal(await holds(personSays("refuse", NOW + 1)), "refuse");
});

test("garbage in the store changes nothing", async () => {
  const { sync, store, file } = machineWith();
  for (
    const value of ["{", "null", "[]", JSON.stringify({ schema: 1, share: 9, at: 0, by: "judge" }), "x".repeat(9000)]
  ) {
    await store.put(admitKey(NEW), value);
    await store.put(verdictKey(NEW), value);
    await store.put("verdict.nothing", REFUSED);
    await sync();
    assert.deepEqual(file().builds, {});
  }
});

test("a file that is damaged counts as none, and is written anew", async () => {
  const { sync, fs, file } = machineWith();
  await sync();
  fs.put(herdFilePath(DIR), "{");
  assert.equal(file().fetchedAt, 0);
  await sync();
  assert.equal(file().fetchedAt, NOW);
});

test("what people signed is not pushed out by verdicts without end", async () => {
  const { sync, store, file } = machineWith();
  await store.put(verdictKey(NEW), personSays("refuse", NOW));
  for (let i = 0; i < 150; i++) await store.put(verdictKey(i.toString(16).padStart(64, "a")), REFUSED);
  await sync();
  assert.deepEqual([Object.keys(file().builds).length, file().builds[NEW]?.verdict?.kind], [101, "refuse"]);
});

test("a file of a newer program is left as it is", async () => {
  const { sync, fs } = machineWith();
  const newer = '{"schema":99}';
  fs.put(herdFilePath(DIR), newer);
  await assert.rejects(sync(), /it has schema 99.*it is left as it is/);
  assert.equal(fs.texts()[herdFilePath(DIR)], newer);
});

test("a build that became something else than waiting is not wanted any more", async () => {
  const { sync, reports, file } = machineWith();
  const want = { digest: NEW, version: "2.0.0", at: NOW };
  await sync({ want, timeoutMs: 20 });
  assert.equal(file().wanted.length, 1);
  reports(new Map([[NEW, report("confirmed")]]));
  await sync({ reports: () => new Map([[NEW, report("confirmed")]]) });
  assert.deepEqual(file().wanted, []);
});

test("nobody waits for a decision on a build that this machine has already", async () => {
  const { sync, file } = machineWith();
  const want = { digest: LIVE, version: "1.0.0", at: NOW };
  const synced = await sync({
    want,
    pause: () => assert.fail("it waits"),
    reports: () => new Map([[LIVE, report("confirmed")]]),
  });
  assert.deepEqual([synced.kind, file().wanted], ["synced", []]);
});

test("a published list that is older than the one before is not believed", async () => {
  const list = (listedAt: number, value: string) => {
    const { machine: _, ...store } = memoryStore();
    void store.put(verdictKey(NEW), value);
    return () => Promise.resolve({ ...store, listedAt });
  };
  const { sync, file, reports } = machineWith();
  reports(new Map());
  assert.deepEqual(await sync({ open: list(NOW, REFUSED) }), { kind: "synced", sent: 0, waiting: 0 });
  assert.equal((await sync({ open: list(NOW - 1, "{}") })).kind, "offline");
  assert.equal(file().builds[NEW]?.verdict?.kind, "refuse");
  assert.match(file().machine, /^[0-9a-f]{32}$/);
});

test("a refusal that is written while a share is read arrives with the next sync", async () => {
  const shared = memoryStore("UM1");
  await shared.put(admitKey(NEW), ADMITTED);
  let isFirst = true;
  // Of the first reading only, after its first pass over the keys.
  const { sync, file } = machineWith({
    ...shared,
    async *entries(pattern, options) {
      yield* shared.entries(pattern, options);
      if (!isFirst) return;
      isFirst = false;
      await shared.put(verdictKey(NEW), REFUSED);
      await shared.put(admitKey(LIVE), ADMITTED);
    },
  });
  await sync();
  await sync();
  assert.equal(file().builds[NEW]?.verdict?.kind, "refuse");
});
