/**
 * A release as a build: a link, such as `current`, that leads to a directory. This file system shows the link as a file
 * whose content is all that is in the directory. So it shows its other names beside it (last-good, older builds), and
 * the directories of other releases, which lie beside the live one. To copy such a file or to give it a second name is
 * to make one more link to the directory; to replace it is to rename a link. So everything that holds for a program
 * that is one file holds for a release, whatever its size.
 *
 * @module
 */
import { type Copied, type FileInfo, type Fingerprint, type Fs, FsError } from "../../fs_port.ts";
import { directoryOf, isTempName, nameOf } from "../../state/paths.ts";
import { resolveOrSelf } from "../../state/state_files.ts";

/** How many files a release may have. */
export const MOST_FILES = 500_000;

/** Whether a path is a link that leads to a directory. */
export function leadsToRelease(fs: Fs, path: string): boolean {
  try {
    const { link, kind } = fs.info(path);
    return link && kind === "directory";
  } catch {
    return false;
  }
}

/** The file system in which the link at `guard` is a file. Other paths are those of `inner`. */
export function releaseFs(inner: Fs, guard: string): Fs {
  const folder = directoryOf(guard);
  const realFolder = resolveOrSelf(inner, folder);
  const base = nameOf(guard);
  const own = `${realFolder}/${base}`;

  /** One of the names of builds. */
  function isName(path: string): boolean {
    const name = nameOf(path);
    return (name === base || name.startsWith(`${base}.`)) && [folder, realFolder].includes(directoryOf(path));
  }

  /** The directory that a name leads to, or that is a release; `undefined`: it is none. */
  function rootOf(path: string): FileInfo | undefined {
    if (!isName(path)) return isBesideLive(path) ? inner.info(path) : undefined;
    const info = inner.info(path);
    return info.link && info.kind === "directory" ? info : undefined;
  }

  /** A directory beside the one of the live release. */
  function isBesideLive(path: string): boolean {
    try {
      const { link, kind } = inner.info(path);
      return !link && kind === "directory" && directoryOf(inner.resolve(path)) === directoryOf(inner.resolve(guard));
    } catch {
      return false;
    }
  }

  function infoOf(path: string, root: FileInfo): FileInfo {
    const { mode, stamp } = root;
    return {
      ...{ link: false, kind: "file", links: 1, mode, stamp },
      // Not empty; how large it is, only a walk can tell.
      size: 1,
      // Two names never share it: whoever writes into one changes the other's directory, but not where it leads.
      inode: nameOf(path),
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
    const root = rootOf(path);
    return root === undefined ? inner.info(path) : infoOf(path, root);
  }

  function fingerprint(path: string): Fingerprint {
    const before = rootOf(path);
    if (before === undefined) return inner.fingerprint(path);
    const { digest } = inner.tree(inner.resolve(path), MOST_FILES);
    if (rootOf(path)?.stamp !== before.stamp) throw new FsError("busy", "read", path, "it is being changed");
    return { digest, info: infoOf(path, before) };
  }

  /** One more link to the directory: it says what the first one says, or else where that leads, as short as it can. */
  function linkAgain(from: string, to: string): void {
    const said = isName(from) ? inner.linkTarget(from) : undefined;
    const root = inner.resolve(from);
    const below = `${realFolder}/`;
    inner.symlink(said ?? (root.startsWith(below) ? root.slice(below.length) : root), to);
  }

  function copy(from: string, to: string, like?: string): Copied {
    if (rootOf(from) === undefined) return inner.copy(from, to, like);
    const { digest, info: source } = fingerprint(from);
    inner.syncTree(inner.resolve(from));
    inner.remove(to);
    linkAgain(from, to);
    return { digest, source, copy: info(to) };
  }

  function link(from: string, to: string): void {
    if (rootOf(from) === undefined) return inner.link(from, to);
    // What becomes last-good is flushed; all other links lead to what was flushed before.
    if (isTempName(own, nameOf(to), ["last-good"])) inner.syncTree(inner.resolve(from));
    linkAgain(from, to);
  }

  function isRelease(path: string): boolean {
    return isName(path) ? leadsToRelease(inner, path) : isBesideLive(path);
  }

  return {
    info,
    fingerprint,
    copy,
    link,
    digest: (path) => isRelease(path) ? fingerprint(path).digest : inner.digest(path),
    resolve: (path) =>
      isName(path) && leadsToRelease(inner, path) ? `${realFolder}/${nameOf(path)}` : inner.resolve(path),
    executable: (path) => isRelease(path) || inner.executable(path),
    replaceFault: (path, dataDir) => inner.replaceFault(path, dataDir, isName(path)),
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
    syncTree: (path) => inner.syncTree(path),
    sameOwner: (one, other) => inner.sameOwner(one, other),
    makeDirectory: (path) => inner.makeDirectory(path),
    removeDirectory: (path) => inner.removeDirectory(path),
    syncDirectory: (path) => inner.syncDirectory(path),
  };
}
