/**
 * What the state files hold: types and schemas, one pair for each file.
 *
 * @module
 */
import * as z from "zod/mini";

/** The seed's counter is 32 bits wide. */
export const MAX_COUNT = 4294967295;

/** Boots that count, and what became of the last one. */
export interface BootCount {
  /** Number of the last boot that was counted: who reports on a boot names it. */
  readonly boot?: number | undefined;
  /** The boot that was given back, since its end was asked for. */
  readonly refunded?: number | undefined;
  /** The boot that was not healthy at its deadline: it counts, however it ended. */
  readonly failedBoot?: number | undefined;
  /** The service manager's name for the start that was counted last. */
  readonly invocation?: string | undefined;
  /** The last end that was asked for. */
  readonly stop?: { readonly time: string; readonly bootId?: string | undefined; readonly reason: string } | undefined;
}

/** An unconfirmed swap. The first two keys are the seed's. */
export interface Sentinel extends BootCount {
  readonly version: string;
  readonly attempts: number;
  readonly schema?: number | undefined;
  /** Sha256 of the armed build, once known. */
  readonly digest?: string | undefined;
  /** Stamp under which that digest was computed at the program's path. */
  readonly stamp?: string | undefined;
  /** Sha256 of the build that was live when this one was armed. */
  readonly previous?: string | undefined;
  /** ISO 8601. */
  readonly armedAt?: string | undefined;
  /** Tells this arming from earlier ones. */
  readonly arming?: number | undefined;
  /** The machine's boot that the last attempt belonged to. */
  readonly bootId?: string | undefined;
  /** Why the build was declared bad: the next boot rolls back, whatever the count. */
  readonly failed?: string | undefined;
  /** The quarantine could not be written when this build was rolled back; the next boot does it. */
  readonly owedQuarantine?: boolean | undefined;
  readonly [other: string]: unknown;
}

/** A snapshot of a build. */
export interface Snapshot {
  readonly version: string;
  readonly digest: string;
  readonly size: number;
  /** False: it was running when it was taken, and nobody had confirmed it. */
  readonly proven: boolean;
  readonly path: string;
  readonly stamp?: string | undefined;
  readonly takenAt?: string | undefined;
  /** The `arming` of the sentinel that this snapshot confirmed. */
  readonly arming?: number | undefined;
}

/** A rollback, and how the restored build has done since. */
export interface RolledBack extends BootCount {
  readonly from: string;
  readonly to: string;
  readonly time: string;
  readonly reason: string;
  /** Sha256 of the build that was rolled back. */
  readonly digest?: string | undefined;
  /** Boots of the restored build that were not found healthy. */
  readonly attempts?: number | undefined;
  /** When the restored build was found healthy, ISO 8601. */
  readonly healthy?: string | undefined;
  /** The restored build fails as the other did: the environment is at fault, not the update. */
  readonly environment?: boolean | undefined;
}

/** What is known of the builds on this machine. */
export interface BuildRecord {
  readonly schema?: number | undefined;
  readonly lastGood?: Snapshot | undefined;
  /** A snapshot on its way to last-good: after a kill, the file is one or the other. */
  readonly incoming?: Snapshot | undefined;
  /** Older proven builds, newest first. */
  readonly generations?: readonly Snapshot[] | undefined;
  /** The program's path as it was last hashed. */
  readonly live?: { readonly digest: string; readonly stamp: string } | undefined;
  /** The rollback that the live build comes from, until the next arm or confirm. */
  readonly rolledBack?: RolledBack | undefined;
  readonly [other: string]: unknown;
}

/** Why a build is held. */
export interface QuarantineEntry {
  /** What the build was called. */
  readonly version: string;
  /** With a digest only those bytes are held; a rebuild under the same version passes. */
  readonly digest?: string | undefined;
  /** Why it is held, for people. */
  readonly reason: string;
  /** Boots it had. */
  readonly attempts: number;
  /** ISO 8601; empty when unknown. */
  readonly time: string;
  /** The build before it fails alike: it is let go at the next success. */
  readonly doubtful?: boolean | undefined;
  /** Keys of other programs, kept. */
  readonly [other: string]: unknown;
}

/** The builds that must not be installed again. `versions` is the seed's. */
export interface Quarantine {
  readonly versions: readonly string[];
  readonly entries?: readonly QuarantineEntry[] | undefined;
  readonly schema?: number | undefined;
  readonly [other: string]: unknown;
}

/** Who watches a boot. */
export interface Watcher {
  /** Its process: the watcher itself, or with `--supervise` and on Windows the one that hosts the service. */
  readonly pid: number;
  /** When it began, ISO 8601. */
  readonly since: string;
  /** When the build has to be healthy at the latest, ISO 8601. */
  readonly until: string;
}

// An optional key of the wrong type is treated as missing: it never costs a boot.
const text = z.catch(z.optional(z.string()), undefined);
const flag = z.catch(z.optional(z.boolean()), undefined);
const number = z.catch(z.optional(z.number()), undefined);
const count = z.pipe(
  z.number().check(z.refine((n) => Number.isInteger(n) && n >= 0)),
  z.transform((n) => Math.min(n, MAX_COUNT)),
);

const bootCount = {
  boot: number,
  refunded: number,
  failedBoot: number,
  invocation: text,
  stop: z.catch(z.optional(z.object({ time: z.string(), bootId: text, reason: z.string() })), undefined),
};

/** Schema of `.boot-watcher.json`. */
export const watcherSchema: z.ZodMiniType<Watcher> = z.object({
  pid: z.number(),
  since: z.string(),
  until: z.string(),
});

/** Schema of `.boot-sentinel.json`. */
export const sentinelSchema: z.ZodMiniType<Sentinel> = z.looseObject({
  version: z.string().check(z.minLength(1)),
  attempts: count,
  ...bootCount,
  schema: number,
  digest: text,
  stamp: text,
  previous: text,
  armedAt: text,
  arming: number,
  bootId: text,
  failed: text,
  owedQuarantine: flag,
});

const snapshot = z.looseObject({
  version: z.string(),
  digest: z.string(),
  size: z.number(),
  proven: z.boolean(),
  path: z.string(),
  stamp: text,
  takenAt: text,
  arming: number,
});
const maybeSnapshot = z.catch(z.optional(snapshot), undefined);

/** Schema of `.boot-record.json`. One bad part never costs the others. */
export const recordSchema: z.ZodMiniType<BuildRecord> = z.looseObject({
  schema: number,
  lastGood: maybeSnapshot,
  incoming: maybeSnapshot,
  generations: z.catch(z.optional(z.array(snapshot)), undefined),
  live: z.catch(z.optional(z.object({ digest: z.string(), stamp: z.string() })), undefined),
  rolledBack: z.catch(
    z.optional(z.looseObject({
      from: z.string(),
      to: z.string(),
      time: z.string(),
      reason: z.string(),
      digest: text,
      attempts: z.catch(z.optional(count), undefined),
      healthy: text,
      environment: flag,
      ...bootCount,
    })),
    undefined,
  ),
});

const entry = z.looseObject({
  version: z.string(),
  digest: text,
  reason: z.catch(z.string(), "unknown"),
  attempts: z.catch(count, 0),
  time: z.catch(z.string(), ""),
  doubtful: flag,
});

/** Schema of `.boot-quarantine.json`. */
export const quarantineSchema: z.ZodMiniType<Quarantine> = z.looseObject({
  versions: z.array(z.string()),
  entries: z.catch(z.optional(z.array(entry)), undefined),
  schema: number,
});
