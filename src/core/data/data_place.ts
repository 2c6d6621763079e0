/** Where the data of a service and their snapshot are, and what stands against them. @module */
import { SentinelError } from "../errors.ts";
import { FsError, type ReplaceFault } from "../fs_port.ts";
import type { DataSnapshot } from "../state/data_records.ts";
import { absolutePath, directoryOf, fileIn } from "../state/paths.ts";
import { resolveOrSelf } from "../state/state_files.ts";
import type { State } from "../state/state.ts";
import { isAsideOf, isToken, snapshotPath } from "./snapshot_names.ts";

/** A snapshot that is on disk. */
export interface KeptData {
  readonly snapshot: DataSnapshot;
  /** Where it lies. */
  readonly at: string;
}

/** The snapshot of the data from before the first boot of the armed build, if it is there and whole. */
export function keptData(state: State): KeptData | undefined {
  const snapshot = state.sentinel?.data;
  if (snapshot === undefined || !isToken(snapshot.token)) return undefined;
  const at = snapshotPath(snapshot.path, snapshot.token);
  return state.has(at) ? { snapshot, at } : undefined;
}

/** The directory of the data, links followed: that of the option, or else that of the snapshot. */
export function dataPath(state: State): string | undefined {
  const { subject: { data }, sentinel, ports: { fs } } = state;
  if (data !== undefined) return resolveOrSelf(fs, data.path);
  const path = sentinel?.data?.path;
  return path !== undefined && isBelieved(state, path) ? path : undefined;
}

/**
 * A path that comes from a state file alone is used only where whoever can write the state can rename by himself: else
 * root could be led to the folders of others.
 */
export function isBelieved({ subject: { data }, paths, ports: { fs } }: State, path: string): boolean {
  if (data !== undefined && resolveOrSelf(fs, data.path) === path) return true;
  try {
    return fs.sameOwner(paths.sentinel, fileIn(directoryOf(path), ".boot-sentinel-data"));
  } catch (error) {
    if (error instanceof FsError) return false;
    throw error;
  }
}

/** Why there can be no snapshot of a directory. It exists. */
export function dataFault(state: State, path: string): ReplaceFault | undefined {
  const { ports: { fs, trees, host }, paths, exe, subject } = state;
  if (trees === undefined) {
    const why = host.os === "windows" ? "snapshots of data are not taken on Windows" : "there are no snapshots here";
    return { why, advice: "leave the option --data out, and keep the data with --before-swap" };
  }
  const advice = "name the directory that holds the service's data and nothing else";
  if (path === "/") return { why: "it is the root directory", advice };
  if (fs.info(path).kind !== "directory") return { why: "it is not a directory", advice };
  // Of a release the program's path is a link, which leads to it.
  const target = fs.linkTarget(exe);
  const release = target === undefined ? [] : [absolutePath(directoryOf(exe), target)];
  if (release.some((root) => isBelow(path, root))) {
    return {
      why: "it lies in the release itself",
      advice: "keep the data outside of the releases, which are replaced",
    };
  }
  const held = [exe, resolveOrSelf(fs, subject.exe), state.lastGood, ...release].find((file) => isBelow(file, path));
  if (held !== undefined) return { why: `the program ${held} lies in it`, advice };
  const dir = resolveOrSelf(fs, paths.dir);
  if (isBelow(dir, path)) {
    return { why: `boot-sentinel's own state lies in it (${dir})`, advice: "move that with --data-dir DIR" };
  }
  return trees.fault(path);
}

function isBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

/**
 * Refuses an update whose data could not be kept. A directory that is not there yet holds nothing to be kept.
 *
 * @throws {SentinelError} Nothing was changed.
 */
export function refuseData(state: State): void {
  const path = dataPath(state);
  if (state.subject.data === undefined || path === undefined || !state.has(path)) return;
  const fault = dataFault(state, path);
  if (fault === undefined) return;
  throw new SentinelError(
    "nothing",
    `Cannot update: there can be no snapshot of the data in ${path} (--data): ${fault.why}; nothing is armed; ` +
      fault.advice,
  );
}

/**
 * A process that works with the data or runs the program: they are neither copied nor moved then.
 *
 * @throws {FsError} That cannot be found out.
 */
export function userOfData(state: State, path: string): string | undefined {
  const { processes, clock, trees } = state.ports;
  const { instances = {}, bootId } = state.sentinel ?? {};
  const counted = bootId === clock.bootId() ? Object.entries(instances) : [];
  for (const [name, { process: id }] of counted) {
    if (id === undefined || id === processes?.self() || processes?.isAlive(id) !== true) continue;
    return `a boot of ${name === "" ? "the service" : name} (process ${id.split(":")[0]})`;
  }
  // After a kill between the two renames that put the data back, the newer ones lie aside.
  const aside = state.sentinel?.data?.aside;
  const wasMoved = aside !== undefined && isAsideOf(path, aside) && state.has(aside);
  return trees?.userOf(path, state.exe) ?? (wasMoved ? trees?.userOf(aside, state.exe) : undefined);
}
