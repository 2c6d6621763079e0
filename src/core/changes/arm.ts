/**
 * Arming: an updater announces that another build is about to replace the program.
 *
 * @module
 */
import { keptData, refuseData } from "../data/data_place.ts";
import { SentinelError } from "../errors.ts";
import type { Fingerprint } from "../fs_port.ts";
import { identify, sameFile, Stale } from "../builds/identity.ts";
import { checkLastGood, sharesLastGood } from "../builds/last_good.ts";
import { describesLive, inspectProgram, liveVersion } from "../builds/live.ts";
import { keepMembers, refreshMembers } from "../builds/members/members.ts";
import { discardStaged, promote, type Staged, stageKnown } from "../builds/snapshot.ts";
import type { Work } from "./change.ts";
import { forgetCrashes } from "../state/crashes.ts";
import { keepSpare } from "../state/write_state.ts";
import { shellWord } from "../shell_word.ts";
import { findQuarantined, flushPendingQuarantine, readQuarantine } from "../state/quarantine.ts";
import type { State } from "../state/state.ts";
import { SCHEMA, type Sentinel } from "../state/schemas.ts";
import { normalVersion, sameVersion } from "../builds/versions.ts";

/**
 * Called with the versions of an update before anything is changed, for example to save data.
 *
 * @example Save the data of the version that is replaced
 * ```ts
 * import { type BeforeChange, BootSentinel } from "@boot-sentinel/boot-sentinel";
 * import { memoryFs, memoryPorts } from "@boot-sentinel/boot-sentinel/testing";
 * import { assertMatch } from "@std/assert";
 *
 * const fs = memoryFs();
 * fs.put("/app", "#!1.0.0", 0o755);
 * fs.put("/update", "#!2.0.0", 0o755);
 * const sentinel = new BootSentinel({ dataDir: "/state", exe: "/app" }, memoryPorts(fs));
 *
 * const saved: string[] = [];
 * const before: BeforeChange = ({ from, to }) => void saved.push(`data of ${from}, before ${to}`);
 * sentinel.swap("/update", "2.0.0", { before });
 * assertMatch(saved[0] ?? "", /^data of sha256:\w+, before 2\.0\.0$/);
 * ```
 */
export type BeforeChange = (
  change: {
    readonly from: string;
    readonly to: string;
    /** Sha256 of the update, hex; of `arm` it is not known. */
    readonly digest?: string;
  },
) => void;

/**
 * How an update is armed.
 *
 * @example Do not undo a newer update
 * ```ts
 * import { type ArmOptions, BootSentinel, SentinelError } from "@boot-sentinel/boot-sentinel";
 * import { memoryFs, memoryPorts } from "@boot-sentinel/boot-sentinel/testing";
 * import { assertThrows } from "@std/assert";
 *
 * const fs = memoryFs();
 * fs.put("/app", "#!1.0.0", 0o755);
 * fs.put("/update", "#!2.0.0", 0o755);
 * const sentinel = new BootSentinel({ dataDir: "/state", exe: "/app" }, memoryPorts(fs));
 *
 * const options: Pick<ArmOptions, "since"> = { since: Date.UTC(2020, 0, 1) };
 * sentinel.armForSwap("/app", "3.0.0");
 * assertThrows(() => sentinel.armForSwap("/app", "2.0.0", options), SentinelError); // 3.0.0 was armed since then
 * ```
 */
export interface ArmOptions {
  /** The running program to take as last-good. @default the program's path */
  readonly source?: string;
  /**
   * When the updater started, milliseconds since the epoch. If another updater armed a build since then, `arm` refuses.
   */
  readonly since?: number | undefined;
  /** Called before anything is changed. If it throws, nothing is armed. */
  readonly before?: BeforeChange | undefined;
}

/** What {@link arm} prepares. */
export interface ArmPrepared {
  readonly source: string;
  readonly outgoing: Fingerprint;
  /** The outgoing build, if it is to become last-good. */
  readonly snapshot: Staged | undefined;
}

/**
 * Makes sure that there is a last-good, then writes the sentinel of `version`, which puts that build on probation at
 * its first boot. An unconfirmed build never overwrites last-good.
 *
 * `act` throws {@link SentinelError} `busy` and `missing`, and {@link FsError}: nothing is armed.
 */
