/** Takes a snapshot of the data before a build that is not confirmed starts for the first time. @module */
import { messageOf } from "../errors.ts";
import { FsError } from "../fs_port.ts";
import type { DataSnapshot } from "../state/data_records.ts";
import type { Sentinel } from "../state/schemas.ts";
import type { State } from "../state/state.ts";
import { dataFault, dataPath, keptData, userOfData } from "./data_place.ts";
import { removeRetired, retireSnapshots } from "./drop_data.ts";
import { newToken, snapshotPath } from "./snapshot_names.ts";

/**
 * The snapshot of the data to go back to; taken now, if this is the first boot of the armed build. Never throws: without
 * a snapshot the service starts all the same, and that is said.
 */
export function dataBeforeFirstBoot(state: State): DataSnapshot | undefined {
  const { sentinel, subject } = state;
  if (sentinel === undefined || !isFirstBoot(sentinel)) return sentinel?.data;
  // Of the build before, which was not confirmed either; or this boot was begun before and could not be counted.
  const kept = keptData(state)?.snapshot;
  if (kept !== undefined && kept.of === state.record.lastGood?.digest) return kept;
  if (subject.data === undefined) return undefined;
  try {
    return take(state, sentinel, subject.data.budget);
  } catch (error) {
    state.ports.log(
      "warn",
      `No snapshot of the data in ${subject.data.path} was taken: ${
        messageOf(error)
      }; ${sentinel.version} starts, and ` +
        "a rollback leaves the data as they are then",
    );
    return undefined;
  }
}

/** No program of this arming has run yet, or the data from before it were put back since. */
function isFirstBoot({ boot, attempts, data }: Sentinel): boolean {
  return (boot === undefined && attempts === 0) || data?.aside !== undefined;
}

function take(state: State, sentinel: Sentinel, budget: number): DataSnapshot | undefined {
  const { ports: { trees, log } } = state;
  const path = dataPath(state);
  if (path === undefined || !state.has(path)) return undefined; // there are no data yet
  const fault = dataFault(state, path);
  if (fault !== undefined || trees === undefined) throw new Error(`${fault?.why}; ${fault?.advice}`);
  // Each boot that is cut off while it copies would be followed by one that copies again, and the service never starts.
  const before = sentinel.data;
  if (before !== undefined && state.has(snapshotPath(path, before.token, "new"))) {
    throw new Error("the boot before was cut off while it copied, so this one does not try again");
  }
  const user = userOfData(state, path);
  if (user !== undefined) throw new Error(`${user} is at work with it`);
  retireSnapshots(state, path);
  removeRetired(state, path);

  const token = newToken(state.subject.exe, path);
  const snapshot = { path, token, takenAt: state.now(), of: state.record.lastGood?.digest };
  // First: a snapshot that no state names is never used.
  state.writeSentinel({ ...sentinel, data: snapshot });
  const half = snapshotPath(path, token, "new");
  try {
    const { bytes, isShared, leftOut } = trees.copy(path, half, budget);
    trees.rename(half, snapshotPath(path, token));
    const how = isShared ? "its blocks are shared" : "copied";
    const without = leftOut === 0 ? "" : `, without ${leftOut} sockets, pipes or devices`;
    log(
      "info",
      `Took a snapshot of the data in ${path} (${bytes} bytes, ${how}${without}), from before ${sentinel.version}`,
    );
    return { ...snapshot, bytes };
  } catch (error) {
    discard(state, half);
    throw error;
  }
}

function discard({ ports: { trees } }: State, half: string): void {
  try {
    trees?.remove(half);
  } catch (error) {
    if (!(error instanceof FsError)) throw error; // the next update removes it
  }
}
