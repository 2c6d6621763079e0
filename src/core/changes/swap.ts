/**
 * The swap: verifies an update and replaces the program by it, atomically.
 *
 * @module
 */
import { type BeforeChange, expectBuild, needsSnapshot, promoteOutgoing, refuseIfArmedSince } from "./arm.ts";
import type { Work } from "./change.ts";
import { refuseData } from "../data/data_place.ts";
import { messageOf, SentinelError } from "../errors.ts";
import { identify, sameFile, Stale, stampAt } from "../builds/identity.ts";
import { sharesLastGood, unshareLastGood } from "../builds/last_good.ts";
import { describesLive, imageFaultOf, inspectLive, inspectProgram, liveVersion } from "../builds/live.ts";
import { announce, discardStagedMembers, membersOfUpdate, settleOrTell } from "../builds/members/intent.ts";
import { type StagedMember, stageNewMembers } from "../builds/members/stage_members.ts";
import { digestAt, ownMembers, refreshMembers } from "../builds/members/members.ts";
import { replaceProgram } from "../builds/restore.ts";
import { discardStaged, liveRecord, stageCopy, type Staged, stageLeaving } from "../builds/snapshot.ts";
import { HEADER_BYTES, missingEnd } from "../builds/complete_image.ts";
import { type Fingerprint, FsError } from "../ports.ts";
import { endOfEntry, findQuarantined, flushPendingQuarantine, knownQuarantine } from "../state/quarantine.ts";
import type { Sentinel } from "../state/schemas.ts";
import { shellWord } from "../shell_word.ts";
import type { State } from "../state/state.ts";
import { normalVersion } from "../builds/versions.ts";

/**
 * How a program is swapped.
 *
 * @example Refuse a file whose sha256 is not the announced one
 * ```ts
 * import { BootSentinel, SentinelError, type SwapOptions } from "@boot-sentinel/boot-sentinel";
 * import { memoryFs, memoryPorts } from "@boot-sentinel/boot-sentinel/testing";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const fs = memoryFs();
 * fs.put("/app", "#!1.0.0", 0o755);
 * fs.put("/update", "#!2.0.0", 0o755);
 * const sentinel = new BootSentinel({ dataDir: "/state", exe: "/app" }, memoryPorts(fs));
 *
 * const options: SwapOptions = { sha256: "0".repeat(64) };
 * assertThrows(() => sentinel.swap("/update", "2.0.0", options), SentinelError);
 * assertEquals(fs.texts()["/app"], "#!1.0.0");
 * ```
 */
export interface SwapOptions {
  /** Sha256 that the file must have, hex. */
  readonly sha256?: string | undefined;
  /** Called once the file is verified, before anything is changed. If it throws, the program is not replaced. */
  readonly before?: BeforeChange | undefined;
  /** Checks the file, for example its signature, and returns its sha256, hex. If it throws, the file is refused. */
  readonly verify?: ((file: string) => string) | undefined;
  /**
   * When the updater started, milliseconds since the epoch. If another updater armed a build since then, `swap`
   * refuses.
   */
  readonly since?: number | undefined;
  /** New files of members, by the members' paths: they are put in place with the update. */
  readonly members?: Readonly<Record<string, string>> | undefined;
}

/** The result of a swap. */
export type Swapped =
  /** The file's build is live now, and on probation. */
  | { readonly kind: "swapped" }
  /** The file's build was live before: nothing was changed. `version`: the one it is known by. */
  | { readonly kind: "already"; readonly version: string; readonly confirmed: boolean };

/** What {@link swapping} prepares. */
export interface SwapPrepared {
  /** The copy of the file. */
  readonly update: Staged;
  /** The build that is replaced. */
  readonly outgoing: Fingerprint | undefined;
  /** The outgoing build, if it is to become last-good. */
  readonly snapshot: Staged | undefined;
  /** The new members, beside their paths. */
  readonly members: readonly StagedMember[];
}

/**
 * Verifies `file`, arms, and puts a copy of `file` at the program's path, atomically. The outgoing program's own file
 * becomes last-good.
 *
 * It throws {@link SentinelError} `missing`, `mismatch`, `quarantined` and `busy`, and {@link FsError}: the program is
 * unchanged.
 */
