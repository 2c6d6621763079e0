/**
 * The content of the state files: a type and a validator for each.
 *
 * @module
 */
import { type DataSnapshot, dataSnapshotShape, type PutBackData, putBackShape } from "./data_records.ts";
import type { EndedBoot } from "./ended_boot.ts";
import { type Intent, intentShape, type Member, membersShape } from "./members.ts";
import { countUpTo, flag, list, map, maybe, name, number, object, or, type Shape, text, words } from "./validators.ts";

/** The schema number that this program writes. A file with a higher number is neither used nor changed. */
export const SCHEMA = 1;

/** The reference implementation reads the counter as an unsigned 32-bit number. */
export const MAX_COUNT = 4294967295;

/** The boots that were counted, and how the last one ended. */
export interface BootCount {
  /** The number of the last boot that was counted. A boot token contains it. */
  readonly boot?: number | undefined;
  /** The boot whose attempt was cancelled, because the service was stopped on request. */
  readonly refunded?: number | undefined;
  /** The boot that was not healthy at its deadline. Its attempt is not cancelled when the service is stopped. */
  readonly failedBoot?: number | undefined;
  /** The number of boots that were not healthy at their deadline. Later boots get a shorter one. */
  readonly missed?: number | undefined;
  /** The service manager's id for the start that was counted last. */
  readonly invocation?: string | undefined;
  /** The counts of each instance of the service, by its name; empty for a service that has one. */
  readonly instances?: Readonly<Record<string, InstanceCount>> | undefined;
  /** The last stop on request. */
  readonly stop?: { readonly time: string; readonly bootId?: string | undefined; readonly reason: string } | undefined;
}

/** The boots of one instance. */
export interface InstanceCount {
  readonly attempts: number;
  /** The number of its last boot. */
  readonly boot?: number | undefined;
  /** The service manager's id for that start. */
  readonly invocation?: string | undefined;
  /** The process of that boot. */
  readonly process?: string | undefined;
}

/** The sentinel: a build that is armed and not confirmed. The reference implementation has the first two keys only. */
export interface Sentinel extends BootCount {
  readonly version: string;
  readonly attempts: number;
  readonly schema?: number | undefined;
  /** Sha256 of the armed build, once it is known. */
  readonly digest?: string | undefined;
  /** The stamp of the program's file when that digest was computed. */
  readonly stamp?: string | undefined;
  /** The files that belong to the build; not known when something else than `swap` put it in place. */
  readonly members?: readonly Member[] | undefined;
  /** Sha256 of the build that was live when this one was armed. */
  readonly previous?: string | undefined;
  /** When it was armed, ISO 8601. */
  readonly armedAt?: string | undefined;
  /** The number of this arming. */
  readonly arming?: number | undefined;
  /** The id of the machine's boot in which the last attempt was made. */
  readonly bootId?: string | undefined;
  /** Why the build was marked as failed: the next boot rolls back, whatever the count. */
  readonly failed?: string | undefined;
  /** How its counted boots ended, oldest first. */
  readonly ends?: readonly EndedBoot[] | undefined;
  /** The quarantine could not be written when this build was rolled back: the next boot writes it. */
  readonly owedQuarantine?: boolean | undefined;
  /** The snapshot of the service's data from before the first boot of this build. */
  readonly data?: DataSnapshot | undefined;
  readonly [other: string]: unknown;
}

/** A copy of a build: last-good or a generation. */
export interface Snapshot {
  readonly version: string;
  readonly digest: string;
  readonly size: number;
  /** True: the build was confirmed. False: it was live when the snapshot was taken, but never confirmed. */
  readonly proven: boolean;
  readonly path: string;
  readonly stamp?: string | undefined;
  readonly takenAt?: string | undefined;
  /** The number of the arming that this snapshot confirmed. */
  readonly arming?: number | undefined;
  /** The id of the machine's boot in which its bytes were last read and found right. */
  readonly checkedIn?: string | undefined;
  /** The files that go and come back with it, as they were when it was kept. */
  readonly members?: readonly Member[] | undefined;
}

/** A rollback, and the boots of the restored build since. */
export interface RolledBack extends BootCount {
  readonly from: string;
  readonly to: string;
  readonly time: string;
  readonly reason: string;
  /** Sha256 of the build that was rolled back. */
  readonly digest?: string | undefined;
  /** Boots of the restored build that were not healthy. */
  readonly attempts?: number | undefined;
  /** The id of the machine's boot in which the last of them was counted. */
  readonly bootId?: string | undefined;
  /** When the restored build was healthy, ISO 8601. */
  readonly healthy?: string | undefined;
  /** The restored build fails too: the environment is probably at fault, not the update. */
  readonly environment?: boolean | undefined;
  /** The data that were put back with it. */
  readonly data?: PutBackData | undefined;
}

