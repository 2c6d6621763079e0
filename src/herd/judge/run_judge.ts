/** A judge at work: follows the store, and decides while it holds the lease. @module */
import { messageOf } from "../../core/errors.ts";
import type { Log } from "../../core/ports.ts";
import { type HerdStore, HerdStoreError } from "../herd_store.ts";
import { admitKey, verdictKey } from "../keys.ts";
import { disbelievedText } from "./build.ts";
import { Fleet, type FleetOptions } from "./fleet.ts";
import { judge, type Judged } from "./judge.ts";
import type { JudgeOptions } from "./judge_build.ts";
import { Leadership } from "./leadership.ts";
import { loadFleet } from "./load_fleet.ts";

/** What a judge depends on. */
export interface JudgeWork {
  /** Opens the store; called again while that fails. */
  open(): Promise<HerdStore>;
  readonly fleet: FleetOptions;
  readonly options: JudgeOptions;
  /** The name of this judge, which no other one has. */
  readonly holder: string;
  readonly io: {
    /** A monotonic clock, milliseconds. */
    now(): number;
    pause(ms: number): Promise<void>;
  };
  /** Ends the work. */
  readonly signal: AbortSignal;
  readonly log: Log;
  /** Called with each decision that was written. */
  tell(judged: Judged): void;
}

/** The time between two passes, milliseconds. */
const PASS_MS = 250;
/** The pause after the store did not answer. */
const RETRY_MS = 1_000;

/** Judges until it is told to end. A store that does not answer is tried again. */
export async function runJudge(work: JudgeWork): Promise<void> {
  const { io, signal, log } = work;
  let store: HerdStore | undefined;
  let leadership: Leadership | undefined;
  let isOffline = false;
  let wasLeader = false;
  while (!signal.aborted) {
    try {
      store ??= await work.open();
      leadership ??= new Leadership(store, work.holder, work.options);
      // It is all read anew after the store was away: it can be another one.
      const following = await follow(work, store);
      if (isOffline) log("info", "All of the herd was read again");
      isOffline = false;
      try {
        while (!signal.aborted && following.fault === undefined) {
          const leads = await leadership.step(io.now());
          if (leads !== wasLeader) {
            log("info", leads ? `This judge decides: ${work.holder}` : "Another judge decides");
            wasLeader = leads;
          }
          if (leads) await pass(work, store, following, leadership);
          await io.pause(PASS_MS);
        }
      } finally {
        following.end();
      }
      if (following.fault !== undefined) throw following.fault;
    } catch (error) {
      if (!(error instanceof HerdStoreError)) throw error;
      if (!isOffline) log("warn", `${messageOf(error)}; nothing is decided until all of the herd can be read again`);
      isOffline = true;
      await io.pause(RETRY_MS);
    }
  }
  try {
    await leadership?.release(io.now());
  } catch { /* it expires */ }
  await store?.close();
}

/** A fleet that is kept up to date. */
interface Following {
  readonly fleet: Fleet;
  /** What was told of entries that are not believed. */
  readonly told: Set<string>;
  /** The store does not answer any more. */
  fault: unknown;
  end(): void;
}

/** Reads all that there is, and follows it from then on. */
async function follow({ fleet: options, io, signal }: JudgeWork, store: HerdStore): Promise<Following> {
  const fleet = new Fleet(options);
  const ending = new AbortController();
  const end = () => ending.abort();
  const following: Following = { fleet, told: new Set(), fault: undefined, end };
  // All of it first: with half of the machines known, the shares would be too large.
  const seen = await loadFleet(store, fleet, io.now);
  signal.addEventListener("abort", end, { once: true });
  for (const [pattern, since] of seen) {
    const watch = async () => {
      for await (const entry of store.watch(pattern, { since, signal: ending.signal })) fleet.take(entry, io.now());
    };
    void watch().catch((error) => following.fault = error);
  }
  return following;
}

/** Decides what can be decided now. */
async function pass(
  work: JudgeWork,
  store: HerdStore,
  { fleet, told }: Following,
  leadership: Leadership,
): Promise<void> {
  const { io, fleet: { clock } } = work;
  for (const judged of judge(fleet, work.options, { now: io.now(), at: clock() })) {
    const { build, admission, verdict } = judged;
    const [key, value, revision] = verdict !== undefined
      ? [verdictKey(build.digest), verdict, build.verdictRevision]
      : [admitKey(build.digest), admission, build.admissionRevision];
    if (value === undefined) continue;
    const disbelieved = verdict !== undefined ? build.disbelieved.verdict : build.disbelieved.admit;
    if (disbelieved !== undefined) {
      // Machines with other keys than this judge may believe it: it is not overwritten.
      const text = `${build.version || "?"} (${build.digest.slice(0, 12)}) is ${disbelievedText(disbelieved)}; ` +
        "that is left as it is, and this judge decides nothing in its place; add the key to this judge's --herd-keys";
      if (!told.has(text)) work.log("warn", text);
      told.add(text);
      continue;
    }
    if (!leadership.isHeld(io.now())) return;
    const text = JSON.stringify(value);
    // Only over what was judged: somebody may have refused the build meanwhile, or another judge may have decided.
    const written = await store.compareAndSet(key, text, revision);
    if (written === undefined) continue;
    fleet.take({ key, value: text, revision: written }, io.now());
    work.tell(judged);
  }
}
