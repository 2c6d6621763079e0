/**
 * Confirming: the live build is good and becomes last-good.
 *
 * @module
 */
import { dataPath } from "../data/data_place.ts";
import { removeRetired, retireSnapshots } from "../data/drop_data.ts";
import { SentinelError } from "../errors.ts";
import type { FileInfo, Fingerprint } from "../fs_port.ts";
import { pruneGenerations } from "../builds/generations.ts";
import { forgetStamp, identify, knownDigest, sameFile, Stale } from "../builds/identity.ts";
import { checkLastGood, sharesLastGood, unshareLastGood } from "../builds/last_good.ts";
import { describesLive, inspectLive, liveDigest, liveVersion } from "../builds/live.ts";
import { lacksPin } from "../builds/release/pin.ts";
import { cleanReleases } from "../builds/release/retention.ts";
import { keepMembers, ownMembers, refreshMembers, sweepMembers, tellForgotten } from "../builds/members/members.ts";
import { removeBackups } from "../builds/restore.ts";
import { discardStaged, promote, removeTemporaries, stageCopy, type Staged } from "../builds/snapshot.ts";
import { STEPS } from "../state/paths.ts";
import { isUnprovenRestore } from "../gate/steady.ts";
import { wasArmedSince } from "./arm.ts";
import type { Work } from "./change.ts";
import { forgetCrashes } from "../state/crashes.ts";
import { keepSpare } from "../state/write_state.ts";
import {
  clearFromQuarantine,
  findQuarantinedBytes,
  flushPendingQuarantine,
  liftHeld,
  liftSuspects,
} from "../state/quarantine.ts";
import { normalVersion, versionOfDigest } from "../builds/versions.ts";
import { shellWord } from "../shell_word.ts";
import type { State } from "../state/state.ts";

/**
 * The result of a confirm.
 *
 * @example The first program becomes last-good
 * ```ts
 * import { BootSentinel, type Confirmation } from "@boot-sentinel/boot-sentinel";
 * import { memoryFs, memoryPorts } from "@boot-sentinel/boot-sentinel/testing";
 * import { assertEquals } from "@std/assert";
 *
 * const fs = memoryFs();
 * fs.put("/app", "#!1.0.0", 0o755);
 * fs.put("/update", "#!2.0.0", 0o755);
 * const sentinel = new BootSentinel({ dataDir: "/state", exe: "/app" }, memoryPorts(fs));
 *
 * const confirmation: Confirmation = sentinel.confirmHealthy();
 * assertEquals(confirmation.kind, "seeded");
 * assertEquals(sentinel.confirmHealthy().kind, "already");
 * ```
 */
export type Confirmation =
  /** The live build was armed: it is last-good now. */
  | { readonly kind: "promoted"; readonly version: string }
  /** There was no last-good yet: the live build is last-good now. */
  | { readonly kind: "seeded"; readonly version: string }
  /** The live build already was last-good. `unnamed`: what it was called so far, since its version was not known. */
  | { readonly kind: "already"; readonly version: string; readonly unnamed?: string }
  /** The live build was not armed, or another one is: nothing was promoted. */
  | { readonly kind: "notLive"; readonly version: string };

/** When a confirm was asked for. */
export interface ConfirmOptions {
  /**
   * When the caller found the build healthy, or started to look, milliseconds since the epoch: a build that was armed
   * since then is not confirmed, since the caller meant the one before.
   */
  readonly since?: number | undefined;
}

/** What {@link confirming} prepares. */
export interface ConfirmPrepared {
  readonly live: Fingerprint;
  /** A copy of it, if it is to become last-good. */
  readonly copy: Staged | undefined;
}

/**
 * Makes the live build last-good, if it is the armed one or there is no last-good. Durable when it is done.
 *
 * @param reason Why it is confirmed, for the history.
 *
 * `act` throws {@link SentinelError} `missing`, and {@link FsError}: the build stays on probation.
 */
