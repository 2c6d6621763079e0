/** What every store of a herd does: memory and the real server run the same cases. @module */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { HerdEntry, HerdStore } from "../../../src/herd/herd_store.ts";

/** A place for stores. */
export interface Place {
  /** Opens a store with the rights of a judge. All that are opened share what they hold. */
  open(): Promise<HerdStore>;
  /** Ends it. */
  close(): Promise<void>;
}

/** Runs all cases; each has a place with nothing in it. */
export function storeContract(name: string, make: () => Promise<Place>): void {
  const fact = (title: string, run: (store: HerdStore, other: HerdStore) => Promise<void>) =>
    test(`${name}: ${title}`, async () => {
      const place = await make();
      try {
        const [store, other] = [await place.open(), await place.open()];
        try {
          await run(store, other);
        } finally {
          await store.close();
          await other.close();
        }
      } finally {
        await place.close();
      }
    });

  fact("a key that was never written has no value", async (store) => {
    assert.equal((await store.get("verdict.aa"))?.value, undefined);
    assert.deepEqual(await all(store.entries("verdict.>")), []);
  });

  fact(
    "the newest value of a key is what another client gets, with the revision of its writing",
    async (store, other) => {
      await store.put("verdict.aa", "one");
      const revision = await store.put("verdict.aa", "two ä");
      assert.deepEqual(await other.get("verdict.aa"), { key: "verdict.aa", value: "two ä", revision });
    },
  );

  fact("revisions grow over all keys", async (store, other) => {
    const revisions = [
      await store.put("admit.aa", "1"),
      await other.put("admit.bb", "1"),
      await store.put("judge", "1"),
    ];
    assert.deepEqual(revisions, revisions.toSorted((a, b) => a - b));
    assert.equal(new Set(revisions).size, 3);
  });

  fact("entries are those of the pattern, each once with its newest value", async (store) => {
    for (const key of ["report.aa.M1", "report.aa.M2", "report.bb.M1", "verdict.aa", "judge"]) {
      await store.put(key, key);
    }
    await store.put("report.aa.M1", "newer");
    assert.deepEqual(await keys(store, "report.*.M1"), ["report.aa.M1", "report.bb.M1"]);
    assert.deepEqual(await keys(store, "report.aa.*"), ["report.aa.M1", "report.aa.M2"]);
    assert.deepEqual(await keys(store, "report.>"), ["report.aa.M1", "report.aa.M2", "report.bb.M1"]);
    assert.deepEqual(await keys(store, "judge"), ["judge"]);
    const found = await all(store.entries("report.aa.M1"));
    assert.deepEqual(found.map(({ value }) => value), ["newer"]);
  });

  fact("entries since a revision are only what changed after it", async (store) => {
    await store.put("admit.aa", "1");
    const since = await store.put("admit.bb", "1");
    await store.put("admit.aa", "2");
    await store.put("admit.cc", "1");
    const changed = await all(store.entries("admit.*", { since }));
    assert.deepEqual(changed.map(({ key, value }) => `${key}=${value}`).sort(), ["admit.aa=2", "admit.cc=1"]);
  });

  fact("verdicts and shares are read in one go, in the order in which they were written", async (store) => {
    for (const key of ["verdict.aa", "admit.aa", "judge", "verdict.bb", "admit.bb"]) await store.put(key, "1");
    const revisions = (await all(store.entries("*.*"))).map(({ key, revision }) => [key, revision] as const);
    assert.deepEqual(revisions.map(([key]) => key), ["verdict.aa", "admit.aa", "verdict.bb", "admit.bb"]);
    assert.deepEqual(revisions, revisions.toSorted(([, a], [, b]) => a - b));
  });

  fact("many entries come all, each once and in order, with many other changes between them", async (store) => {
    for (let at = 0; at < 120; at++) {
      await store.put(`verdict.${at}`, "1");
      await store.put("judge", String(at));
      if (at % 3 === 0) await store.put("verdict.0", String(at));
    }
    const found = await all(store.entries("*.*"));
    assert.equal(new Set(found.map(({ key }) => key)).size, 120);
    assert.equal(found.length, 120);
    const revisions = found.map(({ revision }) => revision);
    assert.deepEqual(revisions, revisions.toSorted((a, b) => a - b));
  });

  fact("of two who set a key at one revision, one is first and the other is told so", async (store, other) => {
    const first = await Promise.all([store.compareAndSet("judge", "A", 0), other.compareAndSet("judge", "B", 0)]);
    assert.equal(first.filter((revision) => revision === undefined).length, 1);
    const held = await store.get("judge");
    assert.ok(held !== undefined);
    assert.equal(await other.compareAndSet("judge", "C", held.revision + 1), undefined);
    const next = await other.compareAndSet("judge", "C", held.revision);
    assert.ok(next !== undefined && next > held.revision);
    assert.equal((await store.get("judge"))?.value, "C");
  });

  fact("a watch gives what there is, then each change, and ends when it is aborted", async (store, other) => {
    await store.put("verdict.aa", "1");
    const leaving = new AbortController();
    const seen: string[] = [];
    for await (const { key, value } of store.watch("verdict.*", { signal: leaving.signal })) {
      seen.push(`${key}=${value}`);
      if (seen.length === 1) {
        await other.put("admit.aa", "not watched");
        await other.put("verdict.bb", "2");
      }
      if (seen.length === 2) await other.put("verdict.aa", "3");
      if (seen.length === 3) leaving.abort();
    }
    assert.deepEqual(seen, ["verdict.aa=1", "verdict.bb=2", "verdict.aa=3"]);
  });

  fact("a watch since a revision begins with what changed after it", async (store) => {
    const since = await store.put("verdict.aa", "1");
    await store.put("verdict.bb", "2");
    const leaving = new AbortController();
    const seen: string[] = [];
    for await (const { key } of store.watch("verdict.*", { since, signal: leaving.signal })) {
      seen.push(key);
      leaving.abort();
    }
    assert.deepEqual(seen, ["verdict.bb"]);
  });

  fact("a watch that is aborted while nothing comes ends", async (store) => {
    const leaving = new AbortController();
    const watched = all(store.watch("verdict.*", { signal: leaving.signal }));
    await store.put("admit.aa", "1");
    leaving.abort();
    assert.deepEqual(await watched, []);
  });
}

async function all(entries: AsyncIterable<HerdEntry>): Promise<HerdEntry[]> {
  const found: HerdEntry[] = [];
  for await (const entry of entries) found.push(entry);
  return found;
}

async function keys(store: HerdStore, pattern: string): Promise<string[]> {
  return (await all(store.entries(pattern))).map(({ key }) => key).sort();
}
