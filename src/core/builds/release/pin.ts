/**
 * Pinned releases: a copy of last-good of our own, so that no clean-up by others can take it. No hard links: whoever
 * writes into the live release in place would write into them, too.
 *
 * @module
 */
import { type Fingerprint, type Fs, FsError, type Tree } from "../../fs_port.ts";
import type { Ports } from "../../ports.ts";
import { directoryOf, fileIn, nameOf } from "../../state/paths.ts";
import { exists } from "../../state/state_files.ts";
import type { State } from "../../state/state.ts";
import { MOST_FILES } from "../../manifest.ts";
import { halfMadePath, homeLock, isPinned, originPath, pinnedPath } from "./places.ts";

/** How pinned releases are made and used: with it, last-good is one. */
export interface Pins {
  /**
   * Keeps a copy of a release, complete and flushed, and returns its path.
   *
   * @param info The release's root, as it was when its digest was read.
   * @throws {FsError} It cannot be copied, or is changed meanwhile.
   */
  keep(fs: Fs, root: string, build: Fingerprint): string;
  /** The release that a pinned one is a copy of, if it is still there, and whole by its stamp. */
  origin(fs: Fs, pinned: string): string | undefined;
  /** Whether a path is that of a pinned release. */
  has(path: string): boolean;
}

/** Whether last-good is to be a pinned copy, and is a link to the release itself: it was taken without `--pin`. */
export function lacksPin({ subject, ports: { fs }, lastGood }: State): boolean {
  const target = subject.pin === true ? fs.linkTarget(lastGood) : undefined;
  return target !== undefined && !isPinned(nameOf(target));
}

/** How long a copy waits while older releases are removed. After that it is made all the same. */
const REMOVAL_MS = 2_000;

/** The pins that say when a copy was made, which takes room and time. */
export function pins({ log, lock }: Pick<Ports, "log" | "lock">): Pins {
  return {
    has: (path) => isPinned(nameOf(path)),
    origin: originOf,
    keep(fs, root, build) {
      const home = directoryOf(root);
      const pinned = pinnedPath(home, build.digest);
      const held = lock.acquire(homeLock(home), REMOVAL_MS, "shared");
      try {
        if (!isWhole(fs, pinned, build.digest)) {
          const { files, bytes } = copyTo(fs, root, pinned, build.digest);
          const size = `${files} files with ${bytes} bytes, unless the file system shares their blocks`;
          log("info", `Last-good is pinned: ${pinned} is a copy of ${size}`);
        }
        noteOrigin(fs, pinned, root, build);
      } finally {
        if (typeof held !== "string") held.release();
      }
      return pinned;
    },
  };
}

/** What a file with the origin of a pinned release may hold. */
const ORIGIN_LIMIT = 1024;

function isWhole(fs: Fs, pinned: string, digest: string): boolean {
  return exists(fs, pinned) && fs.tree(pinned, MOST_FILES).digest === digest;
}

function copyTo(fs: Fs, root: string, pinned: string, digest: string): Tree {
  const home = directoryOf(root);
  const [temp, damaged] = [halfMadePath(home), halfMadePath(home)];
  fs.copyTree(root, temp);
  const copy = fs.tree(temp, MOST_FILES);
  if (copy.digest !== digest) {
    fs.removeTree(temp);
    throw new FsError("busy", "copy", root, "it is being changed, or the copy is not the same");
  }
  if (exists(fs, pinned)) fs.rename(pinned, damaged);
  fs.rename(temp, pinned);
  fs.removeTree(damaged);
  return copy;
}

/** Without a settled stamp nothing could tell later whether the release itself is still whole. */
function noteOrigin(fs: Fs, pinned: string, root: string, { info }: Fingerprint): void {
  const path = originPath(pinned);
  const { settled, identity, stamp } = fs.info(root);
  const isSame = settled && identity === info.identity;
  if (isSame) fs.create(path, new TextEncoder().encode(`${nameOf(root)}\n${stamp}\n`), 0o644);
  else fs.remove(path);
  fs.syncDirectory(directoryOf(path));
}

function originOf(fs: Fs, pinned: string): string | undefined {
  if (!isPinned(nameOf(pinned))) return undefined;
  try {
    const text = new TextDecoder().decode(fs.read(originPath(pinned), ORIGIN_LIMIT));
    const [name = "", stamp] = text.split("\n");
    if (!/^[^/\\]+$/.test(name) || /^\.\.?$/.test(name)) return undefined;
    const root = fileIn(directoryOf(pinned), name);
    const { kind, stamp: now } = fs.info(root);
    return kind === "directory" && now === stamp ? root : undefined;
  } catch {
    return undefined;
  }
}