/** The record: what is known about the program's builds. */
export interface BuildRecord {
  readonly schema?: number | undefined;
  /** The program's path as it was configured, links not followed. */
  readonly exe?: string | undefined;
  readonly lastGood?: Snapshot | undefined;
  /** A snapshot that is being promoted to last-good. If that was killed, the file can be `lastGood` or this one. */
  readonly incoming?: Snapshot | undefined;
  /** The program and its members are being changed: the next boot or command finishes or undoes it first. */
  readonly intent?: Intent | undefined;
  /** systemd has not read its unit files since members among them were changed. */
  readonly reload?: boolean | undefined;
  /** Older proven builds, newest first. */
  readonly generations?: readonly Snapshot[] | undefined;
  /** The digest and the stamp of the program when it was last hashed. */
  readonly live?: { readonly digest: string; readonly stamp: string } | undefined;
  /** The rollback that put the live build back, until the next arm or confirm. */
  readonly rolledBack?: RolledBack | undefined;
  /** The last update that could not be installed, and its failed installations in a row. */
  readonly failedInstall?: { readonly version: string; readonly failures: number } | undefined;
  readonly [other: string]: unknown;
}

/**
 * A quarantined build.
 *
 * @example Read why a build is quarantined
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
  /** The build's version. */
  readonly version: string;
  /** With a digest, only these bytes are quarantined: a rebuild under the same version may be installed. */
  readonly digest?: string | undefined;
  /** Why it is quarantined, for people. */
  readonly reason: string;
  /** Unconfirmed boots that it had; 0 when it was added by hand. */
  readonly attempts: number;
  /** When it was quarantined, ISO 8601; empty when unknown. */
  readonly time: string;
  /** How its last boots ended, oldest first. */
  readonly ends?: readonly EndedBoot[] | undefined;
  /** Suspect: the restored build failed, too. The entry is removed when a build is healthy. */
  readonly doubtful?: boolean | undefined;
  /** When it is over, ISO 8601: from then on the entry holds nothing. */
  readonly until?: string | undefined;
  /** Held, whatever the bytes, until another version is confirmed: then the entry is removed. */
  readonly held?: boolean | undefined;
  /** Keys that other programs wrote. They are kept. */
  readonly [other: string]: unknown;
}

/** The builds that must not be installed again. The reference implementation knows `versions` only. */
export interface Quarantine {
  readonly versions: readonly string[];
  readonly entries?: readonly QuarantineEntry[] | undefined;
  readonly schema?: number | undefined;
  readonly [other: string]: unknown;
}

// An optional key of the wrong type counts as missing, so that one bad value does not discard the whole file.
const maybeText = maybe(text);
const maybeWords = maybe(words);
const maybeFlag = maybe(flag);
const maybeNumber = maybe(number);
const count = countUpTo(MAX_COUNT);

const bootCount = {
  boot: maybeNumber,
  refunded: maybeNumber,
  failedBoot: maybeNumber,
  missed: maybe(count),
  invocation: maybeText,
  instances: maybe(map(object<InstanceCount>({
    attempts: count,
    boot: maybeNumber,
    invocation: maybeText,
    process: maybeText,
  }))),
  stop: maybe(object<NonNullable<BootCount["stop"]>>({ time: words, bootId: maybeText, reason: words })),
};

/** How boots ended. */
export const endsShape: Shape<EndedBoot[]> = list(
  object<EndedBoot>({ boot: number, how: words, words: maybe(list(words)) }),
);

/** The content of `.boot-sentinel.json`. */
export const sentinelShape: Shape<Sentinel> = object<Sentinel>({
  version: name,
  attempts: count,
  ...bootCount,
  schema: maybeNumber,
  digest: maybeText,
  stamp: maybeText,
  members: maybe(membersShape),
  previous: maybeText,
  armedAt: maybeText,
  arming: maybeNumber,
  bootId: maybeText,
  failed: maybeWords,
  ends: maybe(endsShape),
  owedQuarantine: maybeFlag,
  data: maybe(dataSnapshotShape),
});

const snapshot = object<Snapshot>({
  version: words,
  digest: text,
  size: number,
  proven: flag,
  path: text,
  stamp: maybeText,
  takenAt: maybeText,
  arming: maybeNumber,
  checkedIn: maybeText,
  members: maybe(membersShape),
});

/** The content of `.boot-record.json`. */
export const recordShape: Shape<BuildRecord> = object<BuildRecord>({
  schema: maybeNumber,
  exe: maybeText,
  lastGood: maybe(snapshot),
  incoming: maybe(snapshot),
  intent: maybe(intentShape),
  reload: maybeFlag,
  generations: maybe(list(snapshot)),
  live: maybe(object<NonNullable<BuildRecord["live"]>>({ digest: text, stamp: text })),
  failedInstall: maybe(object<NonNullable<BuildRecord["failedInstall"]>>({ version: words, failures: count })),
  rolledBack: maybe(object<RolledBack>({
    from: words,
    to: words,
    time: words,
    reason: words,
    digest: maybeText,
    attempts: maybe(count),
    bootId: maybeText,
    healthy: maybeText,
    environment: maybeFlag,
    data: maybe(putBackShape),
    ...bootCount,
  })),
});

/** The content of `.boot-quarantine.json`. */
export const quarantineShape: Shape<Quarantine> = object<Quarantine>({
  versions: list(words),
  entries: maybe(list(object<QuarantineEntry>({
    version: words,
    digest: maybeText,
    reason: or(words, "unknown"),
    attempts: or(count, 0),
    time: or(words, ""),
    ends: maybe(endsShape),
    doubtful: maybeFlag,
    until: maybeWords,
    held: maybeFlag,
  }))),
  schema: maybeNumber,
});
