/**
 * Which releases are removed: those that were made here and that nothing leads to, but for the newest failed ones, which
 * stay for whoever wants to find out why. What others have made is never removed.
 *
 * @module
 */
import { messageOf } from "../../errors.ts";
import type { Fs, TreeEntry } from "../../fs_port.ts";
import type { LockHandle } from "../../ports.ts";
import { directoryOf, fileIn } from "../../state/paths.ts";
import { knownQuarantine, quarantineEntries } from "../../state/quarantine.ts";
import type { State } from "../../state/state.ts";
import { namesIn } from "../../state/state_files.ts";
import {
  halfMadePath,
  homeLock,
  isHalfMade,
  isMadeHere,
  isPinned,
  manifestPath,
  releaseBehind,
  releaseOfMark,
  releasesHome,
  removeMarks,
} from "./places.ts";

/**
 * Removes the releases that are not needed any more, and what killed commands have left half-made. It takes long, so it
 * is called without the state's lock, but while no other command is at work. Never throws.
 */
export function cleanReleases(state: State): void {
  const { ports: { fs, log, lock }, exe } = state;
  try {
    if (fs.linkTarget(exe) === undefined) return;
    const home = releasesHome(fs, exe);
    // Also the swap of another service, whose releases lie there, too.
    const held: LockHandle[] = [];
    try {
      for (const path of [state.paths.releasesLock, homeLock(home)]) {
        const taken = lock.acquire(path, 0);
        // A swap puts a release there now; or nobody can say so: the next confirm looks again.
        if (typeof taken === "string") return;
        held.push(taken);
      }
      clean(state, home);
    } finally {
      held.forEach((taken) => taken.release());
    }
  } catch (error) {
    log("warn", `Cannot remove older releases: ${messageOf(error)}; the next confirm tries again`);
  }
}

function clean(state: State, home: string): void {
  const { fs, log } = state.ports;
  const found = fs.entries(home);
  for (const { name } of found.filter(({ name }) => isHalfMade(name))) fs.removeTree(fileIn(home, name));
  for (const name of unneeded(state, home, found)) {
    const root = fileIn(home, name);
    // First of all it loses its name: what is removed in part must not look whole.
    const temp = halfMadePath(home);
    fs.rename(root, temp);
    fs.syncDirectory(home);
    removeMarks(fs, root);
    fs.removeTree(temp);
    log("info", `The release ${root} was removed: nothing leads to it any more`);
  }
  // A kill can leave a mark without its release. A later release of that name may be somebody else's.
  const names = new Set(namesIn(fs, home));
  for (const name of names) {
    const of = releaseOfMark(name);
    if (of !== undefined && !names.has(of)) fs.remove(fileIn(home, name));
  }
}

/** The names of the releases to remove. */
function unneeded(state: State, home: string, found: readonly TreeEntry[]): string[] {
  const { fs } = state.ports;
  const directories = found.filter(({ kind, name }) => kind === "directory" && !isHalfMade(name));
  const ours = directories.filter(({ name }) => isPinned(name) || isMadeHere(fs, fileIn(home, name)));
  if (ours.length === 0) return [];
  const needed = [...linkedRoots(fs, directoryOf(state.exe)), ...linkedRoots(fs, home)];
  const free = ours.map(({ name }) => name).filter((name) => !holdsOneOf(fileIn(home, name), needed));
  if (free.length === 0) return [];
  const inUse = runningPlaces(fs);
  const kept = newestFailed(state, home, free);
  return free.filter((name) => !kept.includes(name) && !holdsOneOf(fileIn(home, name), inUse));
}

/** Where the links in a folder lead: last-good, older builds, and what others may have put there. */
function linkedRoots(fs: Fs, folder: string): string[] {
  return fs.entries(folder).filter(({ kind }) => kind === "link").flatMap(({ name }) => {
    try {
      return [releaseBehind(fs, fileIn(folder, name))];
    } catch {
      return []; // it leads nowhere
    }
  });
}

function holdsOneOf(root: string, paths: readonly string[]): boolean {
  return paths.some((path) => path === root || path.startsWith(`${root}/`));
}

/** Where processes run, as far as this user can see it. */
function runningPlaces(fs: Fs): string[] {
  return namesIn(fs, "/proc").filter((name) => /^\d+$/.test(name)).flatMap((pid) =>
    ["cwd", "exe"].flatMap((name) => {
      try {
        return fs.linkTarget(`/proc/${pid}/${name}`) ?? [];
      } catch {
        return []; // it has ended, or is another user's
      }
    })
  );
}

/** The newest failed releases, as many as older builds are kept. */
function newestFailed(state: State, home: string, names: readonly string[]): string[] {
  const { fs } = state.ports;
  const digests = quarantineEntries(knownQuarantine(state)).map(({ digest }) => digest).reverse();
  const place = (name: string) => isPinned(name) ? -1 : digests.indexOf(fs.digest(manifestPath(fileIn(home, name))));
  return names.map((name) => ({ name, at: place(name) })).filter(({ at }) => at >= 0)
    .sort((one, other) => one.at - other.at).slice(0, state.subject.keep).map(({ name }) => name);
}
