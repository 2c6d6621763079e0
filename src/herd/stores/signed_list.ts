/** A published list as a store that can only be read, for machines that reach a web server and no broker. @module */
import { messageOf } from "../../core/errors.ts";
import { getText } from "../../system/process/get_text.ts";
import { type HerdEntry, type HerdStore, HerdStoreError } from "../herd_store.ts";
import { readPublished } from "../messages/published.ts";
import { keyMatches } from "./key_matches.ts";
import type { StoreAddress } from "./store_address.ts";

/**
 * Fetches the list.
 *
 * @throws {HerdStoreError} It cannot be fetched, or it is not signed with one of the keys.
 */
export async function openSignedList({ url, ca, app, keys = [], timeoutMs }: StoreAddress): Promise<HerdStore> {
  let text: string;
  try {
    text = await getText(new URL(url), { ca, timeoutMs });
  } catch (error) {
    throw new HerdStoreError("offline", `${url} cannot be fetched: ${messageOf(error)}`, { cause: error });
  }
  const list = readPublished(text, app, keys);
  if (typeof list === "string") throw new HerdStoreError("other", `Cannot believe ${url}: ${list}`);
  const all = list.entries.map(([key, value]): HerdEntry => ({ key, value, revision: list.at }));
  const matching = (pattern: string, since: number) =>
    all.filter(({ key, revision }) => revision > since && keyMatches(pattern, key));
  return {
    listedAt: list.at,
    get: (key) => Promise.resolve(all.find((entry) => entry.key === key)),
    async *entries(pattern, { since = 0 } = {}) {
      yield* await Promise.resolve(matching(pattern, since));
    },
    // Nothing comes after it: the next one is fetched by whoever opens it anew.
    async *watch(pattern, { since = 0 }) {
      yield* await Promise.resolve(matching(pattern, since));
    },
    put: () => Promise.reject(readOnly(url)),
    compareAndSet: () => Promise.reject(readOnly(url)),
    close: () => Promise.resolve(),
  };
}

function readOnly(url: string): HerdStoreError {
  return new HerdStoreError("readOnly", `${url} is a published list, which can only be read; name the herd's server`);
}
