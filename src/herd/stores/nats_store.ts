/** A herd's store in a NATS server: JetStream's key-value buckets. @module */
import { jetstream, type JetStreamClient, type JetStreamManager, jetstreamManager } from "@nats-io/jetstream";
import type { EntriesOptions, HerdEntry, HerdStore, WatchOptions } from "../herd_store.ts";
import { bucketFor, isReport, subjectOf } from "./nats/buckets.ts";
import { type Connected, connectNats } from "./nats/connect_nats.ts";
import { isLostRace, natsFault } from "./nats/nats_fault.ts";
import { type Asked, getEntry } from "./nats/get_entry.ts";
import { type Changes, consumeChanges, getChanges } from "./nats/read_changes.ts";
import type { StoreAddress } from "./store_address.ts";

/** How often verdicts and shares are asked for, milliseconds. */
const POLL_MS = 250;
/** The pause before a watch that failed is tried again, milliseconds. */
const RETRY_MS = 500;

/**
 * Opens it.
 *
 * @throws {HerdStoreError}
 */
export async function openNatsStore(address: StoreAddress): Promise<HerdStore> {
  const connected = await connectNats(address);
  const { nc } = connected;
  try {
    const options = { timeout: address.timeoutMs, checkAPI: false };
    return new NatsStore(address, connected, jetstream(nc, options), await jetstreamManager(nc, options));
  } catch (error) {
    await nc.close();
    throw natsFault(address.url, error);
  }
}

class NatsStore implements HerdStore {
  readonly machine: string | undefined;
  readonly #address: StoreAddress;
  readonly #connected: Connected;
  readonly #js: JetStreamClient;
  readonly #asked: Asked;

  constructor(address: StoreAddress, connected: Connected, js: JetStreamClient, jsm: JetStreamManager) {
    this.machine = connected.machine;
    this.#address = address;
    this.#connected = connected;
    this.#js = js;
    this.#asked = { nc: connected.nc, jsm, timeout: address.timeoutMs };
  }

  get(key: string): Promise<HerdEntry | undefined> {
    const bucket = bucketFor(this.#address.app, key);
    return this.#translated(() => getEntry(this.#asked, bucket, { last_by_subj: subjectOf(bucket, key) }));
  }

  async *entries(pattern: string, { since = 0 }: EntriesOptions = {}): AsyncIterable<HerdEntry> {
    try {
      const changes = await this.#changes(pattern, since);
      yield* isReport(pattern)
        ? consumeChanges(changes, { ...this.#reader(), idleMs: this.#address.timeoutMs })
        : getChanges(this.#asked, changes, changes.newest);
    } catch (error) {
      throw natsFault(this.#address.url, error);
    }
  }

  async *watch(pattern: string, { since = 0, signal }: WatchOptions): AsyncIterable<HerdEntry> {
    let last = since;
    while (!signal.aborted && !this.#connected.nc.isClosed()) {
      try {
        const changes = await this.#changes(pattern, last);
        last = changes.from - 1;
        for await (
          const entry of isReport(pattern)
            ? this.#delivered(changes, signal)
            : getChanges(this.#asked, changes, changes.newest)
        ) {
          if (signal.aborted) return;
          yield entry;
          last = entry.revision;
        }
        if (!isReport(pattern)) {
          last = Math.max(last, changes.newest);
          await pause(POLL_MS, signal);
        }
      } catch (error) {
        const fault = natsFault(this.#address.url, error);
        if (fault.code !== "offline") throw fault;
        await pause(RETRY_MS, signal);
      }
    }
  }

  put(key: string, value: string): Promise<number> {
    return this.#translated(() => this.#write(key, value));
  }

  compareAndSet(key: string, value: string, revision: number): Promise<number | undefined> {
    return this.#translated(async () => {
      try {
        return await this.#write(key, value, revision);
      } catch (error) {
        if (isLostRace(error)) return undefined;
        throw error;
      }
    });
  }

  async close(): Promise<void> {
    await this.#connected.nc.close();
  }

  /** Where to read on. A bucket whose newest revision is older was made anew, and is read from its beginning. */
  async #changes(pattern: string, since: number): Promise<Changes & { readonly newest: number }> {
    const bucket = bucketFor(this.#address.app, pattern);
    const newest = (await getEntry(this.#asked, bucket, { last_by_subj: subjectOf(bucket, ">") }))?.revision ?? 0;
    return { bucket, pattern, from: newest < since ? 1 : since + 1, newest };
  }

  /** What the server delivers, until the signal comes or the connection was made anew. */
  async *#delivered(changes: Changes, signal: AbortSignal): AsyncIterable<HerdEntry> {
    // A server that was started again knows nothing of the consumers that it had.
    const until = this.#untilReconnect(signal);
    try {
      yield* consumeChanges(changes, { ...this.#reader(), signal: until.signal });
    } finally {
      until.end();
    }
  }

  #reader(): { readonly js: JetStreamClient; readonly inbox: string } {
    return { js: this.#js, inbox: this.#connected.inbox };
  }

  /** `lastSubjectSequence`: the revision that the key must have. */
  async #write(key: string, value: string, lastSubjectSequence?: number): Promise<number> {
    const subject = subjectOf(bucketFor(this.#address.app, key), key);
    const expect = lastSubjectSequence === undefined ? {} : { expect: { lastSubjectSequence } };
    return (await this.#js.publish(subject, value, expect)).seq;
  }

  async #translated<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      throw natsFault(this.#address.url, error);
    }
  }

  /** A signal that comes with the end of the watch, and with each new connection. */
  #untilReconnect(ended: AbortSignal): { readonly signal: AbortSignal; end(): void } {
    const restart = new AbortController();
    const abort = () => restart.abort();
    ended.addEventListener("abort", abort);
    const statuses = this.#connected.nc.status() as AsyncIterable<{ readonly type: string }> & { stop?: () => void };
    void (async () => {
      for await (const { type } of statuses) if (type === "reconnect") abort();
    })();
    return {
      signal: restart.signal,
      end: () => {
        ended.removeEventListener("abort", abort);
        statuses.stop?.();
      },
    };
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done);
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    }
  });
}
