/**
 * Makes a release of a plain directory: its content moves to `DIR.releases/0`, and `DIR` becomes a link to it. So every
 * path that names something in it, as in a unit, stays right.
 *
 * @module
 */
import { MOST_FILES } from "../../core/manifest.ts";
import { messageOf, SentinelError } from "../../core/errors.ts";
import { type Fs, FsError, type TreeEntry } from "../../core/fs_port.ts";
import { shellWord } from "../../core/shell_word.ts";
import { directoryOf, fileIn, nameOf, sibling } from "../../core/state/paths.ts";
import { isMissing } from "../../core/state/state_files.ts";
import { mountsBelow } from "../../system/process/root_faults.ts";

/** What was done. */
export interface Adopted {
  /** `already`: it was a link to a release before. `completed`: an adoption that was killed, by its last step. */
  readonly kind: "adopted" | "completed" | "already";
  /** The directory that the link leads to. */
  readonly root: string;
  /** What it holds; not known if only the link was missing, or there already. */
  readonly size?: { readonly files: number; readonly bytes: number };
}

/** The layout of an adopted directory. */
interface Layout {
  /** What was the directory, and becomes the link. */
  readonly link: string;
  readonly releases: string;
  readonly root: string;
  /** What the link says. */
  readonly target: string;
}

/**
 * Adopts a directory. A service that runs in it keeps running: nothing in it is changed.
 *
 * Where the file system can exchange two names, one step does it, and each kill leaves the directory or the link. Else
 * there are two steps; after a kill between them the path is missing, and the next call makes the link.
 *
 * @throws {SentinelError | FsError} It cannot be adopted: nothing was changed.
 */
export function adopt(fs: Fs, path: string, os: string): Adopted {
  const layout = layoutOf(path, os);
  try {
    if (fs.linkTarget(path) !== undefined) return alreadyLink(fs, layout);
    if (isMissing(fs, path)) return complete(fs, layout);
    refusePlace(fs, layout);
    refuseContent(fs, path);
    const { files, bytes } = fs.tree(path, MOST_FILES);
    putLink(fs, layout);
    return { kind: "adopted", root: layout.root, size: { files, bytes } };
  } catch (error) {
    if (!(error instanceof FsError)) throw error;
    const next = error.code === "denied" ? `; run this as root, or as the owner of ${directoryOf(path)}` : "";
    throw new FsError(error.code, "adopt", path, `${messageOf(error)}; ${stateOf(fs, layout)}${next}`);
  }
}

/** What a failed adoption has left. */
function stateOf(fs: Fs, { link, root }: Layout): string {
  if (fs.linkTarget(link) !== undefined) return "the link is in place all the same";
  return isMissing(fs, link) ? `its content is in ${root}: repeat the command` : "nothing was changed";
}

function layoutOf(link: string, os: string): Layout {
  const releases = sibling(link, "releases");
  const root = fileIn(releases, "0");
  // Relative, so that the folder of both can be moved or mounted elsewhere. A junction of Windows is absolute.
  return { link, releases, root, target: os === "windows" ? root : `${nameOf(releases)}/0` };
}

function alreadyLink(fs: Fs, { link, root, target, releases }: Layout): Adopted {
  if (isMissing(fs, link) || fs.info(link).kind !== "directory") {
    throw refusal(link, "it is a link that leads to no directory", "see where it should lead");
  }
  // The command that made it may have been killed before it was flushed.
  if (fs.linkTarget(link) === target) flush(fs, { link, releases });
  return { kind: "already", root: fs.linkTarget(link) === target ? root : fs.resolve(link) };
}

/** The directory was moved, and the link is missing: it is made now. */
function complete(fs: Fs, { link, releases, root, target }: Layout): Adopted {
  if (fs.linkTarget(root) !== undefined || isMissing(fs, root) || fs.info(root).kind !== "directory") {
    throw new SentinelError(
      "missing",
      `Cannot adopt ${link}: it does not exist; nothing was changed; name a directory`,
    );
  }
  fs.symlink(target, link);
  flush(fs, { link, releases });
  return { kind: "completed", root };
}

