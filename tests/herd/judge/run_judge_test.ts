/** Judges at work on one store. @module */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Leadership } from "../../../src/herd/judge/leadership.ts";
import { runJudge } from "../../../src/herd/judge/run_judge.ts";
import { reportKey } from "../../../src/herd/keys.ts";
import { parseAdmission } from "../../../src/herd/messages/admission.ts";
import { parseVerdict } from "../../../src/herd/messages/verdict.ts";
import { signed } from "../../../src/herd/messages/signed.ts";
import { type MemoryStore, memoryStore } from "../../support/herd/memory_store.ts";
import { newKeyPair } from "../../../src/system/crypto/ed25519.ts";
import { digestOf, machinesOf, report } from "../../support/herd/reports.ts";

const OPTIONS = { quorum: 2, threshold: 0.05, windowMs: 600_000, machines: 0 };
const NEW = digestOf("a");

/** A judge on a clock that runs only when it pauses. */
function startJudge(store: MemoryStore, holder: string) {
  const ending = new AbortController();
  let now = 0;
  const told: string[] = [];
  const logged: string[] = [];
  const done = runJudge({
    open: () => Promise.resolve(store),
    fleet: { app: "web", keys: [], clock: () => 0 },
    options: OPTIONS,
    holder,
    io: {
      now: () => now,
      pause(ms) {
        now += ms;
        return new Promise((resolve) => setTimeout(resolve, 0));
      },
    },
    signal: ending.signal,
    log: (_, text) => logged.push(text),
    tell: ({ ruling }) => told.push(ruling.kind),
  });
  return {
    told,
    logged,
    end() {
      ending.abort();
      return done;
    },
  };
}

async function until(store: MemoryStore, key: string, isMeant: (value: string | undefined) => boolean): Promise<void> {
  const found = new AbortController();
  for await (const { value } of store.watch(key, { signal: found.signal })) if (isMeant(value)) found.abort();
}

test("of several judges one decides; a cohort that fails is refused, and no machine more is admitted", async () => {
  const store = memoryStore();
  const names = machinesOf(100);
  for (const name of names) await store.put(reportKey(digestOf("0"), name), JSON.stringify(report("confirmed")));
  const judges = ["A", "B", "C"].map((holder) => startJudge(store, holder));
  await store.put(reportKey(NEW, "M1"), JSON.stringify(report("waiting")));
  await until(store, `admit.${NEW}`, (value) => value !== undefined);
  for (const name of names.slice(0, 100)) {
    await store.put(reportKey(NEW, name), JSON.stringify(report("failed", { environment: false, reason: "exit 1" })));
  }
  await until(store, `verdict.${NEW}`, (value) => parseVerdict(value)?.kind === "refuse");
  await Promise.all(judges.map(({ end }) => end()));
  assert.deepEqual(judges.flatMap(({ told }) => told).sort(), ["admit", "refuse"]);
  assert.equal(parseAdmission((await store.get(`admit.${NEW}`))?.value)?.stages?.length, 1);
});

test("a store that was made anew is read anew, and what was decided in it is decided again", async () => {
  const store = memoryStore();
  const fill = async () => {
    for (const name of machinesOf(100)) {
      await store.put(reportKey(digestOf("0"), name), JSON.stringify(report("confirmed")));
    }
    await store.put(reportKey(NEW, "M1"), JSON.stringify(report("waiting")));
  };
  await fill();
  const judge = startJudge(store, "A");
  await until(store, `admit.${NEW}`, (value) => value !== undefined);
  store.clear();
  await fill();
  await until(store, `admit.${NEW}`, (value) => value !== undefined);
  await judge.end();
  assert.deepEqual(judge.told, ["admit", "admit"]);
});

test("a lease that is not renewed is taken over within 15 s of the own clock, whatever the clocks of others say", async () => {
  const store = memoryStore();
  const [first, second] = [new Leadership(store, "A", OPTIONS), new Leadership(store, "B", OPTIONS)];
  assert.equal(await first.step(1_000_000), true);
  const day = 24 * 3600 * 1000;
  for (let s = 0; s < 60; s++) {
    assert.equal(await first.step(1_000_000 + s * 1000), true);
    assert.equal(await second.step(day + s * 1000), false, `after ${s} s`);
  }
  let taken = 0;
  while (!await second.step(day + 60_000 + taken * 1000)) taken++;
  assert.ok(taken <= 15, `${taken} s`);
  assert.equal(first.isHeld(1_000_000 + 60_000 + taken * 1000), false, "the first decides nothing any more");
  assert.equal(await first.step(1_000_000 + 60_000 + taken * 1000), false);
});

test("a judge that ends gives its lease up, and another one need not wait", async () => {
  const store = memoryStore();
  const [first, second] = [new Leadership(store, "A", OPTIONS), new Leadership(store, "B", OPTIONS)];
  assert.equal(await first.step(0), true);
  await first.release(1);
  assert.equal(await second.step(2), true);
});

test("a judge that knows no key overwrites nothing that people signed, says so once, and goes on with other builds", async () => {
  const store = memoryStore();
  const person = newKeyPair();
  const by = person.publicKey;
  const admission = signed({ schema: 1, share: 1, at: 0, by }, { app: "web", digest: NEW }, person.secretKey);
  await store.put(`admit.${NEW}`, JSON.stringify(admission));
  const other = digestOf("b");
  for (const name of machinesOf(100)) {
    await store.put(reportKey(NEW, name), JSON.stringify(report("waiting")));
    await store.put(reportKey(other, name), JSON.stringify(report("waiting", { version: "3.0.0" })));
  }
  const judge = startJudge(store, "A");
  await until(store, `admit.${other}`, (value) => value !== undefined);
  await judge.end();
  assert.equal(parseAdmission((await store.get(`admit.${NEW}`))?.value)?.by, by);
  const said = judge.logged.filter((text) => text.includes("--herd-keys"));
  assert.equal(said.length, 1);
  assert.match(
    said[0] ?? "",
    /^2\.0\.0 \(a{12}\) is admitted by [\w-]{43}, which is none of --herd-keys; that is left/,
  );
});
