/**
 * The quarantine: builds that must not be installed again.
 *
 * @module
 */
import { SentinelError } from "../errors.ts";
import { plainText } from "../plain_text.ts";
import type { Quarantine, QuarantineEntry, Sentinel } from "./schemas.ts";
import type { State } from "./state.ts";
import { mayContain, type StateRead } from "./state_files.ts";
import { toldAttempts } from "../gate/boot_count.ts";
import { normalVersion, sameVersion } from "../builds/versions.ts";

const NONE: Quarantine = { versions: [] };

/** The quarantine. A file that cannot be read counts as empty. */
export function readQuarantine(state: State): Quarantine {
  return withPending(state, state.readQuarantine());
}

function withPending(state: State, read: StateRead<Quarantine>): Quarantine {
  const quarantine = inForce(state, read);
  const pending = state.sentinel?.owedQuarantine === true ? state.sentinel : undefined;
  if (pending === undefined) return quarantine;
  return withEntry(quarantine, pendingEntry(state, pending));
}

/** What holds now: entries whose time is over hold nothing, and are left out when the file is written next. */
function inForce({ ports }: State, read: StateRead<Quarantine>): Quarantine {
  if (read.kind !== "value") return NONE;
  return without(read.value, ({ until }) => until !== undefined && Date.parse(until) <= ports.clock.now());
}

/** The quarantine without these entries, and without the versions that nothing else holds. */
function without(quarantine: Quarantine, goes: (entry: QuarantineEntry) => boolean): Quarantine {
  const { versions, entries = [] } = quarantine;
  const gone = entries.filter(goes);
  if (gone.length === 0) return quarantine;
  const kept = entries.filter((entry) => !gone.includes(entry));
  const isFree = (version: string) =>
    gone.some((entry) => sameVersion(entry.version, version)) &&
    !kept.some((entry) => sameVersion(entry.version, version));
  return { ...quarantine, versions: versions.filter((version) => !isFree(version)), entries: kept };
}

/**
 * The quarantine, for an updater that checks whether it may install a build: a quarantine that cannot be read must not
 * be treated as an empty one.
 *
 * @throws {SentinelError} `untouchable`: it cannot be read or must not be trusted.
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
    const text = `Cannot read the quarantine ${path}: ${read.why}; it counts as empty; see what it contains and add ` +
      "its builds again: boot-sentinel quarantine add VERSION";
    state.ports.log("warn", text);
  }
  return withPending(state, read);
}

/**
 * The entries of all quarantined versions. Versions without one (from the reference implementation) get an empty one.
 */
export function quarantineEntries(quarantine: Quarantine): QuarantineEntry[] {
  // `versions` decides. An entry whose version is not listed there was cleared by the reference implementation, which
  // knows versions only.
  const byVersion = new Map<string, QuarantineEntry[]>(quarantine.versions.map((v) => [normalVersion(v), []]));
  for (const entry of quarantine.entries ?? []) byVersion.get(normalVersion(entry.version))?.push(entry);
  return quarantine.versions.flatMap((version) => {
    const entries = byVersion.get(normalVersion(version)) ?? [];
    return entries.length > 0 ? entries : [{ version, reason: "unknown", attempts: 0, time: "" }];
  });
}

/** What an entry ends with, as text: a time or an event; `undefined` when it has to be cleared by hand. */
export function endOfEntry({ until, held }: QuarantineEntry): string | undefined {
  return held === true ? "until another version is confirmed" : until && `until ${until}`;
}

/**
 * The entry for which a build is quarantined, if there is one. With a digest, these bytes are found under any version,
 * and other bytes of a quarantined version are found only if an entry of that version has no digest, or is held until
 * the next version.
 */
export function findQuarantined(quarantine: Quarantine, version: string, digest?: string): QuarantineEntry | undefined {
  const entries = quarantineEntries(quarantine);
  if (digest !== undefined) {
    const bytes = entries.find((entry) => entry.digest === digest);
    if (bytes !== undefined) return bytes;
  }
  return entries.find((entry) =>
    sameVersion(entry.version, version) && (digest === undefined || entry.digest === undefined || entry.held === true)
  );
}

