/** Reads what changed in a bucket. @module */
import type { JetStreamClient, JsMsg } from "@nats-io/jetstream";
import { errors } from "@nats-io/transport-node";
import type { HerdEntry } from "../../herd_store.ts";
import { arrivals } from "./arrivals.ts";
import { streamOf, subjectOf } from "./buckets.ts";
import { type Asked, entryOf, getEntry } from "./get_entry.ts";

/** Which changes are read. */
export interface Changes {
  readonly bucket: string;
  readonly pattern: string;
  /** The first revision. */
  readonly from: number;
}

/** So many entries are asked for one after the other; most readings have fewer. */
const FEW = 4;
/** Of more, so many are asked for at once: on a far server the answers take longer than the time that there is. */
const AT_ONCE = 32;

/**
 * Asks for the entries up to a revision. A machine may do this, which must not make consumers: the server delivers what
 * a consumer reads to any subject that its maker names.
 */
export async function* getChanges(asked: Asked, changes: Changes, last: number): AsyncIterable<HerdEntry> {
  const few = await getSome(asked, changes, last, FEW);
  yield* few;
  if (few.length < FEW) return;
  const from = (few.at(-1)?.revision ?? last) + 1;
  const step = Math.max(1, Math.ceil((last + 1 - from) / AT_ONCE));
  const parts: Promise<HerdEntry[]>[] = [];
  for (let begin = from; begin <= last; begin += step) {
    const end = Math.min(last, begin + step - 1);
    parts.push(getSome(asked, { ...changes, from: begin }, end, Infinity));
  }
  for (const part of await Promise.all(parts)) yield* part;
}

/** Asks for one entry after the other. */
async function getSome(
  asked: Asked,
  { bucket, pattern, from }: Changes,
  last: number,
  most: number,
): Promise<HerdEntry[]> {
  const found: HerdEntry[] = [];
  for (let next = from; found.length < most && next <= last;) {
    const entry = await getEntry(asked, bucket, { seq: next, next_by_subj: subjectOf(bucket, pattern) });
    if (entry === undefined || entry.revision > last) break;
    found.push(entry);
    next = entry.revision + 1;
  }
  return found;
}

/** Reads with a consumer. */
export interface ConsumeOptions {
  readonly js: JetStreamClient;
  /** The prefix of the subjects that the server delivers to. */
  readonly inbox: string;
  /** With `idleMs`: what is there now, and no longer than this time between two entries; else each change as well. */
  readonly idleMs?: number | undefined;
  /** Ends it. */
  readonly signal?: AbortSignal | undefined;
}

/** Lets the server deliver all entries in the order of their revisions. */
export async function* consumeChanges(
  { bucket, pattern, from }: Changes,
  { js, inbox, idleMs, signal }: ConsumeOptions,
): AsyncIterable<HerdEntry> {
  const consumer = await js.consumers.getPushConsumer(streamOf(bucket), {
    deliver_prefix: `${inbox}.${Math.random().toString(36).slice(2)}`,
    filter_subjects: subjectOf(bucket, pattern),
    opt_start_seq: from,
  });
  const { num_pending: pending } = await consumer.info(true);
  try {
    if (idleMs !== undefined && pending === 0) return;
    const arrived = arrivals<JsMsg>(
      idleMs === undefined ? undefined : { ms: idleMs, error: () => new errors.TimeoutError() },
    );
    // Its own iterator cannot be ended by another than its reader.
    const messages = await consumer.consume({ callback: arrived.push });
    void messages.closed().then((error) => arrived.end(error ?? undefined));
    const end = () => arrived.end();
    signal?.addEventListener("abort", end);
    try {
      if (signal?.aborted === true) return;
      for await (const message of arrived.all()) {
        yield entryOf(bucket, message, () => message.headers);
        if (idleMs !== undefined && message.info.pending === 0) return;
      }
    } finally {
      signal?.removeEventListener("abort", end);
      await messages.close();
    }
  } finally {
    // The server drops one that nobody listens to after some minutes.
    void consumer.delete().catch(() => {});
  }
}
