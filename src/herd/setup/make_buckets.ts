/** Makes the buckets of a herd. @module */
import { JetStreamApiCodes, JetStreamApiError, type JetStreamManager, jetstreamManager } from "@nats-io/jetstream";
import { bucketConfig, bucketsOf } from "../stores/nats/buckets.ts";
import { connectNats } from "../stores/nats/connect_nats.ts";
import { natsFault } from "../stores/nats/nats_fault.ts";
import type { StoreAddress } from "../stores/open_store.ts";

/** What was found of a bucket, or done about it. */
export interface MadeBucket {
  readonly bucket: string;
  /** `unsafe`: it was there, and whoever may write one of its keys can remove all others. */
  readonly outcome: "made" | "there" | "unsafe";
}

/**
 * Makes the buckets that are not there. Those that are there stay as they are.
 *
 * @throws {HerdStoreError}
 */
export async function makeBuckets(address: StoreAddress): Promise<MadeBucket[]> {
  const { nc } = await connectNats(address);
  try {
    const jsm = await jetstreamManager(nc, { timeout: address.timeoutMs, checkAPI: false });
    const made: MadeBucket[] = [];
    for (const bucket of bucketsOf(address.app)) made.push({ bucket, outcome: await makeBucket(jsm, bucket) });
    return made;
  } catch (error) {
    throw natsFault(address.url, error);
  } finally {
    await nc.close();
  }
}

async function makeBucket(jsm: JetStreamManager, bucket: string): Promise<MadeBucket["outcome"]> {
  const config = bucketConfig(bucket);
  try {
    const { config: found } = await jsm.streams.info(config.name);
    return found.allow_rollup_hdrs ? "unsafe" : "there";
  } catch (error) {
    const isMissing = error instanceof JetStreamApiError && error.code === JetStreamApiCodes.StreamNotFound;
    if (!isMissing) throw error;
  }
  await jsm.streams.add(config);
  return "made";
}
