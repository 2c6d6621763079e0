/**
 * What the state files hold: types and shapes, one pair for each file.
 *
 * @module
 */
import { countUpTo, flag, list, maybe, name, number, object, or, type Shape, text } from "./validators.ts";

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
  /** The program that all this is about, by the name that it was guarded under. */
  readonly exe?: string | undefined;
  readonly lastGood?: Snapshot | undefined;
  /** A snapshot on its way to last-good: after a kill, the file is one or the other. */
  readonly incoming?: Snapshot | undefined;
  /** Older proven builds, newest first. */
  readonly generations?: readonly Snapshot[] | undefined;
  /** The program's path as it was last hashed. */
  readonly live?: { readonly digest: string; readonly stamp: string } | undefined;
  /** The rollback that the live build comes from, until the next arm or confirm. */
  readonly rolledBack?: RolledBack | undefined;
  /** The update that could not be installed last, and how often in a row. */
  readonly failedInstall?: { readonly version: string; readonly failures: number } | undefined;
  readonly [other: string]: unknown;
}

/**
 * Why a build is held.
 *
 * @example Why is it held?
 * ```ts
 * import { BootSentinel, type QuarantineEntry } from "@boot-sentinel/boot-sentinel";
 * import { memoryFs, memoryPorts } from "@boot-sentinel/boot-sentinel/testing";
 * import { assertEquals } from "@std/assert";
 *
 * const fs = memoryFs();
 * fs.put("/app", "#!1.0.0", 0o755);
 * fs.put("/update", "#!2.0.0", 0o755);
 * const sentinel = new BootSentinel({ dataDir: "/state", exe: "/app" }, memoryPorts(fs));
 *
 * sentinel.quarantine("2.0.0", { reason: "loses orders" });
 * const [entry]: readonly QuarantineEntry[] = sentinel.status().quarantined;
 * assertEquals(entry?.reason, "loses orders");
 * ```
 */
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
const maybeText = maybe(text);
const maybeFlag = maybe(flag);
const maybeNumber = maybe(number);
const count = countUpTo(MAX_COUNT);

const bootCount = {
  boot: maybeNumber,
  refunded: maybeNumber,
  failedBoot: maybeNumber,
  invocation: maybeText,
  stop: maybe(object<NonNullable<BootCount["stop"]>>({ time: text, bootId: maybeText, reason: text })),
};

/** Shape of `.boot-watcher.json`. */
export const watcherShape: Shape<Watcher> = object<Watcher>({ pid: number, since: text, until: text });

/** Shape of `.boot-sentinel.json`. */
export const sentinelShape: Shape<Sentinel> = object<Sentinel>({
  version: name,
  attempts: count,
  ...bootCount,
  schema: maybeNumber,
  digest: maybeText,
  stamp: maybeText,
  previous: maybeText,
  armedAt: maybeText,
  arming: maybeNumber,
  bootId: maybeText,
  failed: maybeText,
  owedQuarantine: maybeFlag,
});

const snapshot = object<Snapshot>({
  version: text,
  digest: text,
  size: number,
  proven: flag,
  path: text,
  stamp: maybeText,
  takenAt: maybeText,
  arming: maybeNumber,
});

/** Shape of `.boot-record.json`. One bad part never costs the others. */
export const recordShape: Shape<BuildRecord> = object<BuildRecord>({
  schema: maybeNumber,
  exe: maybeText,
  lastGood: maybe(snapshot),
  incoming: maybe(snapshot),
  generations: maybe(list(snapshot)),
  live: maybe(object<NonNullable<BuildRecord["live"]>>({ digest: text, stamp: text })),
  failedInstall: maybe(object<NonNullable<BuildRecord["failedInstall"]>>({ version: text, failures: count })),
  rolledBack: maybe(object<RolledBack>({
    from: text,
    to: text,
    time: text,
    reason: text,
    digest: maybeText,
    attempts: maybe(count),
    healthy: maybeText,
    environment: maybeFlag,
    ...bootCount,
  })),
});

/** Shape of `.boot-quarantine.json`. */
export const quarantineShape: Shape<Quarantine> = object<Quarantine>({
  versions: list(text),
  entries: maybe(list(object<QuarantineEntry>({
    version: text,
    digest: maybeText,
    reason: or(text, "unknown"),
    attempts: or(count, 0),
    time: or(text, ""),
    doubtful: maybeFlag,
  }))),
  schema: maybeNumber,
});
