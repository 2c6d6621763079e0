/** Asks for one entry of a bucket. @module */
import { DirectMsgHeaders, type JetStreamManager, type JsMsg, type StoredMsg } from "@nats-io/jetstream";
import { errors, type MsgHdrs, type NatsConnection } from "@nats-io/transport-node";
import type { HerdEntry } from "../../herd_store.ts";
import { isReports, streamOf, subjectOf } from "./buckets.ts";

/** The header with which the server's convention marks a deleted key. */
const OPERATION = "KV-Operation";

/** Who is asked. */
export interface Asked {
  readonly nc: NatsConnection;
  readonly jsm: JetStreamManager;
  /** The longest time of an answer, milliseconds. */
  readonly timeout: number;
}

/** The newest one of a pattern, or the first one from a revision on. */
export type EntryQuery = { readonly last_by_subj: string } | { readonly seq: number; readonly next_by_subj: string };

/** Asks; an entry that is deleted has no value. */
export async function getEntry(asked: Asked, bucket: string, query: EntryQuery): Promise<HerdEntry | undefined> {
  // Machines may write reports: the answer of this request has the headers of the writer as a text.
  if (!isReports(bucket)) return await getDirect(asked, bucket, query);
  const message = await asked.jsm.streams.getMessage(streamOf(bucket), query);
  return message === null ? undefined : entryOf(bucket, message, () => message.header);
}

/** The only request for a value that the server answers to another account than that of the bucket. */
async function getDirect(
  { nc, timeout }: Asked,
  bucket: string,
  query: EntryQuery,
): Promise<HerdEntry | undefined> {
  const request = `$JS.API.DIRECT.GET.${streamOf(bucket)}`;
  const { headers, data } = await nc.request(request, JSON.stringify(query), { timeout });
  const subject = headers?.last(DirectMsgHeaders.Subject) ?? "";
  const seq = Number(headers?.last(DirectMsgHeaders.Sequence));
  // A stored message can have any status, and these headers as well; the server puts its own ones behind them.
  if (subject !== "" && seq > 0) return entryOf(bucket, { subject, seq, data }, () => headers);
  if (headers?.code === 404) return undefined;
  throw new errors.RequestError(`${headers?.code} ${headers?.description}`);
}

/** A message of the server as an entry. */
export function entryOf(
  bucket: string,
  { subject, data, seq }: Pick<StoredMsg | JsMsg, "subject" | "data" | "seq">,
  headers: () => MsgHdrs | undefined,
): HerdEntry {
  const value = isDeletion(headers) ? undefined : new TextDecoder().decode(data);
  return { key: subject.slice(subjectOf(bucket, "").length), value, revision: seq };
}

/** Whether there is no value. Headers that cannot be read are of no program of ours. */
function isDeletion(headers: () => MsgHdrs | undefined): boolean {
  try {
    const read = headers();
    return read?.has(OPERATION) === true && read.get(OPERATION) !== "PUT";
  } catch {
    return true;
  }
}