/**
 * The entry for which these bytes are quarantined, under any version. It is called at every boot on probation, so the
 * file is parsed only if it contains the digest: to parse a thousand entries takes longer than the rest of the gate.
 */
export function findQuarantinedBytes(state: State, digest: string): QuarantineEntry | undefined {
  const pending = state.sentinel?.owedQuarantine === true;
  if (!pending && !mayContain(state.ports.fs, state.paths.quarantine, digest)) return undefined;
  return quarantineEntries(readQuarantine(state)).find((entry) => entry.digest === digest);
}

/** Quarantines a build, durably. If it already is quarantined, its entry is replaced. */
export function addToQuarantine(state: State, entry: QuarantineEntry): void {
  const read = state.readQuarantine();
  state.writeQuarantine(read, withEntry(inForce(state, read), entry));
}

/** Removes a version from the quarantine, or only these bytes of it. True when it was quarantined. */
export function clearFromQuarantine(state: State, version: string, digest?: string): boolean {
  const read = state.readQuarantine();
  if (read.kind !== "value") return false;
  const { versions, entries = [], ...others } = inForce(state, read);
  const matches = (entry: QuarantineEntry) =>
    sameVersion(entry.version, version) && (digest === undefined || entry.digest === digest);
  const kept = entries.filter((entry) => !matches(entry));
  const stays = digest !== undefined && kept.some((entry) => sameVersion(entry.version, version));
  const left = stays ? versions : versions.filter((listed) => !sameVersion(listed, version));
  const known = digest === undefined || kept.length < entries.length;
  if (!known || (left.length === versions.length && kept.length === entries.length)) return false;
  state.writeQuarantine(read, { ...others, versions: left, entries: kept });
  return true;
}

/** Marks the entry of a build as suspect: it is lifted when a build is healthy. True when it was not suspect before. */
export function markSuspect(state: State, version: string, digest: string | undefined): boolean {
  const read = state.readQuarantine();
  if (read.kind !== "value") return false;
  let marked = false;
  const quarantine = inForce(state, read);
  const entries = (quarantine.entries ?? []).map((entry) => {
    const matches = sameVersion(entry.version, version) && (digest === undefined || entry.digest === digest);
    // An entry with 0 attempts was added by an operator or an updater: a failing environment does not refute it.
    if (!matches || entry.doubtful === true || entry.attempts === 0) return entry;
    marked = true;
    return { ...entry, doubtful: true };
  });
  if (marked) state.writeQuarantine(read, { ...quarantine, entries });
  return marked;
}

/** Removes all suspect builds from the quarantine; returns their versions. */
export function liftSuspects(state: State): string[] {
  return lift(state, ({ doubtful }) => doubtful === true, "it was suspect");
}

/** Removes the builds that were held until the next version, which is confirmed now. */
export function liftHeld(state: State, confirmed: string): void {
  lift(state, ({ held, version }) => held === true && !sameVersion(version, confirmed), `${confirmed} is confirmed`);
}

function lift(state: State, goes: (entry: QuarantineEntry) => boolean, reason: string): string[] {
  const read = state.readQuarantine();
  const before = inForce(state, read);
  const lifted = (before.entries ?? []).filter(goes).map(({ version }) => version);
  if (lifted.length === 0) return [];
  state.writeQuarantine(read, without(before, goes));
  for (const version of lifted) state.event({ event: "cleared", version, reason });
  return lifted;
}

/** Writes the entry that could not be written (full disk) when its build was rolled back. */
export function flushPendingQuarantine(state: State): void {
  const sentinel = state.sentinel;
  if (sentinel?.owedQuarantine !== true) return;
  addToQuarantine(state, pendingEntry(state, sentinel));
}

function pendingEntry(state: State, { version, digest, attempts: counted, ends }: Sentinel): QuarantineEntry {
  const attempts = toldAttempts(state.subject, counted);
  return { version, digest, reason: `not confirmed in ${attempts} boots`, attempts, time: state.now(), ends };
}

function withEntry(quarantine: Quarantine, { reason, ...others }: QuarantineEntry): Quarantine {
  return withPlainEntry(quarantine, { ...others, reason: plainText(reason) } as QuarantineEntry);
}

function withPlainEntry(quarantine: Quarantine, entry: QuarantineEntry): Quarantine {
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
