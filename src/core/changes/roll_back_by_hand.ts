/**
 * The operator's rollback: to last-good, or to an older build by its version.
 *
 * @module
 */
import { nextArming } from "./arm.ts";
import { requirePutBack } from "../data/put_data_back.ts";
import { messageOf, SentinelError } from "../errors.ts";
import type { Work } from "./change.ts";
import { generations } from "../builds/generations.ts";
import { identify, readWhole, Stale } from "../builds/identity.ts";
import { checkLastGood } from "../builds/last_good.ts";
import { describesLive, inspectLive, type LiveBuild, liveDigest, liveVersion } from "../builds/live.ts";
import { ownMembers } from "../builds/members/members.ts";
import { findRestorable, type Restorable } from "../builds/restore.ts";
import { discardStaged, promote, type Staged, stageLeaving } from "../builds/snapshot.ts";
import { type BadBuild, type Rollback, rollBackTo } from "./roll_back.ts";
import { clearFromQuarantine } from "../state/quarantine.ts";
import { SCHEMA, type Sentinel, type Snapshot } from "../state/schemas.ts";
import { shellWord } from "../shell_word.ts";
import type { State } from "../state/state.ts";
import { sameVersion } from "../builds/versions.ts";

/** What {@link rollingBackByHand} prepares: the older build that was asked for, under a temporary name. */
export type RollBackPrepared = { readonly older: Snapshot; readonly staged: Staged | undefined } | undefined;

/**
 * The operator's rollback: replaces the live build by last-good, or by an older proven build of the given version.
 *
 * It throws {@link SentinelError} `nothing` (that build is already live) and `noLastGood` (there is no such build).
 */
export function rollingBackByHand(
  toVersion: string | undefined,
  how: Pick<BadBuild, "reason" | "held">,
): Work<RollBackPrepared, Rollback> {
  return {
    again: true,
    prepare(state) {
      if (toVersion === undefined) {
        findRestorable(state); // reads it, so that it need not be read under the lock
        return undefined;
      }
      const older = targetOf(state, toVersion);
      const build = readWhole(state, older.path);
      if (build.digest !== older.digest) {
        const text = `Cannot roll back to ${toVersion}: ${older.path} is damaged; nothing changed; install that build`;
        throw new SentinelError("mismatch", text);
      }
      const isLastGood = older.digest === state.record.lastGood?.digest;
      return { older, staged: isLastGood ? undefined : stageLeaving(state, older.path, build) };
    },
    act: (state, prepared) => rollBackByHand(state, prepared, how),
    discard: (state, prepared) => discardStaged(state, prepared?.staged),
  };
}

function rollBackByHand(
  state: State,
  prepared: RollBackPrepared,
  how: Pick<BadBuild, "reason" | "held">,
): Rollback {
  const live = inspectLive(state);
  const digest = liveDigest(state, live);
  const armed = state.sentinel !== undefined && describesLive(state, state.sentinel, () => digest)
    ? state.sentinel
    : undefined;
  const from = armed?.version ?? liveVersion(state, digest);
  const older = prepared?.older;
  const lastGood = older === undefined ? findRestorable(state) : undefined;
  if (older === undefined) refuseUnusable(state, lastGood, from, live);
  const target = older?.digest ?? lastGood?.snapshot?.digest ?? identify(state, state.lastGood).digest;
  if (target === digest) throw nothingToRollBack(state, from, digest);
  // What is missing and was not armed has neither a version nor bytes to quarantine.
  const badBuild = live.condition === "missing" && armed === undefined
    ? undefined
    : { version: from, digest: digest ?? armed?.digest, ...how, attempts: 0, ends: armed?.ends };
  requirePutBack(state);
  const before = state.sentinel;
  if (badBuild !== undefined) markFailed(state, badBuild, armed);
  if (older !== undefined && older.digest !== state.record.lastGood?.digest) {
    try {
      if (prepared?.staged === undefined) throw new Stale("the state changed");
      promote(state, prepared.staged, { version: older.version, members: older.members, proven: true, isLive: false });
    } catch (error) {
      state.putBackSentinel(before);
      throw error;
    }
  }
  const build = lastGood ?? findRestorable(state);
  if (build === undefined) throw new Stale("last-good was lost");
  const { pending: _, ...done } = rollBackTo(state, build, badBuild, from);
  if (older !== undefined) unquarantine(state, older);
  return done;
}

function refuseUnusable(state: State, found: Restorable | undefined, from: string, live: LiveBuild): void {
  if (found === undefined) {
    const check = checkLastGood(state, "whole");
    const why = check.kind === "damaged" || check.kind === "unreadable" ? check.why : "there is none";
    throw new SentinelError(
      "noLastGood",
      `Cannot roll back: last-good ${state.lastGood} cannot be used: ${why}; ${from} stays live; install a good build`,
    );
  }
  if (!found.startable && live.condition === "startable") {
    throw new SentinelError(
      "noLastGood",
      `Cannot roll back: last-good ${found.path} cannot be started on this machine, and ${from} can; ` +
        `${from} stays live; install a good build`,
    );
  }
}

function nothingToRollBack(state: State, from: string, digest: string | undefined): SentinelError {
  const olderVersions = generations(state).filter((kept) => kept.digest !== digest).map((kept) => kept.version);
  const next = olderVersions.length === 0
    ? "no older build is kept; install another one"
    : `to go further back: boot-sentinel rollback --to VERSION --exe ${shellWord(state.subject.exe)} (kept: ${
      olderVersions.join(", ")
    })`;
  return new SentinelError("nothing", `Cannot roll back: ${from} is the last good build, and it is live; ${next}`);
}

/** An operator asked for this version by name, so it may be installed again. */
function unquarantine(state: State, { version, digest }: { version: string; digest: string }): void {
  try {
    clearFromQuarantine(state, version, digest);
  } catch (error) {
    const text = `Cannot remove ${version} from the quarantine: ${messageOf(error)}; it is live all the same`;
    state.ports.log("warn", text);
  }
}

/** Marks the live build as failed, so that the next boot completes the rollback if this process is killed now. */
function markFailed(state: State, { version, digest, reason }: BadBuild, armed: Sentinel | undefined): void {
  try {
    const members = state.subject.members === undefined ? undefined : ownMembers(state, digest);
    const sentinel = armed ?? { version, attempts: 0, schema: SCHEMA, digest, members, arming: nextArming(state) };
    state.writeSentinel({ ...sentinel, failed: reason });
  } catch (error) {
    state.ports.log("warn", `Cannot mark ${version} as failed: ${messageOf(error)}; it is rolled back all the same`);
  }
}

function targetOf(state: State, version: string): Snapshot {
  const known = [state.record.lastGood, ...generations(state)].filter((snapshot) => snapshot !== undefined);
  const found = known.find((snapshot) => sameVersion(snapshot.version, version) && state.has(snapshot.path));
  if (found !== undefined) return found;
  const list = [...new Set(known.map((snapshot) => snapshot.version))].join(", ") || "none";
  throw new SentinelError(
    "noLastGood",
    `Cannot roll back to ${version}: it is not kept; nothing changed; kept are: ${list}`,
  );
}