export function arming(version: string, options: ArmOptions = {}): Work<ArmPrepared, void> {
  return {
    again: true,
    prepare(state) {
      refuseIfArmedSince(state, options.since);
      refuseData(state);
      const source = options.source ?? state.exe;
      refuseLost(state, source);
      const outgoing = identify(state, source);
      const snapshot = needsSnapshot(state, outgoing.digest) ? stageKnown(state, source, outgoing) : undefined;
      try {
        options.before?.({ from: liveVersion(state, outgoing.digest), to: normalVersion(version) });
      } catch (error) {
        discardStaged(state, snapshot);
        throw error;
      }
      return { source, outgoing, snapshot };
    },
    act(state, { source, outgoing, snapshot }) {
      refuseIfArmedSince(state, options.since);
      flushPendingQuarantine(state); // a new sentinel replaces the one that stores the pending entry
      if (sameFile(state, source, outgoing.info) === undefined) throw new Stale("it is another file now");
      const { sentinel } = state;
      // The build was armed and installed already: it is not the outgoing one.
      if (sentinel !== undefined && isInstalled(state, sentinel, version, outgoing.digest)) {
        const { previous } = sentinel;
        return expectBuild(state, version, ANNOUNCED, {
          digest: outgoing.digest,
          ...(previous === undefined ? {} : { previous }),
        });
      }
      if (needsSnapshot(state, outgoing.digest)) {
        if (snapshot === undefined) throw new Stale("the state changed");
        promoteOutgoing(state, snapshot, source === state.exe);
      }
      refreshMembers(state, outgoing.digest);
      expectBuild(state, version, ANNOUNCED, { previous: outgoing.digest });
    },
    discard: (state, { snapshot }) => discardStaged(state, snapshot),
  };
}

function isInstalled(state: State, sentinel: Sentinel, version: string, live: string): boolean {
  if (!state.subject.watchBytes || !sameVersion(sentinel.version, version)) return false;
  return describesLive(state, sentinel, () => live);
}

const ANNOUNCED = "its updater announced it";

/**
 * Writes the sentinel of a build: it is armed with 0 attempts.
 *
 * @param reason Why it is expected, for the history.
 */
export function expectBuild(
  state: State,
  version: string,
  reason: string,
  facts: { previous?: string; digest?: string } & Pick<Sentinel, "data" | "members">,
): void {
  const { rolledBack, ...record } = state.record;
  // The attempts and the start delay of an earlier rollback do not apply to this build.
  if (rolledBack !== undefined) state.writeRecord(record);
  forgetCrashes(state);
  state.writeSentinel({
    version: normalVersion(version),
    attempts: 0,
    schema: SCHEMA,
    // The data from before a build that was not confirmed either.
    data: keptData(state)?.snapshot,
    ...facts,
    armedAt: state.now(),
    arming: nextArming(state),
    bootId: state.ports.clock.bootId(),
  });
  keepSpare(state.ports.fs, state.paths.dir);
  state.event({ event: "armed", version: normalVersion(version), reason });
}

/** A number for the next arming that no snapshot has yet. */
export function nextArming(state: State): number {
  return Math.max(state.record.lastGood?.arming ?? 0, state.sentinel?.arming ?? 0) + 1;
}

/** The outgoing build becomes last-good, under its known version. */
export function promoteOutgoing(state: State, snapshot: Staged, isLive: boolean): void {
  const { lastGood } = state.record;
  const known = lastGood?.digest === snapshot.digest ? lastGood : undefined;
  promote(state, snapshot, {
    version: known?.version ?? liveVersion(state, snapshot.digest),
    proven: known?.proven ?? false,
    arming: known?.arming,
    members: keepMembers(state, known?.members),
    isLive,
  });
}

/** True when the outgoing build should become last-good: it is not last-good yet, and there is no better one. */
export function needsSnapshot(state: State, digest: string, leaving = false): boolean {
  // A rollback must never restore a quarantined build: then rather have no last-good.
  if (findQuarantined(readQuarantine(state), liveVersion(state, digest), digest) !== undefined) return false;
  const check = checkLastGood(state);
  // An unreadable last-good may be the only good build, so it is not overwritten.
  if (check.kind === "unreadable") throw check.error;
  if (check.kind !== "intact") return true;
  const kept = check.snapshot?.digest ?? identify(state, state.lastGood).digest;
  if (kept === digest) {
    const shared = sharesLastGood(state);
    // Same bytes. The program's own file is preferred: it has the mode, owner and capabilities that worked.
    return leaving ? !shared : shared || check.snapshot === undefined;
  }
  // The live build is not last-good. While it is unconfirmed, the older last-good is the better one; so is one that no
  // record knows, since it may be the only good build.
  const unconfirmed = state.sentinel !== undefined || (state.subject.watchBytes && check.snapshot?.proven !== false);
  return !unconfirmed;
}

function refuseLost(state: State, source: string): void {
  const program = inspectProgram(state, source);
  if (program.condition !== "missing" && program.condition !== "empty") return;
  throw new SentinelError(
    "missing",
    `Cannot arm: ${source} cannot be kept as last-good: ${program.fault}; nothing is armed; ` +
      "install the program and start it once before an update",
  );
}

/** When several updaters run at once, the first to take the lock arms its build, and the others are refused here. */
export function refuseIfArmedSince(state: State, since: number | undefined): void {
  if (!wasArmedSince(state, since)) return;
  throw new SentinelError(
    "busy",
    `Another updater armed ${state.sentinel?.version} after this one had started: nothing was changed; ` +
      `see: boot-sentinel status --exe ${shellWord(state.subject.exe)}`,
  );
}

/** True when a build was armed at that time or later. */
export function wasArmedSince(state: State, since: number | undefined): boolean {
  const armedAt = Date.parse(state.sentinel?.armedAt ?? "");
  // A time in the future is not compared: the clock was set back since.
  return since !== undefined && armedAt >= since && armedAt <= state.ports.clock.now();
}
