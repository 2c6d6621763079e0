/** Puts a new release beside the others: the first half of its swap, before the link is flipped. @module */
import {
  halfMadePath,
  isMadeHere,
  manifestPath,
  noteMade,
  releasesHome,
  removeMarks,
} from "../../core/builds/release/places.ts";
import { MOST_FILES } from "../../core/manifest.ts";
import { SentinelError } from "../../core/errors.ts";
import type { Fingerprint, Fs } from "../../core/fs_port.ts";
import { directoryOf, fileIn, nameOf } from "../../core/state/paths.ts";
import { copyTree } from "../../system/trees/copy_tree.ts";
import { textDigest } from "../../system/trees/manifest_text.ts";
import type { TreeLimits } from "../../system/trees/new_tree.ts";
import { removeTree } from "../../system/trees/remove_tree.ts";
import { unpackTree } from "../../system/trees/archives/unpack_tree.ts";
import { namesIn } from "../../core/state/state_files.ts";

/** A release that is to be put in place. */
export interface NewRelease {
  /** A directory, or an archive. */
  readonly file: string;
  readonly version: string;
  readonly maxBytes: number | undefined;
  /** Checks an archive, for example its signature; returns its sha256. */
  readonly verify: ((file: string) => string) | undefined;
  /** Sha256 that an archive must have. */
  readonly sha256: string | undefined;
  /** A file with the manifest that the release must have. */
  readonly manifest: string | undefined;
}

/** A release that lies beside the others. */
export interface PlacedRelease {
  readonly root: string;
  /** The digest of what was written; `undefined`: it lay there before. */
  readonly digest?: string;
  /** Removes it, if it was made here: it was refused. */
  discard(): void;
}

/**
 * Verifies a release and puts it at `releases/VERSION`, complete and flushed. A directory that lies there already, since
 * a deployment tool has put it there, is taken as it is; and so is one that was made here of the same content.
 *
 * @throws {SentinelError} It is refused; nothing was changed.
 */
export async function placeRelease(
  fs: Fs,
  guard: string,
  { file, version, maxBytes, verify, sha256, manifest }: NewRelease,
): Promise<PlacedRelease> {
  const home = releasesHome(fs, guard);
  const isDirectory = isListed(fs, file);
  const source = fs.resolve(file);
  if (isDirectory) refuseUnverified(file, { verify, sha256 });
  if (isDirectory && directoryOf(source) === home) {
    if (manifest !== undefined || maxBytes !== undefined) {
      const tree = fs.tree(source, MOST_FILES);
      if (maxBytes !== undefined && tree.bytes > maxBytes) throw tooLarge(file, tree.bytes, maxBytes);
      if (manifest !== undefined) refuseOtherManifest(fs, tree.manifest, manifest);
    }
    return { root: source, discard() {} };
  }
  const { root, exists } = placeFor(fs, home, version);
  const limits: TreeLimits = {
    maxBytes,
    maxFiles: MOST_FILES,
    specialBits: (path) => hasSpecialBits(fs, fileIn(guard, path)),
  };
  const half = halfMadePath(home);
  let written: string;
  try {
    written = isDirectory
      ? await copyTree(source, half, limits)
      : await unpack(fs, { file, verify, sha256 }, (archive) => unpackTree(archive, half, limits));
    if (manifest !== undefined) refuseOtherManifest(fs, written, manifest);
    if (exists) {
      // A command that was killed before it flipped the link has left it. The swap reads it.
      if (textOf(fs, manifestPath(root)) !== written) throw existsAlready(root);
      removeTree(half);
      return { root, digest: textDigest(written), discard() {} };
    }
    noteMade(fs, root, half);
    fs.create(manifestPath(root), new TextEncoder().encode(written), 0o644);
    fs.rename(half, root);
    fs.syncDirectory(home);
  } catch (error) {
    removeTree(half);
    throw error;
  }
  return {
    root,
    digest: textDigest(written),
    discard() {
      removeTree(root);
      removeMarks(fs, root);
    },
  };
}

function isListed(fs: Fs, path: string): boolean {
  try {
    fs.list(path);
    return true;
  } catch {
    return false;
  }
}

