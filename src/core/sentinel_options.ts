/** What a user of the library says is to be guarded. @module */
import type { Subject } from "./subject.ts";

/** Boots that an unconfirmed build gets; the next one restores. */
export const DEFAULT_MAX_ATTEMPTS = 3;

/** Older proven builds that are kept beside last-good. */
export const DEFAULT_KEEP = 2;

/**
 * What to guard.
 *
 * @example A service that knows its own version
 * ```ts
 * import { BootSentinel, type SentinelOptions } from "@boot-sentinel/boot-sentinel";
 *
 * const options: SentinelOptions = { dataDir: "/var/lib/app", exe: "/opt/app/server", version: "2.0.0" };
 * const sentinel = new BootSentinel(options); // touches nothing yet
 * ```
 */
export interface SentinelOptions {
  /** Where the state files live; made when it is missing. */
  readonly dataDir: string;
  /** The program's path; a symbolic link is followed and stays. */
  readonly exe: string;
  /** What the program says of itself. Without it, builds are told apart by their bytes alone. */
  readonly version?: string | undefined;
  /**
   * Take bytes that differ from the confirmed ones as an update, though nobody armed it.
   * @default true without `version`, else false
   */
  readonly watchBytes?: boolean | undefined;
  /** Older proven builds to keep. @default 2 */
  readonly keep?: number | undefined;
  /** Boots that an unconfirmed build gets; the next one restores. From 1 on. @default 3 */
  readonly maxAttempts?: number | undefined;
}

/**
 * The same with its defaults.
 *
 * @throws {RangeError} A number is none that could be meant.
 */
export function subjectOf(options: SentinelOptions): Subject {
  const { dataDir, exe, version, keep = DEFAULT_KEEP, maxAttempts = DEFAULT_MAX_ATTEMPTS } = options;
  requireCount("maxAttempts", maxAttempts, 1);
  requireCount("keep", keep, 0);
  return { dataDir, exe, version, keep, maxAttempts, watchBytes: options.watchBytes ?? version === undefined };
}

function requireCount(name: string, value: number, least: number): void {
  if (Number.isInteger(value) && value >= least) return;
  throw new RangeError(`Cannot use ${name} ${value}: it takes a whole number from ${least} on`);
}
