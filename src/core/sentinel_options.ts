/** What is to be guarded, and how patiently. @module */
import type { Subject } from "./state/state.ts";

/**
 * Boots that an unconfirmed build gets; the next one restores.
 *
 * @example The fourth boot restores
 * ```ts
 * import { DEFAULT_MAX_ATTEMPTS } from "@boot-sentinel/boot-sentinel";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(DEFAULT_MAX_ATTEMPTS, 3);
 * ```
 */
export const DEFAULT_MAX_ATTEMPTS = 3;

/**
 * Older proven builds that are kept beside last-good.
 *
 * @example One more than usual
 * ```ts
 * import { BootSentinel, DEFAULT_KEEP } from "@boot-sentinel/boot-sentinel";
 *
 * new BootSentinel({ dataDir: "/var/lib/app", exe: "/opt/app/server", keep: DEFAULT_KEEP + 1 });
 * ```
 */
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
  readonly version?: string;
  /**
   * Take bytes that differ from the confirmed ones as an update, though nobody armed it.
   * @default true without `version`, else false
   */
  readonly watchBytes?: boolean;
  /** Older proven builds to keep. @default 2 */
  readonly keep?: number;
  /**
   * A watcher waits for the program's health and reports on each boot: a restored build is on probation, too, and a
   * first build is to become last-good.
   * @default false
   */
  readonly watched?: boolean;
  /** The service manager's name for this start, such as systemd's `INVOCATION_ID`. */
  readonly invocation?: string;
}

/** The same with its defaults. */
export function subjectOf(options: SentinelOptions): Subject {
  const { dataDir, exe, version, keep = DEFAULT_KEEP, watched, invocation } = options;
  return { dataDir, exe, version, keep, watchBytes: options.watchBytes ?? version === undefined, watched, invocation };
}
