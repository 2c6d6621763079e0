/**
 * A release as a build: a link, such as `current`, that leads to a directory. This file system shows the link as a file
 * whose content is all that is in the directory. So it shows its other names beside it (last-good, older builds), and
 * the directories of other releases, which lie beside the live one. To copy such a file or to give it a second name is
 * to make one more link to the directory; to replace it is to rename a link. So everything that holds for a program
 * that is one file holds for a release, whatever its size.
 *
 * @module
 */
import { type Copied, type FileInfo, type Fingerprint, type Fs, FsError, type ReplaceFault } from "../../fs_port.ts";
import { directoryOf, fileIn, isBuildName, isTempName, nameOf } from "../../state/paths.ts";
import { shellWord } from "../../shell_word.ts";
import { resolveOrSelf } from "../../state/state_files.ts";
import { MOST_FILES } from "../../manifest.ts";
import type { Pins } from "./pin.ts";
import { keptReleases, releasesHome } from "./places.ts";

/**
 * Whether the path of a guarded build is that of a release. If the link or what it leads to was removed, or a directory
 * stands in its place, the kept builds tell it, also those whose directories were removed.
 */
export function guardsRelease(fs: Fs, path: string): boolean {
  try {
    const { link, kind } = fs.info(path);
    if (kind !== "directory") return false;
    if (link) return true;
  } catch (error) {
    if (!(error instanceof FsError) || error.code !== "notFound") return false;
  }
  return keptReleases(fs, path).length > 0;
}

/** Whether a path is a link that leads to a directory. */
export function leadsToRelease(fs: Fs, path: string): boolean {
  try {
    const { link, kind } = fs.info(path);
    return link && kind === "directory";
  } catch {
    return false;
  }
}

/** How releases are recognised. */
export interface ReleaseOptions {
  /** The stamp of a release covers the sizes and times of all that is in it, which takes a walk. @default false */
  readonly checkFiles?: boolean | undefined;
  /** Last-good is a pinned copy. @default none is */
  readonly pins?: Pins | undefined;
}

