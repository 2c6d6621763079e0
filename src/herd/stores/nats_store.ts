/** Placeholder. @module */
import { type HerdStore, HerdStoreError } from "../herd_store.ts";
import type { StoreAddress } from "./open_store.ts";

/** Placeholder. */
export function openNatsStore({ url }: StoreAddress): Promise<HerdStore> {
  return Promise.reject(new HerdStoreError("offline", `${url} does not answer`));
}
