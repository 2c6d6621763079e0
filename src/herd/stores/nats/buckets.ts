/**
 * The two buckets of an app: one for the reports of machines, and one for all that they read. So a machine that fills
 * the first, or reads all of the second, reaches nothing that it must not.
 *
 * @module
 */
import type { StreamConfig } from "@nats-io/jetstream";
import { nanos } from "@nats-io/transport-node";
import { bucketOf } from "../../keys.ts";

/** The largest value, bytes. */
export const MAX_VALUE = 16 << 10;

const REPORTS = "herd-reports_";

/** The bucket of the reports. No app has a bucket of that name for its verdicts. */
export function reportsBucketOf(app: string): string {
  return REPORTS + app;
}

/** Whether a bucket is one of reports. */
export function isReports(bucket: string): boolean {
  return bucket.startsWith(REPORTS);
}

/** Both buckets of an app. */
export function bucketsOf(app: string): [string, string] {
  return [bucketOf(app), reportsBucketOf(app)];
}

/** The bucket that a key, or a pattern, lies in. */
export function bucketFor(app: string, key: string): string {
  return isReport(key) ? reportsBucketOf(app) : bucketOf(app);
}

/**
 * Whether it is that of reports. These are many, and the server delivers them to those who may make consumers; all else
 * is asked for.
 */
export function isReport(key: string): boolean {
  return key.startsWith("report.");
}

/** The stream of a bucket: the server's convention for key-value buckets. */
export function streamOf(bucket: string): string {
  return `KV_${bucket}`;
}

/** The subject of a key, or of a pattern, in a bucket. */
export function subjectOf(bucket: string, key: string): string {
  return `$KV.${bucket}.${key}`;
}

/** How a bucket is created. */
export function bucketConfig(bucket: string): Partial<StreamConfig> & { readonly name: string } {
  return {
    name: streamOf(bucket),
    subjects: [subjectOf(bucket, ">")],
    // The newest value of each key.
    max_msgs_per_subject: 1,
    max_msg_size: MAX_VALUE,
    // A full bucket refuses what is new. With "old", a flood of reports would drop what is there.
    discard: "new",
    allow_direct: true,
    // With this header allowed, whoever may write one key could remove all others.
    allow_rollup_hdrs: false,
    deny_delete: true,
    ...limitsOf(bucket),
  };
}

/** Reports of old builds go after some months; a verdict stays. */
function limitsOf(bucket: string): Partial<StreamConfig> {
  return isReports(bucket) ? { max_bytes: 512 << 20, max_age: nanos(90 * 24 * 3_600_000) } : { max_bytes: 64 << 20 };
}
