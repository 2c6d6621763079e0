/** Sends what a machine has to report, and fetches what the herd says. @module */
import { messageOf } from "../../core/errors.ts";
import type { Fs } from "../../core/fs_port.ts";
import { hashOf } from "../../core/state/paths.ts";
import { type HerdEntry, type HerdStore, HerdStoreError } from "../herd_store.ts";
import { admitKey, reportKey, verdictKey } from "../keys.ts";
import { parseAdmission } from "../messages/admission.ts";
import type { Report } from "../messages/report.ts";
import { authorOf } from "../messages/signed.ts";
import { parseVerdict } from "../messages/verdict.ts";
import { type HerdFile, type KnownBuild, readHerdFile, type Wanted, wanting, writeHerdFile } from "./herd_file.ts";

/** What a sync depends on. */
export interface SyncOptions {
  open(): Promise<HerdStore>;
  readonly app: string;
  /** The public keys of people whose verdicts are believed. */
  readonly keys: readonly string[];
  readonly fs: Fs;
  readonly dataDir: string;
  /** The reports by the digests of the builds, with those that this machine is to install. */
  reports(wanted: readonly Wanted[]): ReadonlyMap<string, Report>;
  /** A build that this machine is about to install: the judge is waited for while it has not decided on it. */
  readonly want?: Wanted | undefined;
  /** The longest time of it all, milliseconds. */
  readonly timeoutMs: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** How a sync ended. */
export type Synced =
  | { readonly kind: "synced"; readonly sent: number; readonly builds: number; readonly waiting: number }
  /** The last answer stands, and what waits is sent later. */
  | { readonly kind: "offline"; readonly why: string; readonly waiting: number };

/** All is sent and fetched once a day, in case that the store was made anew. */
const WHOLE_MS = 24 * 3600 * 1000;

/** Syncs; never throws but for a file that cannot be written. */
export async function herdSync(options: SyncOptions): Promise<Synced> {
  const { fs, dataDir, want, now } = options;
  const before = readHerdFile(fs, dataDir);
  let file = want === undefined ? before : wanting(before, want);
  const leaving = new AbortController();
  const late = new Promise<never>((_, reject) => {
    const timer = setTimeout(() => {
      reject(new HerdStoreError("offline", `no answer within ${options.timeoutMs / 1000} s`));
    }, options.timeoutMs);
    leaving.signal.addEventListener("abort", () => clearTimeout(timer));
  });
  const progress = (next: HerdFile) => file = next;
  try {
    const sent = await Promise.race([exchange(options, file, progress, leaving.signal), late]);
    file = { ...file, offline: undefined };
    return { kind: "synced", sent, builds: Object.keys(file.builds).length, waiting: waitingIn(options, file) };
  } catch (error) {
    if (!(error instanceof HerdStoreError)) throw error;
    // What was answered in part stands, too.
    const isAnswered = file.fetchedAt > before.fetchedAt;
    if (!isAnswered) file = { ...file, offline: messageOf(error) };
    return { kind: "offline", why: messageOf(error), waiting: waitingIn(options, file) };
  } finally {
    leaving.abort();
    if (JSON.stringify(file) !== JSON.stringify(before)) writeHerdFile(fs, dataDir, { ...file, ...wantedNow(file) });
    void now;
  }
}

/** What is still to be sent. */
function waitingIn({ reports }: SyncOptions, file: HerdFile): number {
  return [...reports(file.wanted)].filter(([digest, report]) => file.sent[digest] !== markOf(report)).length;
}

/** A build that became something else than waiting is not wanted any more; neither is a refused one. */
function wantedNow({ wanted, builds }: HerdFile): Pick<HerdFile, "wanted"> {
  return { wanted: wanted.filter(({ digest }) => builds[digest]?.verdict?.kind !== "refuse") };
}

async function exchange(
  options: SyncOptions,
  begun: HerdFile,
  progress: (file: HerdFile) => void,
  signal: AbortSignal,
): Promise<number> {
  const store = await options.open();
  let file = { ...begun, machine: store.machine ?? (begun.machine || newName()) };
  try {
    const now = options.now();
    const isWhole = Math.abs(now - file.wholeAt) > WHOLE_MS;
    if (isWhole) file = { ...file, sent: {}, wholeAt: now };
    let sent = 0;
    if (store.machine !== undefined) {
      for (const [digest, report] of options.reports(file.wanted)) {
        if (file.sent[digest] === markOf(report)) continue;
        const revision = await store.put(reportKey(digest, store.machine), JSON.stringify(report));
        sent++;
        file = { ...file, sent: { ...file.sent, [digest]: markOf(report) } };
        // Revisions only grow: this is another bucket, and what was said in the old one is not in it.
        if (revision <= file.revision) file = { ...file, revision: 0, sent: { [digest]: markOf(report) } };
        progress(file);
      }
    }
    file = await fetched(options, store, isWhole ? { ...file, revision: 0 } : file);
    progress(file);
    if (options.want !== undefined) await waitForJudge(options, store, file, options.want.digest, progress, signal);
    return sent;
  } finally {
    void store.close().catch(() => {});
  }
}

function newName(): string {
  return crypto.randomUUID().replaceAll("-", "");
}

/** Tells whether a report was sent already. */
function markOf(report: Report): string {
  return hashOf(JSON.stringify({ ...report, schema: 1 }));
}

async function fetched(options: SyncOptions, store: HerdStore, file: HerdFile): Promise<HerdFile> {
  let next: HerdFile = { ...file, fetchedAt: options.now() };
  for (const pattern of ["verdict.*", "admit.*"]) {
    for await (const entry of store.entries(pattern, { since: file.revision })) next = withEntry(options, next, entry);
  }
  return next;
}

/** Waits until there is any decision on the build, or the time is over. */
async function waitForJudge(
  options: SyncOptions,
  store: HerdStore,
  file: HerdFile,
  digest: string,
  progress: (file: HerdFile) => void,
  signal: AbortSignal,
): Promise<void> {
  const isDecided = ({ builds }: HerdFile) =>
    builds[digest]?.share !== undefined || builds[digest]?.verdict !== undefined;
  if (isDecided(file)) return;
  const until = new AbortController();
  const end = () => until.abort();
  signal.addEventListener("abort", end);
  let next = file;
  const watched = async (key: string) => {
    for await (const entry of store.watch(key, { since: file.revision, signal: until.signal })) {
      progress(next = { ...withEntry(options, next, entry), revision: file.revision });
      if (isDecided(next)) until.abort();
    }
  };
  await Promise.all([watched(admitKey(digest)), watched(verdictKey(digest))]);
}

/** The file with what an entry says. What is not valid, or signed by nobody who is believed, is ignored. */
function withEntry({ app, keys, now }: SyncOptions, file: HerdFile, { key, value, revision }: HerdEntry): HerdFile {
  const next = { ...file, revision: Math.max(file.revision, revision) };
  const [kind, digest = ""] = key.split(".");
  if (!/^[0-9a-f]{64}$/.test(digest)) return next;
  const known: KnownBuild = file.builds[digest] ?? {};
  const about = { app, digest };
  const put = (build: KnownBuild): HerdFile => {
    const { [digest]: _, ...others } = file.builds;
    // The newest last.
    return { ...next, builds: { ...others, [digest]: build } };
  };
  if (kind === "admit") {
    const admission = parseAdmission(value);
    if (admission === undefined || authorOf(admission, about, keys, now()) === "nobody") return next;
    const { share, canaries, version = known.version } = admission;
    return put({ ...known, version, share, canaries });
  }
  const verdict = parseVerdict(value);
  const author = verdict && authorOf(verdict, about, keys, now());
  if (verdict === undefined || author === "nobody") return next;
  const held = known.verdict?.signed === true ? known.verdict : undefined;
  if (held !== undefined && (author === "judge" || verdict.at < held.at)) return next;
  const { kind: what, by, reason, at, version = known.version } = verdict;
  const signed = author === "person" ? { signed: true } : {};
  return put({ ...known, version, verdict: { kind: what, by, reason, at, ...signed } });
}
