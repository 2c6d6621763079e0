/** The herd's store in a dry run: it is read, and nothing is written. @module */
import type { HerdStore } from "../../herd/herd_store.ts";

/** A store that tells what would be written. */
export function dryStore(store: HerdStore, tell: (text: string) => void): HerdStore {
  // Above all revisions that the store has: a smaller one would mean that the store was made anew.
  let revision = 2 ** 52;
  const write = (key: string) => {
    tell(`would write ${key} into the herd's store`);
    return Promise.resolve(++revision);
  };
  return {
    machine: store.machine,
    listedAt: store.listedAt,
    get: (key) => store.get(key),
    entries: (pattern, options) => store.entries(pattern, options),
    watch: (pattern, options) => store.watch(pattern, options),
    put: write,
    compareAndSet: write,
    close: () => store.close(),
  };
}