export function confirming(
  { since }: ConfirmOptions = {},
  reason = "it was declared healthy",
): Work<ConfirmPrepared, Confirmation> {
  return {
    // What was asked for one build must not happen to another.
    again: false,
    prepare(state) {
      const info = liveInfo(state);
      const digest = knownDigest(state, info);
      if (digest !== undefined && wayOf(state, digest).kind !== "take") {
        return { live: { digest, info }, copy: undefined };
      }
      try {
        const copy = stageCopy(state, state.exe, "last-good");
        return { live: { digest: copy.digest, info: copy.source }, copy };
      } catch (error) {
        // A build that is last-good already needs no copy.
        const live = identify(state, state.exe);
        if (wayOf(state, live.digest).kind === "take") throw error;
        return { live, copy: undefined };
      }
    },
    act(state, { live, copy }, sweep) {
      if (sameFile(state, state.exe, live.info) === undefined) throw new Stale("it is another build now");
      refuseLate(state, since);
      const { digest } = live;
      refuseBad(state, digest);
      const way = wayOf(state, digest);
      if (way.kind === "no") {
        forgetStamp(state, live);
        return way.result;
      }
      if (way.kind === "take") {
        if (copy === undefined) throw new Stale("the state changed");
        const { version, arming } = way;
        const members = keepMembers(state, ownMembers(state, digest));
        if (state.record.lastGood?.digest !== digest) tellForgotten(state, version);
        promote(state, copy, { version, arming, members, proven: true, isLive: true });
      }
      refreshMembers(state, digest);
      return finish(state, way.result, way.armed, reason, sweep);
    },
    discard(state, { copy }) {
      discardStaged(state, copy);
      const path = dataPath(state);
      if (path !== undefined) removeRetired(state, path);
    },
    afterwards: cleanReleases,
  };
}

/**
 * The version of the live build, if it needs no confirm: it is the proven last-good, is not held, and nothing is
 * pending. `undefined` otherwise, and when it cannot be read.
 */
export function confirmedVersion(state: State): string | undefined {
  const { sentinel, record } = state;
  const { lastGood, incoming, intent, failedInstall } = record;
  if ((sentinel ?? incoming ?? intent ?? failedInstall) !== undefined) return undefined;
  if (lastGood?.proven !== true || isUnprovenRestore(record)) return undefined;
  const digest = liveDigest(state, inspectLive(state));
  if (digest === undefined || findQuarantinedBytes(state, digest) !== undefined) return undefined;
  const way = wayOf(state, digest);
  return way.kind === "kept" ? way.result.version : undefined;
}

function liveInfo(state: State): FileInfo {
  const live = inspectLive(state);
  if (live.info !== undefined && live.condition !== "empty" && live.info.kind === "file") return live.info;
  const fault = live.fault ?? (live.info === undefined ? "it cannot be read" : "it is not a regular file");
  throw new SentinelError("missing", `Cannot confirm ${state.exe}: ${fault}; nothing changed`);
}

/** A build that was armed after the caller had begun is another one than the caller meant. */
function refuseLate(state: State, since: number | undefined): void {
  if (!wasArmedSince(state, since)) return;
  throw new SentinelError(
    "busy",
    `Nothing was confirmed: ${state.sentinel?.version} was armed after this command had started; ` +
      "confirm it when it is healthy",
  );
}

/**
 * A build that was declared bad is not confirmed in place of a good one. When there is no other one, a confirm is the
 * word of somebody who knows better: then the build is not quarantined any more.
 */
function refuseBad(state: State, digest: string): void {
  const { sentinel, record: { lastGood } } = state;
  if (!state.subject.watchBytes || lastGood?.digest === digest || checkLastGood(state).kind !== "intact") return;
  const entry = findQuarantinedBytes(state, digest);
  const isFailed = sentinel?.failed !== undefined && describesLive(state, sentinel, () => digest);
  if (!isFailed && (entry === undefined || entry.doubtful === true)) return;
  const version = entry?.version ?? sentinel?.version ?? "";
  const why = entry === undefined ? `it was declared bad: ${sentinel?.failed}` : `it is quarantined: ${entry.reason}`;
  const clear = `boot-sentinel quarantine clear ${shellWord(version)} --exe ${shellWord(state.subject.exe)}`;
  throw new SentinelError(
    "quarantined",
    `Cannot confirm ${version}: ${why}; nothing changed; the next boot rolls it back; if it is good: ` +
      `${entry === undefined ? "install it anew" : clear}`,
  );
}

