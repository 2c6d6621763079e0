/** Sends what a machine has to report, and fetches what the herd says. @module */
import type { Fs } from "../../core/fs_port.ts";
import { hashOf } from "../../core/state/paths.ts";
import { type HerdFaultCode, type HerdStore, HerdStoreError } from "../herd_store.ts";
import { admitKey, reportKey, verdictKey } from "../keys.ts";
import type { Report } from "../messages/report.ts";
import { type HerdFile, readHerdFile, type Wanted, wanting, writeHerdFile } from "./herd_file.ts";
import { type Believed, isDecided, withEntry } from "./take_answer.ts";

/** What a sync depends on. */
export interface SyncOptions extends Believed {
  open(): Promise<HerdStore>;
  readonly fs: Fs;
  readonly dataDir: string;
  /** The reports by the digests of the builds, with those that this machine is to install; none to a list. */
  reports(wanted: readonly Wanted[]): ReadonlyMap<string, Report>;
  /** A build that this machine is about to install: the judge is waited for while it has not decided on it. */
  readonly want?: Wanted | undefined;
  /** The longest time of it all, milliseconds. */
  readonly timeoutMs: number;
  pause(ms: number): Promise<void>;
}

/** How a sync ended. `waiting`: reports that are still to be sent. */
export type Synced =
  | { readonly kind: "synced"; readonly sent: number; readonly waiting: number }
  /** The last answer stands, and what waits is sent later. `code`: whether to wait helps, or something is to be mended. */
  | { readonly kind: "offline"; readonly code: HerdFaultCode; readonly why: string; readonly waiting: number };

/** All is sent and fetched once a day, in case that the store was made anew. */
const WHOLE_MS = 24 * 3600 * 1000;

/** How often the judge's decision is looked for, milliseconds. */
const POLL_MS = 200;

/** Syncs, in bounded time. */
export async function herdSync(options: SyncOptions): Promise<Synced> {
  const { fs, dataDir, want, timeoutMs } = options;
  const before = readHerdFile(fs, dataDir);
  const exchange = new Exchange(options, want === undefined ? before : wanting(before, want));
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    const why = `no answer within ${timeoutMs / 1000} s`;
    timer = setTimeout(() => reject(new HerdStoreError("offline", why)), timeoutMs);
  });
  let fault: HerdStoreError | undefined;
  try {
    await Promise.race([exchange.run(), late]);
  } catch (error) {
    if (!(error instanceof HerdStoreError)) throw error;
    // What was answered in time stands, though the judge did not decide in time.
    if (!exchange.isAnswered) fault = error;
  } finally {
    clearTimeout(timer);
    exchange.end();
  }
  const after = { ...exchange.file, ...exchange.stillWanted(), offline: fault?.message, fault: undefined };
  if (JSON.stringify(after) !== JSON.stringify(before)) writeHerdFile(fs, dataDir, after);
  const waiting = exchange.unsent().length;
  if (fault !== undefined) return { kind: "offline", code: fault.code, why: fault.message, waiting };
  return { kind: "synced", sent: exchange.sent, waiting };
}

/** One exchange with the store. It can end at any time: {@link Exchange.file} has what was done so far. */
class Exchange {
  sent = 0;
  isAnswered = false;
  #isOver = false;

  constructor(readonly options: SyncOptions, public file: HerdFile) {}

  /** What is to be sent. */
  unsent(): [digest: string, report: Report][] {
    const { wanted, sent } = this.file;
    return [...this.options.reports(wanted)].filter(([digest, report]) => sent[digest] !== markOf(report));
  }

  /** The builds that nothing became of yet but waiting. */
  stillWanted(): Pick<HerdFile, "wanted"> {
    const { wanted } = this.file;
    const reports = this.options.reports(wanted);
    return { wanted: wanted.filter(({ digest }) => reports.get(digest)?.outcome === "waiting") };
  }

  /** Whether the judge was told that this machine waits for a build. */
  #isWaitedFor(digest: string): boolean {
    return this.stillWanted().wanted.some((wanted) => wanted.digest === digest);
  }

  end(): void {
    this.#isOver = true;
  }

  async run(): Promise<void> {
    const { options } = this;
    const store = await options.open();
    try {
      this.#begin(store);
      if (store.machine !== undefined) await this.#send(store, store.machine);
      const isOther = await this.#fetch(store);
      if (isOther && store.machine !== undefined) await this.#send(store, store.machine);
      const { digest } = options.want ?? {};
      if (digest !== undefined && store.machine !== undefined && this.#isWaitedFor(digest)) {
        await this.#untilDecided(store, digest);
      }
    } finally {
      void store.close().catch(() => {});
    }
  }

  /** A change of what is known, unless the time is over. */
  #set(changes: Partial<HerdFile>): void {
    if (!this.#isOver) this.file = { ...this.file, ...changes };
  }

  #begin({ machine, listedAt }: HerdStore): void {
    const { file } = this;
    if (listedAt !== undefined && listedAt < (file.listedAt ?? 0)) {
      throw new HerdStoreError("other", "the published list is older than the one that was fetched before");
    }
    const now = this.options.now();
    const isWhole = Math.abs(now - file.wholeAt) > WHOLE_MS || listedAt !== undefined;
    this.#set({
      machine: machine ?? (file.machine || crypto.randomUUID().replaceAll("-", "")),
      listedAt,
      ...isWhole ? { wholeAt: now, sent: {}, revision: 0 } : {},
    });
  }

  async #send(store: HerdStore, machine: string): Promise<void> {
    for (let left = this.unsent(); left.length > 0; left = this.unsent()) {
      for (const [digest, report] of left) {
        const revision = await store.put(reportKey(digest, machine), JSON.stringify(report));
        // Revisions only grow: this is another bucket, and what was sent before is not in it.
        const sent = revision <= this.file.sentRevision ? {} : this.file.sent;
        this.#set({ sent: { ...sent, [digest]: markOf(report) }, sentRevision: revision });
        this.sent++;
        if (this.#isOver) return;
      }
    }
  }

  /** Returns whether this is another store than before: what was sent to that one is not in it. */
  async #fetch(store: HerdStore): Promise<boolean> {
    const since = this.file.revision;
    let next = this.file;
    const seen: number[] = [];
    // Verdicts and shares in one go: of two readings the second one could be newer than what the first one left out.
    for await (const entry of store.entries("*.*", { since })) {
      next = withEntry(this.options, next, entry);
      seen.push(entry.revision);
    }
    // Revisions only grow.
    const isOther = seen.some((revision) => revision <= since);
    const anew = isOther ? { sent: {}, revision: Math.max(...seen) } : {};
    this.#set({ ...next, ...anew, fetchedAt: this.options.now() });
    this.isAnswered = true;
    return isOther;
  }

  /** Waits for a decision on a build that the judge has heard of only now. */
  async #untilDecided(store: HerdStore, digest: string): Promise<void> {
    while (!this.#isOver && !isDecided(this.file, digest)) {
      await this.options.pause(POLL_MS);
      for (const key of [admitKey(digest), verdictKey(digest)]) {
        const entry = await store.get(key);
        // The next fetch begins where this one ended.
        const { revision } = this.file;
        if (entry !== undefined) this.#set({ ...withEntry(this.options, this.file, entry), revision });
      }
    }
  }
}

/** Tells whether a report was sent already. */
function markOf(report: Report): string {
  return hashOf(JSON.stringify(report));
}
