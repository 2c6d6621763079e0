/**
 * Last-good, the snapshot of the last good program: checking it and keeping it apart from the program.
 *
 * @module
 */
import { findSpare } from "./generations.ts";
import { identify, readWhole, stampAt, stampOfSame } from "./identity.ts";
import { isSurelyStartable } from "./live.ts";
import { copyChecked, discard, liveRecord } from "./snapshot.ts";
import { directoryOf, lastGoodPath, tempPath } from "../state/paths.ts";
import { versionOfDigest } from "./versions.ts";
import { type FileInfo, FsError } from "../ports.ts";
import type { Snapshot } from "../state/schemas.ts";
import type { State } from "../state/state.ts";

/**
 * What a restore reads or copies at most, in bytes, since the service waits for it: some 50 ms. A larger snapshot is
 * copied at the next boot, and read once in each boot of the machine.
 */
const AT_ONCE = 64 << 20;

/** The result of checking last-good. */
export type LastGoodCheck =
  | { readonly kind: "none" }
  | { readonly kind: "damaged"; readonly why: string }
  /** It may be intact: it could not be read. */
  | { readonly kind: "unreadable"; readonly why: string; readonly error: FsError }
  /** Its bytes are those of the record; or there is no record, since the reference implementation made it. */
  | { readonly kind: "intact"; readonly snapshot: Snapshot | undefined; readonly startable: boolean };

/**
 * How far last-good is read. `quick`: never. `changed`: if inode, size, mtime or ctime have changed since it was hashed.
 * `whole`: always, since a medium can rot under an unchanged stamp; a large one only once in each boot of the machine.
 */
export type Reading = "quick" | "changed" | "whole";

/** Checks last-good. */
export function checkLastGood(state: State, reading: Reading = "changed"): LastGoodCheck {
  const { fs } = state.ports;
  const path = state.lastGood;
  try {
    const info = fs.info(path);
    if (info.kind !== "file") return { kind: "damaged", why: "it is not a file" };
    if (info.size === 0) return { kind: "damaged", why: "it is empty" };
    // If a promotion was killed, last-good can be the old or the new snapshot.
    const candidates = [state.record.lastGood, state.record.incoming].filter((s) => s !== undefined);
    // Last-good would replace another program, so it counts as startable only if that could be checked.
    const startable = isSurelyStartable(state, path);
    if (candidates.length === 0) return { kind: "intact", snapshot: undefined, startable };
    const stamped = candidates.find((candidate) => candidate.stamp === info.stamp);
    if (stamped !== undefined && !isToBeRead(state, stamped, info, reading)) {
      return { kind: "intact", snapshot: stamped, startable };
    }
    const sized = candidates.filter((candidate) => candidate.size === info.size);
    if (sized.length === 0) return { kind: "damaged", why: `its size, ${info.size} bytes, is not that of its record` };
    const digest = reading === "quick" ? undefined : readDigest(state, path, info, reading);
    const match = sized.find((candidate) => digest === undefined || candidate.digest === digest);
    if (match === undefined) return { kind: "damaged", why: "its sha256 is not that of its record" };
    return { kind: "intact", snapshot: match, startable };
  } catch (error) {
    if (!(error instanceof FsError)) throw error;
    return error.code === "notFound" ? { kind: "none" } : { kind: "unreadable", why: error.message, error };
  }
}

/** Whether a snapshot whose stamp is the recorded one is read all the same, or was read and has other bytes. */
export function isToBeRead(state: State, { digest, checkedIn }: Snapshot, info: FileInfo, reading: Reading): boolean {
  const learnt = state.learnt(info);
  if (learnt !== undefined) return learnt !== digest;
  if (reading !== "whole") return false;
  if (info.shallow === true) return state.readsReleases;
  const isChecked = checkedIn !== undefined && checkedIn === state.ports.clock.bootId();
  return info.size <= AT_ONCE || !isChecked;
}

function readDigest(state: State, path: string, info: FileInfo, reading: Reading): string {
  if (reading === "changed") return identify(state, path).digest;
  return state.learnt(info) ?? readWhole(state, path).digest;
}

/**
 * If a promotion was killed, finds out which snapshot last-good is, and corrects the record in memory. A record that was
 * corrupt is made anew from last-good.
 */
export function recoverRecord(state: State): void {
  if (state.lostRecord) return recordLastGood(state);
  if (state.record.incoming === undefined) return;
  const check = checkLastGood(state);
  const { incoming, ...record } = state.record;
  const isIncoming = check.kind === "intact" && check.snapshot === incoming;
  state.record = isIncoming ? { ...record, lastGood: incoming } : record;
}

function recordLastGood(state: State): void {
  const path = lastGoodPath(state.exe);
  if (checkLastGood(state).kind !== "intact") return;
  try {
    const { digest, info } = identify(state, path);
    const known = { version: versionOfDigest(digest), digest, size: info.size, proven: true, path };
    const stamp = stampOfSame(state, path, info);
    state.writeRecord({ ...state.record, lastGood: { ...known, stamp, takenAt: state.now() } });
    state.ports.log("warn", `The record of ${state.exe} was corrupt: last-good ${known.version} was recorded anew`);
  } catch (error) {
    if (!(error instanceof FsError)) throw error;
    state.ports.log("warn", `Cannot record last-good anew: ${error.message}; the next boot tries again`);
  }
}

/** True when last-good and the program are hard links to one file. */
export function sharesLastGood(state: State): boolean {
  const { fs } = state.ports;
  try {
    return fs.info(state.exe).inode === fs.info(state.lastGood).inode;
  } catch (error) {
    if (error instanceof FsError && error.code === "notFound") return false;
    throw error;
  }
}

/**
 * Gives last-good its own file when it is a hard link to the program: an updater that overwrites the program in place
 * would destroy last-good, too. A generation with the same bytes is used if there is one; else last-good is copied,
 * a file above 64 MiB only with `anySize`.
 */
export function unshareLastGood(state: State, options: { anySize?: boolean } = {}): void {
  const { fs } = state.ports;
  const target = state.lastGood;
  const { lastGood } = state.record;
  const temp = tempPath(state.exe, "restore");
  try {
    const info = fs.info(target);
    const digest = lastGood?.digest ?? fs.digest(target);
    const spare = findSpare(state, digest, info.inode);
    if (spare !== undefined) {
      fs.rename(spare.path, target);
    } else if (options.anySize === true || info.size <= AT_ONCE) {
      copyChecked(fs, target, temp, digest);
      fs.rename(temp, target);
    } else {
      return;
    }
    fs.syncDirectory(directoryOf(target));
    if (lastGood !== undefined) {
      const stamp = stampAt(state, target);
      state.writeRecord({ ...state.record, ...liveRecord(state, digest, info), lastGood: { ...lastGood, stamp } });
    }
  } catch (error) {
    discard(state, temp);
    state.ports.log(
      "warn",
      `Cannot make ${target} a separate copy: ${(error as Error).message}; it is still a hard link to the program`,
    );
  }
}
