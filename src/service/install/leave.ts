/** What is left of a service that is no longer guarded: its state and its kept builds. @module */
import { isOwnName } from "../../core/builds/release/places.ts";
import { leadsToRelease } from "../../core/builds/release/release_fs.ts";
import type { Fs } from "../../core/fs_port.ts";
import { markerPath } from "../../core/state/marker.ts";
import { directoryOf, fileIn, isTempName, nameOf, STEPS } from "../../core/state/paths.ts";
import { exists, namesIn, resolveOrSelf } from "../../core/state/state_files.ts";

/** The files that boot-sentinel made for a program, those beside it first. */
export function filesLeft(fs: Fs, exe: string, dataDir: string): string[] {
  return [...filesBeside(fs, exe), ...stateFiles(fs, dataDir)];
}

/** The path of a guarded program or release, links of directories followed. */
export function programOf(fs: Fs, exe: string): string {
  return leadsToRelease(fs, exe) ? fileIn(resolveOrSelf(fs, directoryOf(exe)), nameOf(exe)) : resolveOrSelf(fs, exe);
}

/** The files that boot-sentinel made beside a program. */
export function filesBeside(fs: Fs, exe: string): string[] {
  const program = programOf(fs, exe);
  const folder = directoryOf(program);
  const name = nameOf(program);
  const beside = namesIn(fs, folder).filter((file) =>
    file.startsWith(`${name}.`) &&
      /^\.(last-good|rollback-bak|gen-[0-9a-f]{12})$/.test(file.slice(name.length)) ||
    isTempName(program, file, STEPS)
  ).map((file) => fileIn(folder, file));
  const marker = markerPath(program);
  const releases = leadsToRelease(fs, exe) ? ownBeside(fs, fs.resolve(exe)) : [];
  return [...beside, ...releases, ...exists(fs, marker) ? [marker] : []];
}

/** The files of the state. */
export function stateFiles(fs: Fs, dataDir: string): string[] {
  return namesIn(fs, dataDir).filter((file) => /^\.boot-[\w.-]+$/.test(file)).map((file) => fileIn(dataDir, file));
}

/** What boot-sentinel keeps beside a live release: its marks and copies, but for a copy that is live itself. */
function ownBeside(fs: Fs, root: string): string[] {
  const home = directoryOf(root);
  return namesIn(fs, home).filter(isOwnName).map((name) => fileIn(home, name)).filter((path) => path !== root);
}

/** Removes them, the state's folder as well when it is empty then; returns what could not be removed and why. */
export function removeLeft(fs: Fs, files: readonly string[], dataDir: string): string[] {
  const failures: string[] = [];
  for (const file of files) {
    try {
      fs.removeTree(file);
    } catch (error) {
      failures.push((error as Error).message);
    }
  }
  try {
    fs.removeDirectory(dataDir);
  } catch { /* it holds files of others */ }
  return failures;
}

/** The size of all files together, bytes. */
export function sizeOf(fs: Fs, files: readonly string[]): number {
  return files.reduce((sum, file) => {
    try {
      return sum + fs.info(file).size;
    } catch {
      return sum;
    }
  }, 0);
}
