/** Where releases lie, and what is beside them. @module */
import { SentinelError } from "../../errors.ts";
import { type Fs, FsError } from "../../fs_port.ts";
import { shellWord } from "../../shell_word.ts";
import { directoryOf, fileIn, isGenerationName, lastGoodPath, nameOf } from "../../state/paths.ts";
import { namesIn } from "../../state/state_files.ts";

const OWN = ".boot-sentinel-";
const HALF_MADE = `${OWN}tmp-`;
const PINNED = `${OWN}pinned-`;

/** Whether a name beside the releases is one of boot-sentinel's own. */
export function isOwnName(name: string): boolean {
  return name.startsWith(OWN);
}

/** A new name for a release that is not whole: yet, or any more. */
export function halfMadePath(home: string): string {
  return fileIn(home, `${HALF_MADE}${crypto.randomUUID().slice(0, 8)}`);
}

/** Whether a name is a {@link halfMadePath}. */
export function isHalfMade(name: string): boolean {
  return name.startsWith(HALF_MADE);
}

/** What a release that was made here held then. */
export function manifestPath(root: string): string {
  return fileIn(directoryOf(root), `${OWN}${nameOf(root)}.manifest`);
}

/** Says which directory was made here under that name: see {@link isMadeHere}. */
export function madePath(root: string): string {
  return fileIn(directoryOf(root), `${OWN}${nameOf(root)}.made`);
}

/** What an inode may take in that file. */
const MADE_LIMIT = 200;

/** Notes that a directory, which is about to be renamed to `root`, was made here. */
export function noteMade(fs: Fs, root: string, directory: string): void {
  fs.create(madePath(root), new TextEncoder().encode(fs.info(directory).inode), 0o644);
}

/** Whether a release was made here and may be removed here, and is not another directory that got its name since. */
export function isMadeHere(fs: Fs, root: string): boolean {
  try {
    if (fs.linkTarget(root) !== undefined || fs.linkTarget(madePath(root)) !== undefined) return false;
    return new TextDecoder().decode(fs.read(madePath(root), MADE_LIMIT)) === fs.info(root).inode;
  } catch {
    return false;
  }
}

/** Removes what is noted of a release. */
export function removeMarks(fs: Fs, root: string): void {
  for (const path of [madePath(root), manifestPath(root), originPath(root)]) fs.remove(path);
}

/**
 * A lock of all services whose releases lie there: `shared` while one is put there that no link leads to yet, `exclusive`
 * while some are removed.
 */
export function homeLock(home: string): string {
  return fileIn(home, `${OWN}lock`);
}

/** Where `--pin` keeps a copy of a release. */
export function pinnedPath(home: string, digest: string): string {
  return fileIn(home, `${PINNED}${digest.slice(0, 12)}`);
}

/** Whether a name is that of a {@link pinnedPath}. */
export function isPinned(name: string): boolean {
  return new RegExp(`^${PINNED}[0-9a-f]{12}$`).test(name);
}

/** Says which release a pinned one is a copy of: its name and its stamp. */
export function originPath(pinned: string): string {
  return `${pinned}.origin`;
}

/** The name of the release that a {@link manifestPath} or an {@link originPath} is about; `undefined`: it is neither. */
export function releaseOfMark(name: string): string | undefined {
  if (name.endsWith(".origin") && isPinned(name.slice(0, -".origin".length))) return name.slice(0, -".origin".length);
  return isOwnName(name) ? /^(.+)\.(manifest|made)$/.exec(name.slice(OWN.length))?.[1] : undefined;
}

/** The directory that a link leads to, or led to before it was removed. */
export function releaseBehind(fs: Fs, link: string): string {
  const target = fs.linkTarget(link);
  if (target === undefined) {
    throw new SentinelError(
      "missing",
      `Cannot find a release: ${link} is no link; nothing was changed; make it one: ` +
        `ln -s releases/VERSION ${shellWord(link)}, or for a plain directory: boot-sentinel adopt ${shellWord(link)}`,
    );
  }
  const root = target.startsWith("/") ? target : `${directoryOf(link)}/${target}`;
  try {
    return fs.resolve(root);
  } catch (error) {
    if (!(error instanceof FsError) || error.code !== "notFound") throw error;
    return fileIn(fs.resolve(directoryOf(root)), nameOf(root));
  }
}

/** The links to last-good and to older builds beside a guarded one. A kept build that is a file is no link. */
export function keptReleases(fs: Fs, guard: string): string[] {
  const folder = directoryOf(guard);
  const older = namesIn(fs, folder).filter((name) => isGenerationName(guard, name)).map((name) => fileIn(folder, name));
  return [lastGoodPath(guard), ...older].filter((path) => fs.linkTarget(path) !== undefined);
}

/**
 * The directory in which the releases lie: that of the live one, or, while its link is missing, of last-good.
 *
 * @throws {SentinelError} No link tells it.
 */
export function releasesHome(fs: Fs, guard: string): string {
  const isLink = fs.linkTarget(guard) !== undefined;
  return directoryOf(releaseBehind(fs, isLink ? guard : keptReleases(fs, guard)[0] ?? guard));
}
