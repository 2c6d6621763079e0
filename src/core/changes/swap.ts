/**
 * The swap: verifies an update and replaces the program by it, atomically.
 *
 * @module
 */
import { type BeforeChange, expectBuild, needsSnapshot, refuseIfArmedSince, takeOutgoing } from "./arm.ts";
import { messageOf, SentinelError } from "../errors.ts";
import { discard, replaceProgram, sharesLastGood, unshareLastGood } from "../builds/last_good.ts";
import { imageFaultOf, inspectLive, inspectProgram, liveDigest, liveVersion } from "../builds/live.ts";
import { stagePath } from "../state/paths.ts";
import { FsError } from "../ports.ts";
import { findQuarantined, flushPendingQuarantine, knownQuarantine } from "../state/quarantine.ts";
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
}

/**
 * Verifies `file`, arms, and puts a copy of `file` at the program's path, atomically. The outgoing program's own file
 * becomes last-good.
 *
 * @throws {SentinelError} `missing`, `mismatch`, `quarantined`, `busy`; the program is unchanged.
 * @throws {FsError} A write failed; the program is unchanged.
 */
export function swap(state: State, file: string, version: string, options: SwapOptions = {}): void {
  const { fs } = state.ports;
  refuseIfArmedSince(state, options.since);
  flushPendingQuarantine(state);
  refuseNonProgram(state, file);
  const digest = verifiedDigest(state, file, options.verify);
  refuseMismatch(state, file, digest, options.sha256);
  refuseQuarantined(state, version, digest);

  const live = inspectLive(state);
  // If the program cannot be read, this throws: it could not be kept as last-good, so it is not replaced either.
  const outgoing = live.condition === "missing" ? undefined : liveDigest(state, live) ?? fs.digest(state.exe);
  if (outgoing === digest) return; // this build is already live
  options.before?.({ from: liveVersion(state, outgoing), to: normalVersion(version) });
  const stage = stagePath(state.exe, "swap");
  let isTaken = false;
  try {
    fs.copy(file, stage, live.info === undefined ? file : state.exe);
    if (fs.digest(stage) !== digest) {
      throw new SentinelError("mismatch", `${file} changed while it was copied; the program is unchanged; try again`);
    }
    isTaken = outgoing !== undefined && live.condition !== "empty" && needsSnapshot(state, outgoing, true);
    const before = state.sentinel;
    expectBuild(state, version, { digest, ...(outgoing === undefined ? {} : { previous: outgoing }) });
    try {
      if (isTaken) takeOutgoing(state, state.exe, outgoing ?? "", true);
      replaceProgram(state, stage);
    } catch (error) {
      undo(state, before);
      throw error;
    }
  } catch (error) {
    discard(state, stage);
    throw error;
  }
  rememberStamps(state, digest, isTaken);
}

/** Undoes the arming when the update could not be put in place. Last-good must not stay a hard link to the program. */
function undo(state: State, before: Sentinel | undefined): void {
  if (sharesLastGood(state)) unshareLastGood(state, { anySize: true });
  if (before === undefined) state.clearSentinel();
  else state.writeSentinel(before);
}

/**
 * Records the new stamps: the renames changed the ctimes, and with the old stamps the next boot would read both files.
 */
function rememberStamps(state: State, digest: string, isTaken: boolean): void {
  const { fs } = state.ports;
  try {
    const { lastGood } = state.record;
    // A last-good that was not taken here was not checked here either: it keeps its old stamp.
    const kept = isTaken && lastGood !== undefined
      ? { lastGood: { ...lastGood, stamp: fs.info(lastGood.path).stamp } }
      : {};
    state.writeRecord({ ...state.record, ...kept, live: { digest, stamp: fs.info(state.exe).stamp } });
  } catch (error) {
    if (!(error instanceof FsError)) throw error; // without the stamps the next boot reads the files
  }
}

function refuseNonProgram(state: State, file: string): void {
  const { ports } = state;
  const update = inspectProgram(ports, file, state.exe);
  if (update.condition === "missing") {
    throw new SentinelError("missing", `Cannot swap: ${file} does not exist; the program is unchanged`);
  }
  const isSpecial = update.info !== undefined && update.info.kind !== "file";
  const certain = isSpecial ? "it is not a regular file" : update.condition === "empty" ? update.fault : undefined;
  // Its permissions are not checked: the copy gets those of the program that it replaces.
  const fault = certain ?? imageFaultOf(ports, file, state.exe);
  if (fault === undefined) return;
  // If the live program cannot be started either, a file that only looks wrong is accepted: nothing can get worse.
  if (certain === undefined && inspectLive(state).condition !== "startable") return;
  state.event({ event: "refused", reason: `${file}: ${fault}` });
  throw new SentinelError("mismatch", `Cannot swap: ${file} is not a program: ${fault}; the program is unchanged`);
}

function verifiedDigest(state: State, file: string, verify: SwapOptions["verify"]): string {
  if (verify === undefined) return state.ports.fs.digest(file);
  try {
    return verify(file);
  } catch (error) {
    state.event({ event: "refused", reason: messageOf(error) });
    throw error;
  }
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
  throw new SentinelError(
    "quarantined",
    `Cannot swap to ${version}: it is quarantined (${entry.reason}${entry.time === "" ? "" : `, ${entry.time}`}); ` +
      `the program is unchanged; install another build, or remove this one from the quarantine: ` +
      `boot-sentinel quarantine clear ${shellWord(entry.version)} --exe ${shellWord(state.subject.exe)}`,
  );
}