export function swapping(file: string, to: string, options: SwapOptions = {}): Work<SwapPrepared, Swapped> {
  const version = normalVersion(to);
  return {
    again: true,
    prepare(state) {
      refuseIfArmedSince(state, options.since);
      refuseData(state);
      refuseNonProgram(state, file);
      const live = inspectLive(state);
      let snapshot: Staged | undefined;
      let update: Staged | undefined;
      try {
        // If the program cannot be read, this throws: it could not be kept as last-good, so it is not replaced either.
        const outgoing = live.condition === "missing" ? undefined : identify(state, state.exe);
        // First of all, since this flushes a program that was just installed.
        if (outgoing !== undefined && live.condition !== "empty" && needsSnapshot(state, outgoing.digest, true)) {
          snapshot = stageLeaving(state, state.exe, outgoing);
        }
        update = stageCopy(state, file, "swap", live.info?.kind === "file" ? state.exe : file);
        verify(state, file, update, options);
        refuseQuarantined(state, version, update.digest);
        if (outgoing?.digest !== update.digest) {
          const from = liveVersion(state, outgoing?.digest);
          options.before?.({ from, to: version, digest: update.digest });
        }
        return { update, outgoing, snapshot, members: stageNewMembers(state, options.members ?? {}) };
      } catch (error) {
        discardStaged(state, update, snapshot);
        throw error;
      }
    },
    act(state, { update, outgoing, snapshot, members }) {
      refuseIfArmedSince(state, options.since);
      flushPendingQuarantine(state);
      refuseQuarantined(state, version, update.digest);
      refuseReplaced(state, outgoing);
      if (outgoing?.digest === update.digest) return alreadyLive(state, outgoing.digest, members);
      const isTaken = outgoing !== undefined && outgoing.info.size > 0 && needsSnapshot(state, outgoing.digest, true);
      if (isTaken && snapshot === undefined) throw new Stale("the state changed");
      refuseReplacedCopy(state, update);
      refreshMembers(state, outgoing?.digest);
      const before = state.sentinel;
      const outgoingMembers = ownMembers(state, outgoing?.digest);
      expectBuild(state, version, "swap put it in place", {
        digest: update.digest,
        members: membersOfUpdate(state, members, outgoing?.digest),
        ...(outgoing === undefined ? {} : { previous: outgoing.digest }),
      });
      try {
        if (isTaken && snapshot !== undefined) promoteOutgoing(state, snapshot, false);
        announce(state, update.digest, members, isTaken ? ownMembers(state, outgoing.digest) : outgoingMembers);
        refuseReplacedCopy(state, update);
        replaceProgram(state, update.temp);
      } catch (error) {
        settleOrTell(state);
        undo(state, before);
        throw error;
      }
      settleOrTell(state);
      rememberStamps(state, update, isTaken);
      return { kind: "swapped" };
    },
    discard(state, { update, snapshot, members }) {
      discardStaged(state, update, snapshot);
      discardStagedMembers(state, members);
    },
  };
}

/** The program must be the one that was identified, or be missing still. */
function refuseReplaced(state: State, outgoing: Fingerprint | undefined): void {
  const isSame = outgoing === undefined
    ? inspectLive(state).condition === "missing"
    : sameFile(state, state.exe, outgoing.info) !== undefined;
  if (!isSame) throw new Stale("it is another file now");
}

function refuseReplacedCopy(state: State, { temp, info }: Staged): void {
  if (sameFile(state, temp, info) === undefined) throw new Stale(`the copy ${temp} was changed`);
}

function alreadyLive(state: State, digest: string, members: readonly StagedMember[]): Swapped {
  const other = members.find(({ path, digest }) => digestAt(state, path) !== digest);
  if (other !== undefined) {
    throw new SentinelError(
      "nothing",
      `Cannot swap: ${state.exe} has these bytes already, and new members alone are no update: nothing was changed; ` +
        `edit ${other.path}, restart the service, then confirm`,
    );
  }
  const { sentinel } = state;
  const isArmed = sentinel !== undefined && describesLive(state, sentinel, () => digest);
  return {
    kind: "already",
    version: isArmed ? sentinel.version : liveVersion(state, digest),
    confirmed: !isArmed && state.record.lastGood?.digest === digest && state.record.lastGood.proven,
  };
}

