/**
 * The quarantine: builds that must not be installed again.
 *
 * @module
 */
import { SentinelError } from "../errors.ts";
import type { Quarantine, QuarantineEntry } from "./schemas.ts";
import type { State } from "./state.ts";
import { mayContain, type StateRead } from "./state_files.ts";
import { normalVersion, sameVersion } from "../builds/versions.ts";

const NONE: Quarantine = { versions: [] };

/** The quarantine as it stands; a file that cannot be read counts as empty. */
export function readQuarantine(state: State): Quarantine {
  return withPending(state, state.readQuarantine());
}

function withPending(state: State, read: StateRead<Quarantine>): Quarantine {
  const quarantine = read.kind === "value" ? read.value : NONE;
  const pending = state.sentinel?.owedQuarantine === true ? state.sentinel : undefined;
  if (pending === undefined) return quarantine;
  return withEntry(quarantine, pendingEntry(pending.version, pending.digest, pending.attempts, state.now()));
}

/**
 * The quarantine, for a question that is not to be answered with "free" only because nobody could look.
 *
 * @throws {SentinelError} `untouchable`: it cannot be read, or not be believed.
 */
export function knownQuarantine(state: State): Quarantine {
  const read = state.readQuarantine();
  const path = state.paths.quarantine;
  if (read.kind === "untouchable") {
    throw new SentinelError(
      "untouchable",
      `Cannot tell what is quarantined: ${path}: ${read.why}; ${read.advice}; nothing was changed`,
    );
  }
  if (read.kind === "corrupt") {
    state.ports.log("warn", `What was quarantined is not known: ${path}: ${read.why}; look into it, and add it again`);
  }
  return withPending(state, read);
}

/** Details of every held version; the seed's entries, which have none, are given empty ones. */
export function quarantineEntries(quarantine: Quarantine): QuarantineEntry[] {
  // `versions` is what counts: an entry beside it was cleared by a program that knows versions only.
  const byVersion = new Map<string, QuarantineEntry[]>(quarantine.versions.map((v) => [normalVersion(v), []]));
  for (const entry of quarantine.entries ?? []) byVersion.get(normalVersion(entry.version))?.push(entry);
  return quarantine.versions.flatMap((version) => {
    const entries = byVersion.get(normalVersion(version)) ?? [];
    return entries.length > 0 ? entries : [{ version, reason: "unknown", attempts: 0, time: "" }];
  });
}

/**
 * The entry that holds a build, if any. With a digest, those bytes are held under any name, and a rebuild under a held
 * name passes when every entry of that name has a digest of its own.
 */
export function holds(quarantine: Quarantine, version: string, digest?: string): QuarantineEntry | undefined {
  const entries = quarantineEntries(quarantine);
  if (digest !== undefined) {
    const bytes = entries.find((entry) => entry.digest === digest);
    if (bytes !== undefined) return bytes;
  }
  return entries.find((entry) =>
    sameVersion(entry.version, version) && (digest === undefined || entry.digest === undefined)
  );
}

/**
 * The entry that holds these bytes, whatever they are called. Asked at every boot on probation: a file that does not
 * name the digest is not taken apart, since a thousand entries take longer than the rest of the gate.
 */
export function holdsBytes(state: State, digest: string): QuarantineEntry | undefined {
  const pending = state.sentinel?.owedQuarantine === true;
  if (!pending && !mayContain(state.ports.fs, state.paths.quarantine, digest)) return undefined;
  return quarantineEntries(readQuarantine(state)).find((entry) => entry.digest === digest);
}

/** Holds a build, durably. Holding it again changes nothing but the details. */
export function addToQuarantine(state: State, entry: QuarantineEntry): void {
  const read = state.readQuarantine();
  state.writeQuarantine(read, withEntry(read.kind === "value" ? read.value : NONE, entry));
}

/** Lets a version go, or only these bytes of it; true when it was held. */
export function clearFromQuarantine(state: State, version: string, digest?: string): boolean {
  const read = state.readQuarantine();
  if (read.kind !== "value") return false;
  const { versions, entries = [], ...others } = read.value;
  const meant = (entry: QuarantineEntry) =>
    sameVersion(entry.version, version) && (digest === undefined || entry.digest === digest);
  const kept = entries.filter((entry) => !meant(entry));
  const stays = digest !== undefined && kept.some((entry) => sameVersion(entry.version, version));
  const left = stays ? versions : versions.filter((held) => !sameVersion(held, version));
  const known = digest === undefined || kept.length < entries.length;
  if (!known || (left.length === versions.length && kept.length === entries.length)) return false;
  state.writeQuarantine(read, { ...others, versions: left, entries: kept });
  return true;
}

/** Marks the entry of a build as suspect, to be lifted at the next success; true when it was not so before. */
export function doubtQuarantine(state: State, version: string, digest: string | undefined): boolean {
  const read = state.readQuarantine();
  if (read.kind !== "value") return false;
  let marked = false;
  const entries = (read.value.entries ?? []).map((entry) => {
    const meant = sameVersion(entry.version, version) && (digest === undefined || entry.digest === digest);
    // Without an attempt it was held by hand, and whoever did that had a reason.
    if (!meant || entry.doubtful === true || entry.attempts === 0) return entry;
    marked = true;
    return { ...entry, doubtful: true };
  });
  if (marked) state.writeQuarantine(read, { ...read.value, entries });
  return marked;
}

/** Lets every suspect build go; returns their versions. */
export function liftSuspects(state: State): string[] {
  const read = state.readQuarantine();
  if (read.kind !== "value" || !(read.value.entries ?? []).some((entry) => entry.doubtful === true)) return [];
  const { versions, entries = [], ...others } = read.value;
  const kept = entries.filter((entry) => entry.doubtful !== true);
  const lifted = entries.filter((entry) => entry.doubtful === true).map((entry) => entry.version);
  const freed = (version: string) =>
    lifted.some((one) => sameVersion(one, version)) && !kept.some((entry) => sameVersion(entry.version, version));
  state.writeQuarantine(read, { ...others, versions: versions.filter((version) => !freed(version)), entries: kept });
  for (const version of lifted) state.event({ event: "cleared", version, reason: "it was suspect" });
  return lifted;
}

/** Writes the entry that a full disk refused when its build was rolled back. */
export function flushPendingQuarantine(state: State): void {
  const sentinel = state.sentinel;
  if (sentinel?.owedQuarantine !== true) return;
  addToQuarantine(state, pendingEntry(sentinel.version, sentinel.digest, sentinel.attempts, state.now()));
}

function pendingEntry(version: string, digest: string | undefined, attempts: number, time: string): QuarantineEntry {
  return { version, digest, reason: `not confirmed in ${attempts} boots`, attempts, time };
}

function withEntry(quarantine: Quarantine, entry: QuarantineEntry): Quarantine {
  const known = quarantine.versions.some((version) => sameVersion(version, entry.version));
  const others = (quarantine.entries ?? []).filter((other) =>
    !(sameVersion(other.version, entry.version) && other.digest === entry.digest)
  );
  return {
    ...quarantine,
    versions: known ? quarantine.versions : [...quarantine.versions, entry.version],
    entries: [...others, entry],
  };
}
