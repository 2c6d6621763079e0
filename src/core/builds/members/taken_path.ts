/** What a path is already, so that it cannot be a member. @module */
import { FsError } from "../../fs_port.ts";
import { markerPath } from "../../state/marker.ts";
import { directoryOf, fileIn, isBuildName, lastGoodPath, nameOf, rollbackBakPath } from "../../state/paths.ts";
import type { State } from "../../state/state.ts";
import { resolveOrSelf } from "../../state/state_files.ts";
import { isOwnName, releaseBehind } from "../release/places.ts";

/** What a path is already, whichever links lead to it; `undefined`: nothing that is known here. */
export function takenPath(state: State, path: string): string | undefined {
  const real = fileIn(resolveOrSelf(state.ports.fs, directoryOf(path)), nameOf(path));
  return takenAs(state, path) ?? (real === path ? undefined : takenAs(state, real));
}

/** A registered service, and the drop-in of its unit. */
const OWN_FILES = /\/(etc|\.config)\/boot-sentinel\/[^/]+$|\/50-boot-sentinel\.conf$/;

function takenAs(state: State, path: string): string | undefined {
  const { exe, paths: { dir }, subject } = state;
  if ([exe, subject.exe].includes(path)) return "is the guarded program";
  if (isOfBuilds(exe, path)) return `belongs to the builds of ${exe}`;
  const states = [dir, resolveOrSelf(state.ports.fs, dir)];
  if (states.some((folder) => path.startsWith(fileIn(folder, ".boot-")))) return "belongs to the state";
  if (OWN_FILES.test(path) || path.split("/").some(isOwnName)) return "is boot-sentinel's own file";
  const roots = releasesOf(state);
  if ([exe, ...roots].some((root) => path.startsWith(`${root}/`))) return "lies in the release";
  // In the folder of the guarded link itself lie other folders, too.
  const home = roots.map(directoryOf).find((folder) => folder.startsWith(`${directoryOf(exe)}/`));
  return home !== undefined && path.startsWith(`${home}/`) ? `lies among the releases in ${home}` : undefined;
}

/** What lies beside the program: the names of builds, the marker, and what could be that of another program's build. */
function isOfBuilds(exe: string, path: string): boolean {
  if (directoryOf(path) !== directoryOf(exe)) return false;
  return isBuildName(exe, nameOf(path)) || path === markerPath(exe) || path.startsWith(rollbackBakPath(exe)) ||
    /\.gen-[0-9a-f]{12}$/.test(path);
}

/** The directories of the live release, of last-good and of the older ones. */
function releasesOf({ ports: { fs }, exe, record: { generations = [] } }: State): string[] {
  return [exe, lastGoodPath(exe), ...generations.map(({ path }) => path)].flatMap((link) => {
    try {
      return fs.linkTarget(link) === undefined ? [] : [releaseBehind(fs, link)];
    } catch (error) {
      if (error instanceof FsError) return []; // it leads nowhere
      throw error;
    }
  });
}
