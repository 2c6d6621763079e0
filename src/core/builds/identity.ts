/**
 * Which build a file holds. A program can be replaced at any moment by somebody who takes no lock, so what is known of a
 * file is compared with the file again after each step that used it.
 *
 * @module
 */
import type { FileInfo, Fingerprint } from "../fs_port.ts";
import type { Snapshot } from "../state/schemas.ts";
import type { State } from "../state/state.ts";

/** What was found out before the lock was taken does not hold any more. Caught by the command, which starts again. */
export class Stale extends Error {
  override readonly name = "Stale";
}

/**
 * The build at a path: its sha256, and the file that has it. The file is read only if its stamp is not a recorded one.
 *
 * @throws {FsError} It cannot be read, or is being written.
 */
export function identify(state: State, path: string): Fingerprint {
  const info = state.ports.fs.info(path);
  const digest = knownDigest(state, info);
  return digest === undefined ? readWhole(state, path) : { digest, info };
}

/**
 * The same, read whatever is recorded of it.
 *
 * @throws {FsError} It cannot be read, or is being written.
 */
export function readWhole(state: State, path: string): Fingerprint {
  const read = state.ports.fs.fingerprint(path);
  state.learn(read);
  return read;
}

/** The sha256 that is recorded for a file, or that this command has computed. */
export function knownDigest(state: State, info: FileInfo): string | undefined {
  const learnt = state.learnt(info);
  if (learnt !== undefined) return learnt;
  if (info.shallow === true && state.readsReleases) return undefined;
  const { record: { live, lastGood, generations = [] }, sentinel } = state;
  return [live, sentinel, lastGood, ...generations].find((known) => known?.stamp === info.stamp)?.digest;
}

/**
 * Takes the stamp of a build out of the state when it has other bytes than that says: something in a release was changed.
 * Then the next boot reads it.
 */
export function forgetStamp(state: State, { digest, info: { stamp } }: Fingerprint): void {
  const isWrong = (known: { readonly stamp?: string | undefined; readonly digest?: string | undefined } | undefined) =>
    known?.stamp === stamp && known.digest !== digest;
  const { sentinel, record } = state;
  const { live, lastGood, generations } = record;
  if (sentinel !== undefined && isWrong(sentinel)) state.writeSentinel({ ...sentinel, stamp: undefined });
  if (![live, lastGood, ...(generations ?? [])].some(isWrong)) return;
  const corrected = (known: Snapshot) => isWrong(known) ? { ...known, stamp: undefined } : known;
  state.writeRecord({
    ...record,
    live: isWrong(live) ? undefined : live,
    lastGood: lastGood && corrected(lastGood),
    generations: generations?.map(corrected),
  });
}

/** The file at a path, if it is that one: the same inode with the same size and mtime. */
export function sameFile(state: State, path: string, as: FileInfo): FileInfo | undefined {
  try {
    const now = state.ports.fs.info(path);
    return now.identity === as.identity ? now : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The stamp by which a file is recognised at the next boot without reading it. `undefined` if there is no such stamp:
 * another file is there now, or the file is so young that another write could leave the same stamp.
 */
export function stampOfSame(state: State, path: string, as: FileInfo): string | undefined {
  const now = sameFile(state, path, as);
  return now?.settled === true ? now.stamp : undefined;
}

/** The same of the file that is at the path now; `undefined` also if there is none. Throws {@link FsError}. */
export function stampAt(state: State, path: string): string | undefined {
  return state.has(path) ? stampOfSame(state, path, state.ports.fs.info(path)) : undefined;
}
