/**
 * The port to the place that all machines of a herd share: keys with a text each, of which only the newest value is
 * kept. Every change has a number, its revision. It grows over all keys of one kind: over reports, and over all others.
 *
 * @module
 */

/** The value of a key. */
export interface HerdEntry {
  readonly key: string;
  /** `undefined`: the key was deleted. */
  readonly value: string | undefined;
  readonly revision: number;
}

/** What a store cannot do: nobody answers in time, the server refuses it, or it is a list that can only be read. */
export type HerdFaultCode = "offline" | "denied" | "readOnly" | "other";

/** A fault of a store. */
export class HerdStoreError extends Error {
  override readonly name: string = "HerdStoreError";

  constructor(readonly code: HerdFaultCode, message: string, options?: ErrorOptions) {
    super(message, options);
  }
}

/** Which entries are meant. */
export interface EntriesOptions {
  /** Only what changed after this revision. @default 0 */
  readonly since?: number | undefined;
}

/** How a store is watched. */
export interface WatchOptions extends EntriesOptions {
  /** Ends the watch. */
  readonly signal: AbortSignal;
}

/** A store. All calls end in bounded time, with {@link HerdStoreError} where nobody answers. */
export interface HerdStore {
  /** The name that the store knows this machine by: only its own reports can be written. @default it has none */
  readonly machine?: string | undefined;
  /** Of a list that can only be read, when it was made, milliseconds since the epoch. */
  readonly listedAt?: number | undefined;
  /** The newest value of a key; `undefined` when it was never written. */
  get(key: string): Promise<HerdEntry | undefined>;
  /**
   * The newest value of each key that matches a pattern, in the order of their revisions: tokens between dots, of which
   * `*` is any, and a last `>` all. Reports are found only by patterns that begin with `report`.
   */
  entries(pattern: string, options?: EntriesOptions): AsyncIterable<HerdEntry>;
  /** The same, and then each change as it comes. A broken connection is made anew, and nothing is left out. */
  watch(pattern: string, options: WatchOptions): AsyncIterable<HerdEntry>;
  /** Writes a key. Returns the revision. */
  put(key: string, value: string): Promise<number>;
  /** Writes a key if its revision is still that one (0: there is no such key); `undefined`: somebody else was first. */
  compareAndSet(key: string, value: string, revision: number): Promise<number | undefined>;
  close(): Promise<void>;
}
