/**
 * Arming: the updater's word that another build is about to take the program's path.
 *
 * @module
 */
import { SentinelError } from "../errors.ts";
import { checkLastGood, sharesLastGood, takeLastGood } from "../builds/last_good.ts";
import { inspectProgram, liveDigest, liveVersion } from "../builds/live.ts";
import { flushPendingQuarantine, holds, readQuarantine } from "../state/quarantine.ts";
import type { State } from "../state/state.ts";
import { SCHEMA } from "../state/state_names.ts";
import { normalVersion } from "../builds/versions.ts";

/**
 * Called with the versions of an update before anything is changed, to save data for instance.
 *
 * @example Save the data of the version that goes
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
export type BeforeChange = (versions: { readonly from: string; readonly to: string }) => void;

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
 * assertThrows(() => sentinel.armForSwap("/app", "2.0.0", options), SentinelError); // 3.0.0 was armed meanwhile
 * ```
 */
export interface ArmOptions {
  /** The running program to take as last-good. @default the program's path */
  readonly source?: string;
  /** When the updater began, milliseconds since the epoch: an arming that is newer won the race against it. */
  readonly since?: number | undefined;
  /** Sha256 of the build to come, where it is known. */
  readonly digest?: string;
  /** Called before anything is changed; what it throws calls the update off. */
  readonly before?: BeforeChange | undefined;
  /** The source is about to lose its name: keep the file itself. */
  readonly leaving?: boolean;
}

/**
 * Makes sure of a last-good, then expects `version` at the next boot. An unconfirmed build never overwrites last-good.
 *
 * @throws {SentinelError} `busy`, `missing`.
 * @throws {FsError} The snapshot or the sentinel could not be written; nothing is armed.
 */
export function arm(state: State, version: string, options: ArmOptions = {}): void {
  refuseLoserOfRace(state, options.since);
  flushPendingQuarantine(state);
  const source = options.source ?? state.exe;
  const digest = sourceDigest(state, source);
  options.before?.({ from: liveVersion(state, digest), to: normalVersion(version) });
  if (needsSnapshot(state, digest)) takeOutgoing(state, source, digest, options.leaving === true);
  expectBuild(state, version, {
    previous: digest,
    ...(options.digest === undefined ? {} : { digest: options.digest }),
  });
}

/** Writes the sentinel of a build that is to come. */
export function expectBuild(state: State, version: string, facts: { previous?: string; digest?: string }): void {
  const { rolledBack, ...record } = state.record;
  // The brake of an earlier rollback belongs to that update alone.
  if (rolledBack !== undefined) state.writeRecord(record);
  state.writeSentinel({
    version: normalVersion(version),
    attempts: 0,
    schema: SCHEMA,
    ...facts,
    armedAt: state.now(),
    arming: nextArming(state),
    bootId: state.ports.clock.bootId(),
  });
  state.event({ event: "armed", version: normalVersion(version) });
}

/** A number that no snapshot carries yet. */
export function nextArming(state: State): number {
  return Math.max(state.record.lastGood?.arming ?? 0, state.sentinel?.arming ?? 0) + 1;
}

/** Takes the outgoing build as last-good, under the name it is known by. */
export function takeOutgoing(state: State, source: string, digest: string, leaving: boolean): void {
  const { lastGood } = state.record;
  const known = lastGood?.digest === digest ? lastGood : undefined;
  takeLastGood(state, {
    version: known?.version ?? liveVersion(state, digest),
    digest,
    proven: known?.proven ?? false,
    arming: known?.arming,
    source,
    leaving,
  });
}

/** True when the outgoing build is to become last-good: it is not there yet, and no better one is. */
export function needsSnapshot(state: State, digest: string, leaving = false): boolean {
  const { fs } = state.ports;
  // Better none than one that is known to be bad.
  if (holds(readQuarantine(state), liveVersion(state, digest), digest) !== undefined) return false;
  const check = checkLastGood(state);
  // What cannot be read now may be the only good build there is: it is not overwritten on a guess.
  if (check.kind === "unreadable") throw check.error;
  if (check.kind !== "intact") return true;
  const kept = check.snapshot?.digest ?? fs.digest(state.lastGood);
  if (kept === digest) {
    const shared = sharesLastGood(state);
    // A leaving program is the better file of the two: its mode, owner and capabilities are the ones that worked.
    return leaving ? !shared : shared || check.snapshot === undefined;
  }
  // Other bytes than last-good are live: while they are unconfirmed, the older last-good is the better one.
  const unconfirmed = state.sentinel !== undefined || (state.subject.watchBytes && check.snapshot?.proven === true);
  return !unconfirmed;
}

function sourceDigest(state: State, source: string): string {
  const program = inspectProgram(state.ports, source);
  if (program.condition === "missing" || program.condition === "empty") {
    throw new SentinelError(
      "missing",
      `Cannot arm: ${source} cannot be kept as last-good: ${program.fault}; nothing is armed; start it once before an update`,
    );
  }
  const digest = source === state.exe ? liveDigest(state, program) : undefined;
  return digest ?? state.ports.fs.digest(source);
}

/** Of updaters that start together one wins; the others learn of it here. */
export function refuseLoserOfRace(state: State, since: number | undefined): void {
  const armedAt = Date.parse(state.sentinel?.armedAt ?? "");
  // A time in the future says nothing: the clock was set back.
  if (since === undefined || !(armedAt >= since && armedAt <= state.ports.clock.now())) return;
  throw new SentinelError(
    "busy",
    `Another updater armed ${state.sentinel?.version} while this one was starting: nothing was changed here`,
  );
}
