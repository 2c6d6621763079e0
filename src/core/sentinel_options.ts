/** The options of a `BootSentinel`, and their defaults. @module */
import { absolutePath } from "./state/paths.ts";
import type { Subject } from "./subject.ts";

/** Boots that an unconfirmed build gets. The boot after these restores last-good. */
export const DEFAULT_MAX_ATTEMPTS = 3;

/** Older proven builds that are kept beside last-good. */
export const DEFAULT_KEEP = 2;

/** The most bytes of a service's data that are copied where their blocks cannot be shared. */
export const DEFAULT_DATA_BUDGET = 2 ** 30;

/**
 * Which program to guard, and how.
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
  /** The directory of the state files; created if missing. */
  readonly dataDir: string;
  /**
   * The program's path. If it is a symbolic link to a file, the link's target is guarded and replaced, and the link
   * stays.
   */
  readonly exe?: string | undefined;
  /**
   * What is guarded in place of the program: a file that it reads, or a link that leads to a release, which is the
   * directory of all that belongs to a version. `exe` or this has to be given.
   */
  readonly guard?: string | undefined;
  /** False: `exe` is not started itself; the program that is started reads it (a script, a jar). @default true */
  readonly isStarted?: boolean | undefined;
  /** The version of the running program. Without it, builds are identified by their sha256 alone. */
  readonly version?: string | undefined;
  /**
   * Treat a program whose bytes differ from the confirmed ones as an update, even if it was not armed.
   * @default true without `version`, else false
   */
  readonly watchBytes?: boolean | undefined;
  /**
   * Absolute paths of other files that belong to a build, such as its configuration: they go and come back with it.
   * @default none
   */
  readonly members?: readonly string[] | undefined;
  /** Older proven builds to keep. @default 2 */
  readonly keep?: number | undefined;
  /** Of a release: last-good is a copy of our own, which no clean-up of others takes. @default false */
  readonly pin?: boolean | undefined;
  /**
   * The service's own data, an absolute path: a snapshot is taken before a new build's first boot, and a rollback puts
   * it back. `budget`: the most bytes that are copied where the file system cannot share blocks (1 GiB). Linux only.
   *
   * @default none
   */
  readonly data?: { readonly path: string; readonly budget?: number | undefined } | undefined;
  /** Boots that an unconfirmed build gets; the boot after these restores last-good. At least 1. @default 3 */
  readonly maxAttempts?: number | undefined;
}

/**
 * Checks the options and applies their defaults.
 *
 * @throws {RangeError} `maxAttempts` or `keep` is negative, too small or not an integer; nothing is named to guard.
 */
export function subjectOf(options: SentinelOptions): Subject {
  const {
    dataDir,
    guard,
    exe = guard,
    isStarted = guard === undefined ? undefined : false,
    version,
    members,
    keep = DEFAULT_KEEP,
    maxAttempts = DEFAULT_MAX_ATTEMPTS,
  } = options;
  if (exe === undefined) throw new RangeError("Cannot guard nothing: give exe or guard");
  requireCount("maxAttempts", maxAttempts, 1);
  requireCount("keep", keep, 0);
  return {
    dataDir,
    exe: guard ?? exe,
    isStarted,
    version,
    ...membersOf(members),
    pin: options.pin,
    keep,
    maxAttempts,
    data: options.data && { path: options.data.path, budget: options.data.budget ?? DEFAULT_DATA_BUDGET },
    watchBytes: options.watchBytes ?? version === undefined,
  };
}

/** Each path is named in one way, whatever it was written like. */
export function membersOf(paths: readonly string[] = []): Pick<Subject, "members"> {
  return paths.length === 0 ? {} : { members: [...new Set(paths.map((path) => absolutePath("/", path)))] };
}

function requireCount(name: string, value: number, least: number): void {
  if (Number.isInteger(value) && value >= least) return;
  throw new RangeError(`Cannot use ${name} ${value}: it must be a whole number of at least ${least}`);
}