/** Undoes the arming when the update could not be put in place. Last-good must not stay a hard link to the program. */
function undo(state: State, before: Sentinel | undefined): void {
  if (sharesLastGood(state)) unshareLastGood(state, { anySize: true });
  state.putBackSentinel(before);
}

/**
 * Records the new stamps: the renames changed the ctimes, and with the old stamps the next boot would read both files.
 */
function rememberStamps(state: State, update: Staged, isTaken: boolean): void {
  const { lastGood } = state.record;
  try {
    // A last-good that was not taken here was not checked here either: it keeps its old stamp.
    const kept = isTaken && lastGood !== undefined
      ? { lastGood: { ...lastGood, stamp: stampAt(state, lastGood.path) } }
      : {};
    state.writeRecord({ ...state.record, ...kept, ...liveRecord(state, update.digest, update.info) });
  } catch (error) {
    if (!(error instanceof FsError)) throw error; // without the stamps the next boot reads the files
  }
}

function refuseNonProgram(state: State, file: string): void {
  const update = inspectProgram(state, file, state.exe);
  if (update.condition === "missing") {
    throw new SentinelError("missing", `Cannot swap: ${file} does not exist; the program is unchanged`);
  }
  const isSpecial = update.info !== undefined && update.info.kind !== "file";
  const certain = isSpecial ? "it is not a regular file" : update.condition === "empty" ? update.fault : undefined;
  // Its permissions are not checked: the copy gets those of the program that it replaces.
  const fault = certain ?? imageFaultOf(state, file) ?? endFaultOf(state, file);
  if (fault === undefined) return;
  // If the live program cannot be started either, a file that only looks wrong is accepted: nothing can get worse.
  if (certain === undefined && inspectLive(state).condition !== "startable") return;
  state.event({ event: "refused", reason: `${file}: ${fault}` });
  throw new SentinelError("mismatch", `Cannot swap: ${file} is not a program: ${fault}; the program is unchanged`);
}

function endFaultOf({ ports: { fs }, subject }: State, file: string): string | undefined {
  return subject.isStarted === false ? undefined : missingEnd(fs.read(file, HEADER_BYTES), fs.info(file).size);
}

/** The file that is checked must have the bytes of the copy, which is what will be started. */
function verify(state: State, file: string, { digest }: Staged, options: SwapOptions): void {
  if (options.verify !== undefined) {
    try {
      if (options.verify(file) !== digest) throw new Stale(`${file} changed while it was verified`);
    } catch (error) {
      if (!(error instanceof Stale)) state.event({ event: "refused", reason: messageOf(error) });
      throw error;
    }
  }
  refuseMismatch(state, file, digest, options.sha256);
}

function refuseMismatch(state: State, file: string, digest: string, expected: string | undefined): void {
  if (expected === undefined || expected.trim().toLowerCase() === digest) return;
  state.event({ event: "refused", reason: `${file}: sha256 mismatch` });
  throw new SentinelError(
    "mismatch",
    `Cannot swap: ${file} has sha256 ${digest}, not ${expected}; the program is unchanged; download it again`,
  );
}

function refuseQuarantined(state: State, version: string, digest: string): void {
  const entry = findQuarantined(knownQuarantine(state), version, digest);
  if (entry === undefined) return;
  state.event({ event: "refused", version, reason: "quarantined" });
  const why = [entry.reason, entry.time, endOfEntry(entry)].filter(Boolean).join(", ");
  throw new SentinelError(
    "quarantined",
    `Cannot swap to ${version}: it is quarantined (${why}); the program is unchanged; ` +
      "install another build, or remove this one from the quarantine: " +
      `boot-sentinel quarantine clear ${shellWord(entry.version)} --exe ${shellWord(state.subject.exe)}`,
  );
}