/** A signature and a sha256 are those of an archive: a directory would be taken without any check. */
function refuseUnverified(file: string, { verify, sha256 }: Pick<NewRelease, "verify" | "sha256">): void {
  if (verify === undefined && sha256 === undefined) return;
  const option = verify === undefined ? "--sha256" : "--minisign-key";
  throw new SentinelError(
    "mismatch",
    `Cannot take ${file}: ${option} verifies an archive, and this is a directory; nothing was changed; ` +
      "give the archive, or verify a directory with --manifest alone",
  );
}

function tooLarge(file: string, bytes: number, most: number): SentinelError {
  return new SentinelError(
    "nothing",
    `Cannot take ${file}: it has ${bytes} bytes, and --max-size is ${most}; nothing was changed; allow more`,
  );
}

/** The checks of {@link placeRelease} that need no copy. Returns the release if it lies beside the others already. */
export function checkRelease(fs: Fs, guard: string, release: NewRelease): string | undefined {
  const { file, version } = release;
  const home = releasesHome(fs, guard);
  if (!isListed(fs, file)) verified(fs, release);
  else {
    refuseUnverified(file, release);
    if (directoryOf(fs.resolve(file)) === home) return fs.resolve(file);
  }
  placeFor(fs, home, version);
  return undefined;
}

/** Where a release of that version is put. `exists`: it was made here before. */
function placeFor(fs: Fs, home: string, version: string): { readonly root: string; readonly exists: boolean } {
  const root = fileIn(home, checkedName(version));
  const exists = fs.linkTarget(root) !== undefined || namesIn(fs, home).includes(nameOf(root));
  if (exists && !isMadeHere(fs, root)) throw existsAlready(root);
  return { root, exists };
}

type Archive = Pick<NewRelease, "file" | "verify" | "sha256">;

function refusedArchive(file: string, why: string): SentinelError {
  return new SentinelError("mismatch", `Cannot take ${file}: ${why}; nothing was changed; download it again`);
}

/** The archive as it was when it was verified. */
function verified(fs: Fs, { file, verify, sha256 }: Archive): Fingerprint {
  const before = fs.fingerprint(file);
  if (sha256 !== undefined && sha256.trim().toLowerCase() !== before.digest) {
    throw refusedArchive(file, `it has sha256 ${before.digest}, not ${sha256}`);
  }
  if (verify !== undefined && verify(file) !== before.digest) {
    throw refusedArchive(file, "it changed while it was verified");
  }
  return before;
}

async function unpack(fs: Fs, archive: Archive, act: (archive: string) => Promise<string>): Promise<string> {
  const { file } = archive;
  const before = verified(fs, archive);
  const manifest = await act(file);
  if (fs.info(file).stamp !== before.info.stamp) throw refusedArchive(file, "it changed while it was unpacked");
  return manifest;
}

/** The manifest of a release must be the text of the file `expected`. */
function refuseOtherManifest(fs: Fs, manifest: string, expected: string): void {
  const wanted = textOf(fs, expected);
  if (wanted === manifest) return;
  const line = firstDifference(wanted, manifest);
  throw new SentinelError(
    "mismatch",
    `Cannot take the release: it is not what ${expected} says: ${line}; nothing was changed`,
  );
}

function textOf(fs: Fs, path: string): string {
  return new TextDecoder().decode(fs.read(path, Number.MAX_SAFE_INTEGER));
}

function existsAlready(root: string): SentinelError {
  return new SentinelError(
    "nothing",
    `Cannot make the release ${root}: it exists already; nothing was changed; to take it as it is: swap ${root}, ` +
      "else choose another version or remove it",
  );
}

function firstDifference(wanted: string, found: string): string {
  const [a, b] = [wanted.split("\n"), found.split("\n")];
  const at = a.findIndex((line, i) => line !== b[i]);
  return `line ${at + 1} is "${b[at] ?? ""}", not "${a[at] ?? ""}"`;
}

function hasSpecialBits(fs: Fs, path: string): boolean {
  try {
    return (fs.info(path).mode & 0o7000) !== 0;
  } catch {
    return false;
  }
}

/** A version becomes the name of a directory. */
function checkedName(version: string): string {
  if (/^[\w][\w.+@~-]{0,99}$/.test(version)) return version;
  throw new SentinelError(
    "nothing",
    `Cannot name a release ${version}: its name has letters, digits and .+@~_-; nothing was changed; choose another version`,
  );
}
