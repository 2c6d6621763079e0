/** The store in memory does what every store does. @module */
import { storeContract } from "../../support/herd/store_contract.ts";
import { memoryStore } from "../../support/herd/memory_store.ts";

storeContract("memory", () => {
  const store = memoryStore();
  return Promise.resolve({ open: () => Promise.resolve(store), close: () => Promise.resolve() });
});
