/** Drops snapshots of data that nobody goes back to. @module */
import { FsError } from "../fs_port.ts";
import { directoryOf } from "../state/paths.ts";
import type { State } from "../state/state.ts";
import { snapshotPath, tokenIn } from "./snapshot_names.ts";

/**
 * Renames all snapshots of a directory but that of the armed build, also half ones: what has such a name is never used
 * again. Under the lock; it takes no longer for large ones. Never throws.
 */
export function retireSnapshots(state: State, path: string): void {
  for (const { token, stage } of snapshotsBeside(state, path)) {
    const isWanted = stage === undefined && token === state.sentinel?.data?.token;
    if (isWanted || stage === "old") continue;
    const at = snapshotPath(path, token, stage);
    try {
      state.ports.trees?.rename(at, snapshotPath(path, token, "old"));
    } catch (error) {
      told(state, at, error);
    }
  }
}

/** Removes what was retired. It can take long, so it is done without the lock, but for a boot. Never throws. */
export function removeRetired(state: State, path: string): void {
  for (const { token, stage } of snapshotsBeside(state, path)) {
    if (stage !== "old") continue;
    const at = snapshotPath(path, token, "old");
    try {
      state.ports.trees?.remove(at);
    } catch (error) {
      told(state, at, error);
    }
  }
}

type Found = NonNullable<ReturnType<typeof tokenIn>>;

function snapshotsBeside({ ports: { fs, trees }, subject }: State, path: string): Found[] {
  if (trees === undefined) return [];
  try {
    return fs.list(directoryOf(path)).flatMap((name) => tokenIn(name, subject.exe, path) ?? []);
  } catch (error) {
    if (error instanceof FsError) return []; // its folder is missing, or may not be read
    throw error;
  }
}

function told({ ports: { log } }: State, at: string, error: unknown): void {
  if (!(error instanceof FsError)) throw error;
  log("warn", `An old snapshot of data is left at ${at}: ${error.message}; the next update tries again to remove it`);
}
