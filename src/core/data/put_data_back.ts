/**
 * Puts the data from before a build back, as the first step of its rollback: a program of the older version never starts
 * with the newer data.
 *
 * There are two renames: the data are moved aside, then the snapshot takes their name. After a kill at any point the
 * next boot judges the same build, which is still live, comes here again and does what is left: the snapshot has its own
 * name as long as it was not put back. Only then the program is replaced.
 *
 * @module
 */
import { messageOf, SentinelError } from "../errors.ts";
import { shellWord } from "../shell_word.ts";
import type { PutBackData } from "../state/data_records.ts";
import type { State } from "../state/state.ts";
import { isBelieved, keptData, userOfData } from "./data_place.ts";
import { asidePath, isAsideOf, snapshotPath } from "./snapshot_names.ts";

/** True while a snapshot waits to be put back: then no older program may be started. */
export function awaitsData(state: State): boolean {
  return keptData(state) !== undefined;
}

/**
 * Throws when the data could not be put back now.
 *
 * @throws {SentinelError} Nothing was changed.
 */
export function requirePutBack(state: State): void {
  const kept = keptData(state);
  if (kept === undefined) return;
  const { path } = kept.snapshot;
  const refused = (why: string) =>
    new SentinelError("busy", `Cannot put the data in ${path} back: ${why}; data and program stay as they are`);
  if (state.ports.trees === undefined) throw refused("this system has no snapshots of data");
  if (!isBelieved(state, path)) throw refused(`only the state says so; add --data ${shellWord(path)}`);
  let user: string | undefined;
  try {
    user = userOfData(state, path);
  } catch (error) {
    throw refused(messageOf(error));
  }
  if (user !== undefined) throw refused(`${user} is at work with it; stop the service first`);
}

/**
 * Puts the data back, then the program by `restore`. When that throws, the data are as before.
 *
 * @param from The version that is rolled back.
 */
export function withDataBack<T>(
  state: State,
  from: string,
  restore: () => T,
): { readonly data: PutBackData | undefined; readonly done: T } {
  const data = putDataBack(state, from);
  try {
    return { data, done: restore() };
  } catch (error) {
    if (data !== undefined) undoPutBack(state, data);
    throw error;
  }
}

/**
 * Puts the snapshot of the armed build's data back; the newer ones are moved aside. `undefined`: there is none.
 *
 * @throws {SentinelError | FsError} It could not be put back; it can be tried again.
 */
function putDataBack(state: State, from: string): PutBackData | undefined {
  const { sentinel, ports: { trees, log } } = state;
  const kept = keptData(state);
  if (sentinel?.data === undefined) return undefined;
  if (kept === undefined) {
    const done = dataPutBack(state);
    if (done === undefined) {
      log("warn", `There is no snapshot of the data in ${sentinel.data.path} any more: they are as ${from} left them`);
    }
    return done;
  }
  requirePutBack(state);
  const { snapshot, at } = kept;
  const aside = snapshot.aside !== undefined && isAsideOf(snapshot.path, snapshot.aside)
    ? snapshot.aside
    : asidePath(snapshot.path, from, state.now());
  if (snapshot.aside !== aside) {
    try {
      state.writeSentinel({ ...sentinel, data: { ...snapshot, aside } });
    } catch (error) {
      // Renames need no room. Only after a kill right now nobody would say where the newer data lie.
      log("warn", `Cannot note where the newer data are put: ${messageOf(error)}; they are put at ${aside}`);
    }
  }
  if (state.has(snapshot.path)) trees?.rename(snapshot.path, freeName(state, aside));
  trees?.rename(at, snapshot.path);
  return { path: snapshot.path, aside, takenAt: snapshot.takenAt };
}

/**
 * The program could not be put back: the build that is live goes on with its own data, and the snapshot waits again.
 * Never throws.
 */
export function undoPutBack(state: State, { path, aside }: PutBackData): void {
  const { sentinel, ports: { trees, log } } = state;
  const token = sentinel?.data?.token;
  if (token === undefined || !state.has(aside)) return;
  try {
    trees?.rename(path, snapshotPath(path, token));
    trees?.rename(aside, path);
  } catch (error) {
    log(
      "error",
      `The newer data cannot be moved back from ${aside} to ${path}: ${messageOf(error)}; move them by hand`,
    );
  }
}

/** What was put back by a rollback that is not finished yet. */
export function dataPutBack(state: State): PutBackData | undefined {
  const snapshot = state.sentinel?.data;
  if (snapshot?.aside === undefined || awaitsData(state) || !state.has(snapshot.aside)) return undefined;
  const { path, aside, takenAt } = snapshot;
  return { path, aside, takenAt };
}

/** After a kill between the renames a service manager can have made an empty directory: it is moved aside, too. */
function freeName(state: State, aside: string): string {
  let name = aside;
  for (let next = 2; state.has(name); next++) name = `${aside}.${next}`;
  return name;
}

/** What to say of data that were put back. */
export function putBackText({ path, aside, takenAt }: PutBackData): string {
  return `the data in ${path} are those of ${takenAt} again, and the newer ones lie at ${aside}`;
}
