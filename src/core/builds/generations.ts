/**
 * Generations: older confirmed builds, kept beside the program under their digests, so that an operator can roll back
 * by more than one version.
 *
 * @module
 */
import { directoryOf, generationPath } from "../state/paths.ts";
import { identify, stampAt, stampOfSame } from "./identity.ts";
import type { Snapshot } from "../state/schemas.ts";
import type { State } from "../state/state.ts";

/** The generations whose files exist, newest first. */
export function generations(state: State): Snapshot[] {
  return (state.record.generations ?? []).filter((generation) => state.has(generation.path));
}

/**
 * Keeps the current last-good as a generation before a new one replaces it. If both have the same bytes, the
 * generation is a second file of that build: {@link unshareLastGood} can use it in place of a copy. The record's
 * `incoming` has to be written before. Returns the generation's path.
 */
export function keepAsGeneration(state: State, incomingDigest: string): string | undefined {
  const { fs } = state.ports;
  const { lastGood } = state.record;
  if (lastGood === undefined || (!lastGood.proven && lastGood.digest !== incomingDigest)) return undefined;
  if (state.subject.keep === 0) return undefined;
  const path = generationPath(state.exe, lastGood.digest);
  let stamp: string | undefined;
  try {
    const file = fs.info(lastGood.path);
    fs.remove(path);
    fs.link(lastGood.path, path);
    // With a stamp the file is trusted without reading it. It gets one only if its bytes are known to be intact.
    stamp = file.stamp === lastGood.stamp ? stampOfSame(state, path, file) : undefined;
    fs.syncDirectory(directoryOf(path));
  } catch {
    return undefined; // last-good is lost, or the file system has no hard links: only one build is kept there
  }
  const others = (state.record.generations ?? []).filter((generation) => generation.digest !== lastGood.digest);
  const { stamp: _, ...kept } = lastGood;
  state.writeRecord({ ...state.record, generations: [{ ...kept, path, stamp }, ...others] });
  return path;
}

/**
 * The generations with the stamp of one of them updated. When last-good was replaced, that generation's file lost a
 * hard link; this changed its ctime, and with the old stamp the next boot would read the whole file.
 */
export function withFreshStamp(state: State, path: string | undefined): readonly Snapshot[] | undefined {
  return state.record.generations?.map((generation) => {
    if (generation.path !== path || generation.stamp === undefined || !state.has(path)) return generation;
    return { ...generation, stamp: stampAt(state, path) };
  });
}

/** A generation with the same bytes (checked) and another inode. */
export function findSpare(state: State, digest: string, inode: string): Snapshot | undefined {
  const { fs } = state.ports;
  return generations(state).find((generation) => {
    if (generation.digest !== digest) return false;
    return fs.info(generation.path).inode !== inode && identify(state, generation.path).digest === digest;
  });
}

/** Removes the generations beyond `keep`, and those that are copies of last-good. Never throws. */
export function pruneGenerations(state: State): void {
  const { fs } = state.ports;
  const older = generations(state).filter((generation) => generation.digest !== state.record.lastGood?.digest);
  const kept = older.slice(0, state.subject.keep);
  try {
    // Also a link to a release that somebody removed.
    for (const generation of state.record.generations ?? []) {
      if (!kept.includes(generation)) fs.remove(generation.path);
    }
    state.writeRecord({ ...state.record, generations: kept });
  } catch (error) {
    state.ports.log("warn", `Cannot remove older builds: ${(error as Error).message}; the next confirm tries again`);
  }
}
