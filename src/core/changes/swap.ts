/**
 * The swap: a checked, atomic replacement of the program by an update.
 *
 * @module
 */
import { type BeforeChange, expectBuild, needsSnapshot, refuseLoserOfRace, takeOutgoing } from "./arm.ts";
import { messageOf, SentinelError } from "../errors.ts";
import { discard, replaceProgram, sharesLastGood, unshareLastGood } from "../builds/last_good.ts";
import { imageFaultOf, inspectLive, inspectProgram, liveDigest, liveVersion } from "../builds/live.ts";
import { stagePath } from "../state/paths.ts";
import { FsError } from "../ports.ts";
import { flushPendingQuarantine, holds, knownQuarantine } from "../state/quarantine.ts";
import type { Sentinel } from "../state/schemas.ts";
import { shellWord } from "../shell_word.ts";
import type { State } from "../state/state.ts";
import { normalVersion } from "../builds/versions.ts";

/**
 * How a program is swapped.
 *
 * @example Nothing but the announced bytes
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
  /** Called once the file is verified, before anything is changed; what it throws calls the update off. */
  readonly before?: BeforeChange | undefined;
  /** Checks where the file comes from, and returns its sha256, hex; what it throws refuses the file. */
  readonly verify?: ((file: string) => string) | undefined;
  /** When the updater began, milliseconds since the epoch: an arming that is newer won the race against it. */
  readonly since?: number | undefined;
}

/**
 * Verifies `file`, arms, and puts a copy of it at the program's path, atomically. The outgoing program's own file
 * becomes last-good. `file` stays as it is.
 *
 * @throws {SentinelError} `missing`, `mismatch`, `quarantined`, `busy`; the program is untouched.
 * @throws {FsError} A write failed; the program is untouched.
 */
export function swap(state: State, file: string, version: string, options: SwapOptions = {}): void {
  const { fs } = state.ports;
  refuseLoserOfRace(state, options.since);
  flushPendingQuarantine(state);
  refuseNonProgram(state, file);
  const digest = verifiedDigest(state, file, options.verify);
  refuseMismatch(state, file, digest, options.sha256);
  refuseQuarantined(state, version, digest);

  const live = inspectLive(state);
  // A program that is there and cannot be read cannot be kept, so it is not replaced either.
  const outgoing = live.condition === "missing" ? undefined : liveDigest(state, live) ?? fs.digest(state.exe);
  if (outgoing === digest) return; // it is there already
  options.before?.({ from: liveVersion(state, outgoing), to: normalVersion(version) });
  const stage = stagePath(state.exe, "swap");
  let took = false;
  try {
    fs.copy(file, stage, live.info === undefined ? file : state.exe);
    if (fs.digest(stage) !== digest) {
      throw new SentinelError("mismatch", `${file} changed while it was read; the program is untouched; try again`);
    }
    took = outgoing !== undefined && live.condition !== "empty" && needsSnapshot(state, outgoing, true);
    const before = state.sentinel;
    expectBuild(state, version, { digest, ...(outgoing === undefined ? {} : { previous: outgoing }) });
    try {
      if (took) takeOutgoing(state, state.exe, outgoing ?? "", true);
      replaceProgram(state, stage);
    } catch (error) {
      undo(state, before);
      throw error;
    }
  } catch (error) {
    discard(state, stage);
    throw error;
  }
  rememberStamps(state, digest, took);
}

/** The update did not come: it is not expected any more, and last-good does not stay a second name of the program. */
function undo(state: State, before: Sentinel | undefined): void {
  if (sharesLastGood(state)) unshareLastGood(state, { whatever: true });
  if (before === undefined) state.clearSentinel();
  else state.writeSentinel(before);
}

/** The moves changed the stamps; with fresh ones neither file is read again at the next boot. */
function rememberStamps(state: State, digest: string, took: boolean): void {
  const { fs } = state.ports;
  try {
    const { lastGood } = state.record;
    // One that was not taken here was not moved either, and is not vouched for.
    const kept = took && lastGood !== undefined
      ? { lastGood: { ...lastGood, stamp: fs.info(lastGood.path).stamp } }
      : {};
    state.writeRecord({ ...state.record, ...kept, live: { digest, stamp: fs.info(state.exe).stamp } });
  } catch (error) {
    if (!(error instanceof FsError)) throw error; // the next boot reads the files instead
  }
}

function refuseNonProgram(state: State, file: string): void {
  const { ports } = state;
  const update = inspectProgram(ports, file, state.exe);
  if (update.condition === "missing") {
    throw new SentinelError("missing", `Cannot swap: ${file} does not exist; the program is untouched`);
  }
  const notOne = update.info !== undefined && update.info.kind !== "file";
  const never = notOne ? "it is no file" : update.condition === "empty" ? update.fault : undefined;
  // Its rights do not matter: it gets those of the program that it takes the place of.
  const fault = never ?? imageFaultOf(ports, file, state.exe);
  if (fault === undefined) return;
  // While what is live cannot be started either, any file is worth a try.
  if (never === undefined && inspectLive(state).condition !== "startable") return;
  state.event({ event: "refused", reason: `${file}: ${fault}` });
  throw new SentinelError("mismatch", `Cannot swap: ${file} is no program: ${fault}; the program is untouched`);
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
    `Cannot swap: ${file} has sha256 ${digest}, not ${expected}; the program is untouched; download it again`,
  );
}

function refuseQuarantined(state: State, version: string, digest: string): void {
  const entry = holds(knownQuarantine(state), version, digest);
  if (entry === undefined) return;
  state.event({ event: "refused", version, reason: "quarantined" });
  throw new SentinelError(
    "quarantined",
    `Cannot swap to ${version}: it is quarantined (${entry.reason}${entry.time === "" ? "" : `, ${entry.time}`}); ` +
      `the program is untouched; install another build, or let this one go: ` +
      `boot-sentinel quarantine clear ${shellWord(entry.version)} --exe ${shellWord(state.subject.exe)}`,
  );
}
