/** Opens the store of a herd. The code for each kind of store is loaded only if an address asks for it. @module */
import { type HerdStore, HerdStoreError } from "../herd_store.ts";
import type { StoreAddress } from "./store_address.ts";

export type { StoreAddress } from "./store_address.ts";

/**
 * Opens a store.
 *
 * @throws {HerdStoreError} It does not answer, it refuses this machine, or there is no store of that kind.
 */
export async function openHerdStore(address: StoreAddress): Promise<HerdStore> {
  switch (kindOf(address.url)) {
    case "nats":
      return await (await import("./nats_store.ts")).openNatsStore(address);
    case "list":
      return await (await import("./signed_list.ts")).openSignedList(address);
    case undefined:
      throw new HerdStoreError("other", `Cannot use ${address.url} as a herd: ${addressFault(address.url)}`);
  }
}

/** Why a URL is not that of a herd; `undefined` if it is. */
export function addressFault(url: string): string | undefined {
  if (kindOf(url) !== undefined) return undefined;
  return "it takes nats://HOST, tls://HOST or https://HOST/LIST; http:// only on this machine";
}

/** Whether machines report to the herd at a URL; a published list can only be read. */
export function takesReports(url: string): boolean {
  return kindOf(url) !== "list";
}

function kindOf(url: string): "nats" | "list" | undefined {
  const { protocol, hostname } = URL.canParse(url) ? new URL(url) : { protocol: "", hostname: "" };
  switch (protocol) {
    case "nats:":
    case "tls:":
      return "nats";
    case "https:":
      return "list";
    case "http:":
      return /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname) ? "list" : undefined;
    default:
      return undefined;
  }
}
