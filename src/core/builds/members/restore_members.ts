/** Putting a kept build back together with its members. @module */
import type { FileInfo } from "../../fs_port.ts";
import type { Snapshot } from "../../state/schemas.ts";
import type { State } from "../../state/state.ts";
import { inspectLive, liveDigest } from "../live.ts";
import { type Restorable, restoreBuild } from "../restore.ts";
import { announce, discardStagedMembers, settleOrTell } from "./intent.ts";
import { stageKeptMembers } from "./stage_members.ts";

/**
 * Puts a kept build and its members back. `told`: what there is to say of the members.
 *
 * @throws {FsError} They could not be put back; the program and its members are unchanged.
 */
export function restoreWithMembers(
  state: State,
  build: Restorable,
): { readonly file: FileInfo; readonly told: readonly string[] } {
  const { snapshot } = build;
  if (snapshot?.members === undefined || isOnlyLost(state, snapshot)) {
    return { file: restoreBuild(state, build), told: [] };
  }
  const outgoing = state.sentinel?.members ?? [];
  const left: string[] = [];
  const staged = stageKeptMembers(state, snapshot, outgoing, (why) => left.push(why));
  try {
    announce(state, snapshot.digest, staged, outgoing);
    const file = restoreBuild(state, build);
    for (const why of left) state.ports.log("error", why);
    return { file, told: [...left, ...settleOrTell(state)] };
  } catch (error) {
    settleOrTell(state);
    throw error;
  } finally {
    discardStagedMembers(state, staged);
  }
}

/** The program itself was lost, not replaced by another build: its members were not changed with it. */
function isOnlyLost(state: State, { digest }: Snapshot): boolean {
  const live = inspectLive(state);
  const isGone = live.condition === "missing" || live.condition === "empty";
  return state.sentinel === undefined && digest === state.record.lastGood?.digest &&
    (isGone || liveDigest(state, live) === digest);
}
