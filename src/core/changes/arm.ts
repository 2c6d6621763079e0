/**
 * Arming: an updater announces that another build is about to replace the program.
 *
 * @module
 */
import { SentinelError } from "../errors.ts";
import { checkLastGood, sharesLastGood, takeLastGood } from "../builds/last_good.ts";
import { inspectProgram, liveDigest, liveVersion } from "../builds/live.ts";
import { shellWord } from "../shell_word.ts";
import { findQuarantined, flushPendingQuarantine, readQuarantine } from "../state/quarantine.ts";
import type { State } from "../state/state.ts";
import { SCHEMA } from "../state/schemas.ts";
import { normalVersion } from "../builds/versions.ts";

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
  /** Sha256 of the build to come, if it is known. */
  readonly digest?: string;
  /** Called before anything is changed. If it throws, nothing is armed. */
  readonly before?: BeforeChange | undefined;
  /** The source is about to be replaced: keep a hard link to it instead of a copy. */
  readonly leaving?: boolean;
}

/**
 * Makes sure that there is a last-good, then writes the sentinel of `version`, which puts that build on probation at
 * its first boot. An unconfirmed build never overwrites last-good.
 *
 * @throws {SentinelError} `busy`, `missing`.
 * @throws {FsError} The snapshot or the sentinel could not be written; nothing is armed.
 */
export function arm(state: State, version: string, options: ArmOptions = {}): void {
  refuseIfArmedSince(state, options.since);
  flushPendingQuarantine(state); // a new sentinel replaces the one that stores the pending entry
  const source = options.source ?? state.exe;
  const digest = sourceDigest(state, source);
  options.before?.({ from: liveVersion(state, digest), to: normalVersion(version) });
  if (needsSnapshot(state, digest)) takeOutgoing(state, source, digest, options.leaving === true);
  expectBuild(state, version, {
    previous: digest,
    ...(options.digest === undefined ? {} : { digest: options.digest }),
  });
}

/** Writes the sentinel of a build: it is armed with 0 attempts. */
export function expectBuild(state: State, version: string, facts: { previous?: string; digest?: string }): void {
  const { rolledBack, ...record } = state.record;
  // The attempts and the start delay of an earlier rollback do not apply to this build.
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

/** A number for the next arming that no snapshot has yet. */
export function nextArming(state: State): number {
  return Math.max(state.record.lastGood?.arming ?? 0, state.sentinel?.arming ?? 0) + 1;
}

/** Takes the outgoing build as last-good, under its known version. */
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

/** True when the outgoing build should become last-good: it is not last-good yet, and there is no better one. */
export function needsSnapshot(state: State, digest: string, leaving = false): boolean {
  const { fs } = state.ports;
  // A rollback must never restore a quarantined build: then rather have no last-good.
  if (findQuarantined(readQuarantine(state), liveVersion(state, digest), digest) !== undefined) return false;
  const check = checkLastGood(state);
  // An unreadable last-good may be the only good build, so it is not overwritten.
  if (check.kind === "unreadable") throw check.error;
  if (check.kind !== "intact") return true;
  const kept = check.snapshot?.digest ?? fs.digest(state.lastGood);
  if (kept === digest) {
    const shared = sharesLastGood(state);
    // Same bytes. The program's own file is preferred: it has the mode, owner and capabilities that worked.
    return leaving ? !shared : shared || check.snapshot === undefined;
  }
  // The live build is not last-good. While it is unconfirmed, the older last-good is the better one.
  const unconfirmed = state.sentinel !== undefined || (state.subject.watchBytes && check.snapshot?.proven === true);
  return !unconfirmed;
}

function sourceDigest(state: State, source: string): string {
  const program = inspectProgram(state.ports, source);
  if (program.condition === "missing" || program.condition === "empty") {
    throw new SentinelError(
      "missing",
      `Cannot arm: ${source} cannot be kept as last-good: ${program.fault}; nothing is armed; ` +
        "install the program and start it once before an update",
    );
  }
  const digest = source === state.exe ? liveDigest(state, program) : undefined;
  return digest ?? state.ports.fs.digest(source);
}

/** When several updaters run at once, the first to take the lock arms its build, and the others are refused here. */
export function refuseIfArmedSince(state: State, since: number | undefined): void {
  const armedAt = Date.parse(state.sentinel?.armedAt ?? "");
  // A time in the future is not compared: the clock was set back since.
  if (since === undefined || !(armedAt >= since && armedAt <= state.ports.clock.now())) return;
  throw new SentinelError(
    "busy",
    `Another updater armed ${state.sentinel?.version} after this one had started: nothing was changed; ` +
      `see: boot-sentinel status --exe ${shellWord(state.subject.exe)}`,
  );
}