function refusePlace(fs: Fs, { link, releases, root, target }: Layout): void {
  const folder = directoryOf(link);
  const { kind, trusted } = fs.info(link);
  if (kind !== "directory" || folder === link) {
    throw refusal(link, "it is no directory that can be moved", `a file is guarded as it is: --exe ${shellWord(link)}`);
  }
  if (!trusted) {
    const why = "it belongs to a user who does not own the folder that it lies in, and who could replace any release";
    throw refusal(link, why, `give it to the owner of ${folder}; what the service writes belongs elsewhere`);
  }
  for (let path = fs.resolve(link); path !== directoryOf(path); path = directoryOf(path)) {
    const owner = /^(.+)\.releases$/.exec(path)?.[1];
    if (owner === undefined || fs.linkTarget(owner) === undefined) continue;
    throw refusal(link, `it is part of the releases that ${owner} leads to`, `guard the whole: --guard ${owner}`);
  }
  const isStage = fs.linkTarget(root) === target;
  if (!isStage && !isMissing(fs, root)) {
    throw refusal(link, `its place, ${root}, is taken`, `see what it is, and move it away: mv ${shellWord(root)} …`);
  }
  if (!isMissing(fs, releases) && (fs.linkTarget(releases) !== undefined || !fs.info(releases).trusted)) {
    throw refusal(link, `${releases} is a link, or belongs to another user`, "see what it is, and move it away");
  }
  const fault = fs.replaceFault(link, link, true);
  if (fault !== undefined) throw refusal(link, fault.why, fault.advice);
}

/** What would be lost from sight, or lead elsewhere, when the link leads to the next release. */
function refuseContent(fs: Fs, path: string): void {
  const home = deviceOf(fs.info(path));
  const [mounted] = mountsBelow(fs.resolve(path));
  if (mounted !== undefined) {
    throw refusal(path, `${mounted} is a mount point`, "mount it outside of the directory");
  }
  walk("");

  function walk(folder: string): void {
    for (const entry of fs.entries(folder === "" ? path : fileIn(path, folder))) {
      const below = folder === "" ? entry.name : `${folder}/${entry.name}`;
      const refuse = (why: string, advice: string) => refusal(path, `${fileIn(path, below)} ${why}`, advice);
      if (/^\.boot-(sentinel|record)\.json$|\.(last-good|boot-sentinel)$/.test(entry.name)) {
        throw refuse(
          "belongs to a program that is guarded in it",
          "uninstall that service, or move its data directory",
        );
      }
      if (entry.kind === "link") refuseLink(fs, below, entry.target ?? "", refuse);
      if (entry.kind !== "directory") continue;
      if (deviceOf(entry) !== home) {
        throw refuse("is a mount point, or a volume of its own", "mount it outside of the directory");
      }
      walk(below);
    }
  }

  function refuseLink(
    fs: Fs,
    below: string,
    target: string,
    refuse: (why: string, advice: string) => SentinelError,
  ): void {
    if (below === "current" && fs.info(fileIn(path, below)).kind === "directory") {
      throw refuse(`leads to ${target}: these are releases already`, `guard that link: --guard ${path}/current`);
    }
    if (`${target}/`.startsWith(`${nameOf(below)}.releases/`)) {
      throw refuse("is such a link already", "adopt the outer directory before the inner ones");
    }
    if (leavesRoot(below, target)) {
      throw refuse(`leads out of it by a relative way, ${target}, which would lead elsewhere`, "make it absolute");
    }
  }
}

/** Whether a relative link, followed part by part, leaves the directory. */
function leavesRoot(link: string, target: string): boolean {
  if (/^([/\\]|[A-Za-z]:)/.test(target)) return false;
  let depth = link.split("/").length - 1;
  for (const part of target.split("/")) {
    if (part === "..") depth--;
    else if (part !== "" && part !== ".") depth++;
    if (depth < 0) return true;
  }
  return false;
}

function putLink(fs: Fs, { link, releases, root, target }: Layout): void {
  try {
    fs.makeDirectory(releases);
    if (fs.linkTarget(root) !== target) fs.symlink(target, root);
    flush(fs, { link, releases });
    try {
      fs.exchange(link, root);
    } catch (error) {
      if (!(error instanceof FsError) || error.code !== "unsupported") throw error;
      moveInSteps(fs, { link, root, target });
    }
  } catch (error) {
    if (fs.linkTarget(root) === target) fs.remove(root);
    fs.removeDirectory(releases);
    throw error;
  }
  flush(fs, { link, releases });
}

function moveInSteps(fs: Fs, { link, root, target }: Pick<Layout, "link" | "root" | "target">): void {
  fs.remove(root);
  fs.rename(link, root);
  try {
    fs.symlink(target, link);
  } catch (error) {
    fs.rename(root, link);
    throw error;
  }
}

function flush(fs: Fs, { link, releases }: Pick<Layout, "link" | "releases">): void {
  fs.syncDirectory(releases);
  fs.syncDirectory(directoryOf(link));
}

/** The device of a file, as far as its inode tells it. */
function deviceOf({ inode }: Pick<TreeEntry, "inode">): string {
  return inode.slice(0, Math.max(0, inode.indexOf(":")));
}

function refusal(path: string, why: string, advice: string): SentinelError {
  return new SentinelError("nothing", `Cannot adopt ${path}: ${why}; nothing was changed; ${advice}`);
}