/** The file system in which the link at `guard` is a file. Other paths are those of `inner`. */
export function releaseFs(inner: Fs, guard: string, { checkFiles = false, pins }: ReleaseOptions = {}): Fs {
  const folder = directoryOf(guard);
  const realFolder = resolveOrSelf(inner, folder);
  const base = nameOf(guard);
  const own = `${realFolder}/${base}`;

  /** One of the names of builds. */
  function isName(path: string): boolean {
    return isBuildName(own, nameOf(path)) && [folder, realFolder].includes(directoryOf(path));
  }

  /** The directory of a release, which is behind a name or beside the live one; `undefined`: something else is there. */
  function rootOf(path: string, found = inner.info(path)): FileInfo | undefined {
    const isRoot = found.kind === "directory" && (isName(path) ? found.link : !found.link && isBesideLive(path));
    return isRoot ? found : undefined;
  }

  function isBesideLive(path: string): boolean {
    try {
      return directoryOf(inner.resolve(path)) === releasesHome(inner, guard);
    } catch {
      return false;
    }
  }

  function infoOf(path: string, root: FileInfo): FileInfo {
    const { mode } = root;
    let stamp: string | undefined;
    return {
      ...{ link: false, kind: "file", links: 1, mode, shallow: true },
      // That of a directory depends on the file system; how large a release is, only a walk can tell.
      size: 1,
      // Two names never share it: whoever writes into one changes the other's directory, but not where it leads.
      get inode() {
        return isName(path) ? nameOf(path) : root.inode;
      },
      get stamp() {
        return stamp ??= checkFiles ? `${root.stamp}:${inner.treeStamp(inner.resolve(path))}` : root.stamp;
      },
      get identity() {
        return root.identity;
      },
      get settled() {
        return root.settled;
      },
      get trusted() {
        return root.trusted;
      },
    };
  }

  function info(path: string): FileInfo {
    const found = inner.info(path);
    return rootOf(path, found) === undefined ? found : infoOf(path, found);
  }

  function fingerprint(path: string): Fingerprint {
    const before = info(path);
    if (before.shallow !== true) return inner.fingerprint(path);
    const { stamp } = before;
    const { digest } = inner.tree(inner.resolve(path), MOST_FILES);
    if (info(path).stamp !== stamp) throw new FsError("busy", "read", path, "it is being changed");
    return { digest, info: before };
  }

  /**
   * One more link to the directory: it says what the first one says, unless that leads to another link, which somebody
   * may flip; else where it leads, as short as it can.
   */
  function linkAgain(from: string, to: string): void {
    const said = isName(from) ? inner.linkTarget(from) : undefined;
    const isDirect = said !== undefined && inner.linkTarget(targetPath(said)) === undefined;
    if (isDirect) inner.symlink(said, to);
    else linkTo(inner.resolve(from), to);
  }

  function linkTo(root: string, path: string): void {
    const below = `${realFolder}/`;
    inner.symlink(root.startsWith(below) ? root.slice(below.length) : root, path);
  }

  /** Not by `resolve`, which gives a path in a file system in memory a drive letter on Windows. */
  function targetPath(said: string): string {
    return /^([\\/]|[a-z]:)/i.test(said) ? said : fileIn(realFolder, said);
  }

  /** Flushes the directory of a release, and its name. */
  function sync(root: string): void {
    inner.syncTree(root);
    inner.syncDirectory(directoryOf(root));
  }

  function isLastGoodToBe(path: string): boolean {
    return isTempName(own, nameOf(path), ["last-good"]);
  }

  function copy(from: string, to: string, like?: string): Copied {
    if (rootOf(from) === undefined) return inner.copy(from, to, like);
    const { digest, info: source } = fingerprint(from);
    const root = inner.resolve(from);
    if (pins !== undefined && isLastGoodToBe(to) && !pins.has(root)) {
      const pinned = pins.keep(inner, root, { digest, info: source });
      inner.remove(to);
      linkTo(pinned, to);
      return { digest, source, copy: info(to) };
    }
    sync(root);
    inner.remove(to);
    linkAgain(from, to);
    const made = info(to);
    if (made.identity === source.identity) return { digest, source, copy: made };
    inner.remove(to);
    throw new FsError("busy", "copy", from, "it was flipped meanwhile");
  }

  function link(from: string, to: string): void {
    if (rootOf(from) === undefined) return inner.link(from, to);
    const root = inner.resolve(from);
    if (pins !== undefined && isLastGoodToBe(to) && !pins.has(root)) {
      throw new FsError("unsupported", "link", to, "what becomes last-good is copied");
    }
    // What becomes last-good is flushed; all other links lead to what was flushed before.
    if (isLastGoodToBe(to)) sync(root);
    // What is put back runs from the release itself, so that the copy stays out of the service's hands.
    const origin = isTempName(own, nameOf(to), ["restore"]) ? pins?.origin(inner, root) : undefined;
    if (origin === undefined) linkAgain(from, to);
    else linkTo(origin, to);
  }

  function replaceFault(path: string, dataDir: string): ReplaceFault | undefined {
    if (!isName(path)) return inner.replaceFault(path, dataDir);
    if (inner.linkTarget(path) === undefined && isDirectory(path)) {
      return {
        why: `${path} is a directory, and no link to a release`,
        advice: `boot-sentinel adopt ${shellWord(path)}`,
      };
    }
    return inner.replaceFault(path, dataDir, true);
  }

  function isDirectory(path: string): boolean {
    try {
      return inner.info(path).kind === "directory";
    } catch {
      return false;
    }
  }

  function isRelease(path: string): boolean {
    try {
      return rootOf(path) !== undefined;
    } catch {
      return false;
    }
  }

  return {
    info,
    fingerprint,
    copy,
    link,
    digest: (path) => isRelease(path) ? fingerprint(path).digest : inner.digest(path),
    // Also of a link that leads nowhere: it is the name that is guarded.
    resolve: (path) => isName(path) ? `${realFolder}/${nameOf(path)}` : inner.resolve(path),
    executable: (path) => isRelease(path) || inner.executable(path),
    replaceFault,
    read: (path, limit) => inner.read(path, limit),
    list: (path) => inner.list(path),
    create: (path, bytes, mode) => inner.create(path, bytes, mode),
    overwrite: (path, bytes) => inner.overwrite(path, bytes),
    append: (path, line) => inner.append(path, line),
    rename: (from, to) => inner.rename(from, to),
    remove: (path) => inner.remove(path),
    linkTarget: (path) => inner.linkTarget(path),
    symlink: (target, path) => inner.symlink(target, path),
    entries: (path) => inner.entries(path),
    tree: (path, mostFiles) => inner.tree(path, mostFiles),
    treeStamp: (path) => inner.treeStamp(path),
    syncTree: (path) => inner.syncTree(path),
    copyTree: (from, to) => inner.copyTree(from, to),
    removeTree: (path) => inner.removeTree(path),
    exchange: (one, other) => inner.exchange(one, other),
    sameOwner: (one, other) => inner.sameOwner(one, other),
    makeDirectory: (path) => inner.makeDirectory(path),
    removeDirectory: (path) => inner.removeDirectory(path),
    syncDirectory: (path) => inner.syncDirectory(path),
  };
}
