/**
 * Which judge decides: the one that holds the lease in the store. No clock of another machine is read: a lease that was
 * not renewed for a while, by the own monotonic clock, is taken over by compare-and-set.
 *
 * @module
 */
import { type HerdStore, HerdStoreError } from "../herd_store.ts";
import { JUDGE_KEY } from "../keys.ts";
import { type Lease, parseLease } from "../messages/lease.ts";
import type { JudgeOptions } from "./judge_build.ts";

/** How often the lease is renewed, milliseconds. */
const RENEW_MS = 3_000;
/** A lease that nobody renewed for so long is taken over. */
const EXPIRED_MS = 10_000;
/** Whoever could not renew the lease for so long decides nothing any more: before it is taken over. */
const LOST_MS = 7_000;

/** A judge's part in the lease. */
export class Leadership {
  #revision = -1;
  #seenAt = 0;
  #renewedAt: number | undefined;
  #beat = 0;

  /**
   * @param holder The name of this judge, which no other one has.
   * @param options How it decides, which the lease tells.
   */
  constructor(readonly store: HerdStore, readonly holder: string, readonly options: JudgeOptions) {}

  /**
   * Takes, renews or waits for the lease. True: this judge decides, until the next call.
   *
   * @throws {HerdStoreError} It does not answer, or it was made anew.
   */
  async step(now: number): Promise<boolean> {
    if (this.#renewedAt !== undefined && now - this.#renewedAt < RENEW_MS) return true;
    const entry = await this.store.get(JUDGE_KEY);
    const revision = entry?.revision ?? 0;
    if (revision !== this.#revision) {
      const isAnew = revision < this.#revision;
      this.#revision = revision;
      this.#seenAt = now;
      // Somebody else took it.
      this.#renewedAt = undefined;
      // Revisions only grow: what was read of the store before is not in it any more.
      if (isAnew) throw new HerdStoreError("other", "The herd's store was made anew");
    }
    const isFree = (parseLease(entry?.value)?.holder ?? "") === "";
    const isOwn = this.#renewedAt !== undefined;
    if (!isFree && !isOwn && now - this.#seenAt < EXPIRED_MS) return false;
    return await this.#write(this.holder, now);
  }

  /** Whether this judge still decides. */
  isHeld(now: number): boolean {
    return this.#renewedAt !== undefined && now - this.#renewedAt < LOST_MS;
  }

  /** Gives the lease up, so that another judge needs not wait. */
  async release(now: number): Promise<void> {
    if (this.#renewedAt !== undefined) await this.#write("", now);
    this.#renewedAt = undefined;
  }

  async #write(holder: string, now: number): Promise<boolean> {
    const lease: Lease = { schema: 1, holder, beat: ++this.#beat, options: this.options };
    const written = await this.store.compareAndSet(JUDGE_KEY, JSON.stringify(lease), Math.max(this.#revision, 0));
    this.#renewedAt = written === undefined ? undefined : now;
    if (written !== undefined) this.#revision = written;
    return written !== undefined;
  }
}
