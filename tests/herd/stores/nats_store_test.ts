/** The store in a real NATS server. @module */
import { test } from "node:test";
import { makeBuckets } from "../../../src/herd/setup/make_buckets.ts";
import { openNatsStore } from "../../../src/herd/stores/nats_store.ts";
import { noNatsServer, startNatsServer } from "../../support/herd/nats_server.ts";
import { storeContract } from "../../support/herd/store_contract.ts";

if (noNatsServer === false) {
  storeContract("NATS", async () => {
    // Without accounts everybody has all rights.
    const server = await startNatsServer("");
    const address = { url: server.url, app: "web", timeoutMs: 3_000 };
    await makeBuckets(address);
    return { open: () => openNatsStore(address), close: () => server.close() };
  });
} else test("NATS: what every store does", { skip: noNatsServer }, () => {});
