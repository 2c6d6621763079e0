/** A store in memory, for tests and the simulation. @module */
import type { HerdEntry, HerdStore } from "../../../src/herd/herd_store.ts";
import { keyMatches } from "../../../src/herd/stores/key_matches.ts";

/** A store that is shared by all who have it. */
export interface MemoryStore extends HerdStore {
  /** Forgets everything, as a bucket that was removed and made anew. */
  clear(): void;
}

/** Makes one, with nothing in it. */
export function memoryStore(machine?: string): MemoryStore {
  const newest = new Map<string, HerdEntry>();
  const listeners = new Set<() => void>();
  let revision = 0;
  const changedSince = (pattern: string, since: number) =>
    // A revision that is still to come is one of a store before this one: then all is told.
    [...newest.values()].filter((entry) =>
      entry.revision > (since > revision ? 0 : since) && keyMatches(pattern, entry.key)
    );
  const write = (key: string, value: string): number => {
    revision++;
    // Deleted first, so that the map stays in the order of the revisions.
    newest.delete(key);
    newest.set(key, { key, value, revision });
    for (const listener of listeners) listener();
    return revision;
  };
  return {
    machine,
    get: (key) => Promise.resolve(newest.get(key)),
    async *entries(pattern, { since = 0 } = {}) {
      yield* await Promise.resolve(changedSince(pattern, since));
    },
    async *watch(pattern, { since = 0, signal }) {
      let seen = since;
      while (!signal.aborted) {
        for (const entry of changedSince(pattern, seen)) {
          if (signal.aborted) return;
          seen = entry.revision;
          yield entry;
        }
        if (signal.aborted || changedSince(pattern, seen).length > 0) continue;
        await new Promise<void>((resolve) => {
          const go = () => {
            listeners.delete(go);
            signal.removeEventListener("abort", go);
            resolve();
          };
          listeners.add(go);
          signal.addEventListener("abort", go);
        });
      }
    },
    put: (key, value) => Promise.resolve(write(key, value)),
    compareAndSet(key, value, expected) {
      return Promise.resolve((newest.get(key)?.revision ?? 0) === expected ? write(key, value) : undefined);
    },
    close: () => Promise.resolve(),
    clear() {
      newest.clear();
      revision = 0;
    },
  };
}
