/**
 * Snapshots: a program is kept under another name, and becomes last-good. Taking one has two steps. To stage it takes as
 * long as a copy takes, and needs no lock; to promote it takes milliseconds, under the lock.
 *
 * @module
 */
import { messageOf, SentinelError } from "../errors.ts";
import { mark } from "../state/marker.ts";
import { keepSpare } from "../state/write_state.ts";
import type { FileInfo, Fingerprint, Fs } from "../fs_port.ts";
import { directoryOf, fileIn, isTempName, lastGoodPath, type Step, tempPath } from "../state/paths.ts";
import type { Member } from "../state/members.ts";
import type { Snapshot } from "../state/schemas.ts";
import type { State } from "../state/state.ts";
import { keepAsGeneration, withFreshStamp } from "./generations.ts";
import { sameFile, Stale, stampOfSame } from "./identity.ts";

/** A build under a temporary name, complete, flushed and identified. */
export interface Staged {
  readonly temp: string;
  readonly digest: string;
  /** The file at the temporary name. */
  readonly info: FileInfo;
  /** The file that it was taken from. */
  readonly source: FileInfo;
}

/**
 * Copies a build to a temporary name. Its sha256 is that of what reached the copy.
 *
 * @param like The file that mode, owner and rights are taken from.
 * @throws {FsError} It cannot be copied; no file is left.
 */
export function stageCopy(state: State, from: string, step: "swap" | "last-good", like?: string): Staged {
  const { fs } = state.ports;
  const temp = tempPath(state.exe, step);
  const { digest, source, copy: info } = fs.copy(from, temp, like);
  state.learn({ digest, info });
  return { temp, digest, info, source };
}

/**
 * Gives a build that is about to be replaced a second name. A file that has other names already is copied, since it can
 * be changed by them.
 *
 * @throws {Stale} Another file is at the path now.
 */
export function stageLeaving(state: State, path: string, build: Fingerprint): Staged {
  const { fs } = state.ports;
  const temp = tempPath(state.exe, "last-good");
  if (build.info.links === 1 && linked(fs, path, temp)) {
    const info = sameFile(state, temp, build.info);
    if (info !== undefined) return { temp, digest: build.digest, info, source: build.info };
    discard(state, temp);
    if (sameFile(state, path, build.info) === undefined) throw new Stale(`${path} was replaced`);
    // An overlay whose layers are on two file systems tells the names of one file apart: it is copied.
  }
  return stageKnown(state, path, build);
}

/**
 * Copies a build that was identified before.
 *
 * @throws {Stale} Another file is at the path now, or it was changed.
 */
export function stageKnown(state: State, path: string, build: Fingerprint): Staged {
  const copy = stageCopy(state, path, "last-good");
  if (copy.digest === build.digest && copy.source.identity === build.info.identity) return copy;
  discard(state, copy.temp);
  throw new Stale(`${path} was replaced or changed`);
}

/** What becomes of a staged build. */
export interface Promotion {
  readonly version: string;
  readonly proven: boolean;
  /** The number of the arming that this snapshot confirms. */
  readonly arming?: number | undefined;
  /** The files that go and come back with it. */
  readonly members: readonly Member[] | undefined;
  /** It was copied from the program, which stays in place. */
  readonly isLive: boolean;
}

/**
 * Makes a staged build the last-good. The previous one, if it was confirmed, becomes a generation.
 *
 * @throws {Stale} Another file is at the temporary name.
 * @throws {FsError} The previous last-good is unchanged.
 */
export function promote(
  state: State,
  staged: Staged,
  { version, proven, arming, members, isLive }: Promotion,
): void {
  const { fs } = state.ports;
  const path = lastGoodPath(state.exe);
  const { temp, digest, info } = staged;
  if (sameFile(state, temp, info) === undefined) throw new Stale(`${temp} was replaced`);
  keepSpare(fs, state.paths.dir);
  const takenAt = state.now();
  const snapshot: Snapshot = { version, digest, proven, arming, members, size: info.size, path, takenAt };
  state.writeRecord({ ...state.record, incoming: { ...snapshot, stamp: stampOfSame(state, temp, info) } });
  const kept = keepAsGeneration(state, digest);
  fs.rename(temp, path);
  fs.syncDirectory(directoryOf(path));
  const { incoming: _, ...record } = { ...state.record, generations: withFreshStamp(state, kept) };
  markElsewhere(state);
  const checkedIn = state.ports.clock.bootId();
  state.writeRecord({
    ...record,
    ...(isLive ? liveRecord(state, staged.digest, staged.source) : {}),
    lastGood: { ...snapshot, checkedIn, stamp: stampOfSame(state, path, info) },
  });
}

function markElsewhere({ ports, exe, subject: { dataDir } }: State): void {
  try {
    mark(ports.fs, exe, dataDir);
  } catch (error) {
    const text = `Cannot say beside ${exe} where its state is: ${messageOf(error)}; give --data-dir with every command`;
    ports.log("warn", text);
  }
}

/** What the record says of the live build. Without a stamp the next boot reads the program. */
export function liveRecord(state: State, digest: string, file: FileInfo): Pick<State["record"], "live"> {
  const stamp = stampOfSame(state, state.exe, file);
  return { live: stamp === undefined ? undefined : { digest, stamp } };
}

/** Removes a temporary file. Never throws: the next confirm removes it, too. */
export function discard(state: State, temp: string): void {
  try {
    state.ports.fs.remove(temp);
  } catch { /* the file stays until then */ }
}

/** Removes what was staged and not used. Never throws. */
export function discardStaged(state: State, ...all: readonly (Staged | undefined)[]): void {
  for (const staged of all) if (staged !== undefined) discard(state, staged.temp);
}

/** Removes the temporary files that killed commands have left. Never throws. */
export function removeTemporaries(state: State, steps: readonly Step[]): void {
  for (const path of [state.exe, ...state.subject.members ?? []]) {
    const directory = directoryOf(path);
    try {
      for (const name of state.ports.fs.list(directory)) {
        const temp = fileIn(directory, name);
        const isNeeded = state.record.intent?.members.some(({ stage }) => stage === temp) === true;
        if (isTempName(path, name, steps) && !isNeeded) discard(state, temp);
      }
    } catch { /* a folder that cannot be listed keeps them */ }
  }
}

/** Copies a program and checks the copy's sha256; removes a copy that differs. */
export function copyChecked(fs: Fs, from: string, to: string, digest: string): void {
  if (fs.copy(from, to).digest === digest) return;
  fs.remove(to);
  throw new SentinelError(
    "mismatch",
    `The copy of ${from} differs from it: the copy was removed; check whether another process writes to ${from}`,
  );
}

/** Makes a hard link; false where the file system or the permissions do not allow one. */
export function linked(fs: Fs, from: string, to: string): boolean {
  try {
    fs.link(from, to);
    return true;
  } catch {
    return false;
  }
}