/** What a confirm of the live build comes to. */
type Way =
  | { readonly kind: "take"; readonly version: string; readonly arming?: number | undefined; readonly armed: boolean }
    & { readonly result: Confirmation }
  | { readonly kind: "kept"; readonly armed: boolean; readonly result: Confirmation }
  | { readonly kind: "no"; readonly result: Confirmation };

function wayOf(state: State, digest: string): Way {
  const { sentinel } = state;
  const check = checkLastGood(state);
  const isLastGood = check.kind === "intact" && check.snapshot?.digest === digest;
  const armed = sentinel !== undefined && describesLive(state, sentinel, () => digest);
  if (armed && !isLastGood) {
    const { version, arming } = sentinel;
    return { kind: "take", version, arming, armed, result: { kind: "promoted", version } };
  }
  const version = liveVersion(state, digest);
  if (isLastGood) {
    const result = { kind: "already", version } as const;
    return lacksPin(state) ? { kind: "take", version, armed, result } : { kind: "kept", armed, result };
  }
  const { lastGood } = state.record;
  // Last-good was lost (a virus scanner removed it), or there never was one. Bytes that were neither armed nor
  // confirmed before must not become last-good in its place.
  const isKnown = lastGood === undefined
    ? check.kind !== "intact" || state.subject.watchBytes
    : lastGood.digest === digest;
  if (isKnown || (check.kind !== "intact" && !state.subject.watchBytes)) {
    return { kind: "take", version, armed, result: { kind: "seeded", version } };
  }
  return { kind: "no", result: { kind: "notLive", version: sentinel?.version ?? version } };
}

function finish(
  state: State,
  result: Confirmation,
  armed: boolean,
  reason: string,
  sweep: boolean,
): Confirmation {
  const { lastGood, rolledBack, failedInstall, ...record } = state.record;
  const unproven = lastGood !== undefined && !lastGood.proven;
  const version = result.kind === "already" ? newName(state) : undefined;
  if (rolledBack !== undefined || failedInstall !== undefined || unproven || version !== undefined) {
    const named = version === undefined ? {} : { version };
    state.writeRecord({
      ...record,
      ...(lastGood === undefined ? {} : { lastGood: { ...lastGood, ...named, proven: true } }),
    });
  }
  forgetCrashes(state);
  flushPendingQuarantine(state);
  liftSuspects(state);
  if (result.kind === "promoted") liftHeld(state, result.version);
  const held = lastGood === undefined || !state.subject.watchBytes
    ? undefined
    : findQuarantinedBytes(state, lastGood.digest);
  if (held !== undefined) clearFromQuarantine(state, held.version, held.digest);
  const data = dataPath(state);
  // The sentinel of another build stays: its updater may be about to replace the program.
  if (armed) state.clearSentinel();
  // The build is confirmed now. What follows only removes files that are no longer needed.
  if (result.kind === "already") {
    if (sharesLastGood(state)) unshareLastGood(state, { anySize: true });
  } else {
    state.event({ event: "confirmed", version: result.version, reason });
  }
  keepSpare(state.ports.fs, state.paths.dir);
  removeBackups(state);
  if (data !== undefined) retireSnapshots(state, data);
  if (sweep) removeTemporaries(state, STEPS);
  pruneGenerations(state);
  if (sweep) sweepMembers(state);
  return version === undefined || lastGood === undefined
    ? result
    : { kind: "already", version, unnamed: lastGood.version };
}

/** The version of last-good, when it is known only now. */
function newName({ subject, record: { lastGood } }: State): string | undefined {
  if (subject.version === undefined || lastGood?.version !== versionOfDigest(lastGood?.digest ?? "")) return undefined;
  return normalVersion(subject.version);
}
