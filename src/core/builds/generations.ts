/**
 * Older proven builds, kept by digest beside the program so that an operator can go further back.
 *
 * @module
 */
import { directoryOf, sibling } from "../state/paths.ts";
import type { Snapshot } from "../state/schemas.ts";
import type { State } from "../state/state.ts";

/** The generations whose files are there, newest first. */
export function generations(state: State): Snapshot[] {
  return (state.record.generations ?? []).filter((generation) => state.has(generation.path));
}

/**
 * Keeps the present last-good as a generation before another takes its name. Of the same bytes it is a spare: a
 * second file of one build, so that a restore needs no copy. Called with the record's `incoming` already written.
 * Returns its path.
 */
export function keepAsGeneration(state: State, incomingDigest: string): string | undefined {
  const { fs } = state.ports;
  const { lastGood } = state.record;
  if (lastGood === undefined || (!lastGood.proven && lastGood.digest !== incomingDigest)) return undefined;
  if (state.subject.keep === 0) return undefined;
  const path = sibling(state.exe, `gen-${lastGood.digest.slice(0, 12)}`);
  let stamp: string | undefined;
  try {
    // Only bytes that are known to be those of the record are vouched for; others are read before they are used.
    const known = fs.info(lastGood.path).stamp === lastGood.stamp;
    fs.remove(path);
    fs.link(lastGood.path, path);
    stamp = known ? fs.info(path).stamp : undefined;
    fs.syncDirectory(directoryOf(path));
  } catch {
    return undefined; // lost, or on a file system without hard links, which keeps one build only
  }
  const others = generations(state).filter((generation) => generation.digest !== lastGood.digest);
  const { stamp: _, ...kept } = lastGood;
  state.writeRecord({ ...state.record, generations: [{ ...kept, path, stamp }, ...others] });
  return path;
}

/** The generations with the stamp of one renewed, whose file has just lost its other name to a newer last-good. */
export function restamped(state: State, path: string | undefined): readonly Snapshot[] | undefined {
  return state.record.generations?.map((generation) =>
    generation.path === path && generation.stamp !== undefined && state.has(path)
      ? { ...generation, stamp: state.ports.fs.info(path).stamp }
      : generation
  );
}

/** A file of the same build with an inode of its own, its bytes checked. */
export function spareOf(state: State, digest: string, inode: string): Snapshot | undefined {
  const { fs } = state.ports;
  return generations(state).find((generation) => {
    if (generation.digest !== digest) return false;
    const info = fs.info(generation.path);
    return info.inode !== inode && (info.stamp === generation.stamp || fs.digest(generation.path) === digest);
  });
}

/** Drops what is beyond the budget, and spares of the live build. Never throws. */
export function pruneGenerations(state: State): void {
  const { fs } = state.ports;
  const older = generations(state).filter((generation) => generation.digest !== state.record.lastGood?.digest);
  const kept = older.slice(0, state.subject.keep);
  try {
    for (const generation of generations(state)) {
      if (!kept.includes(generation)) fs.remove(generation.path);
    }
    state.writeRecord({ ...state.record, generations: kept });
  } catch (error) {
    state.ports.log("warn", `Cannot drop older builds: ${(error as Error).message}`);
  }
}
