/** Makes a directory entry by entry, and nothing outside of it. @module */
import {
  chmodSync,
  constants,
  copyFileSync,
  futimesSync,
  lutimesSync,
  mkdirSync,
  symlinkSync,
  utimesSync,
} from "node:fs";
import type { ManifestEntry } from "../../core/manifest.ts";
import { directoryOf, fileIn } from "../../core/state/paths.ts";
import { calls } from "../fs/calls.ts";
import { type Hasher, sha256 } from "../fs/sha256.ts";
import { isPosix, OPEN, writeAll } from "../fs/files.ts";
import { errnoOf } from "../fs/fs_faults.ts";
import { flushTree } from "./flush_tree.ts";
import { linkFault, type Links } from "./inner_links.ts";
import { manifestText } from "./manifest_text.ts";
import { withRightsIn } from "../linux/owner_rights.ts";
import { quoted, refused, TreeFault } from "./tree_fault.ts";

/** What a tree may hold at most. */
export interface TreeLimits {
  /** The sum of all files' bytes. Without it the disk is the limit. */
  readonly maxBytes?: number | undefined;
  /** The number of files, directories and links. */
  readonly maxFiles: number;
  /** Whether the file at a path (below the tree, parts joined by `/`) may have setuid, setgid and sticky bits. */
  readonly specialBits: (path: string) => boolean;
}

/** Mode and time of an entry. */
export interface Facts {
  /** Permission bits. `undefined`: 0644 for a file, 0755 for a directory. */
  readonly mode?: number | undefined;
  /** When it was written, in seconds since 1970. `undefined`: now. */
  readonly time?: number | undefined;
}

/** A file that is being written. */
export interface NewFile {
  readonly fd: number;
  write(chunk: Uint8Array): void;
  /** Instead of `write`: so many bytes are copied to `fd` by `copy`, which returns the sha256 of the copy. */
  copied(bytes: number, copy: () => string): void;
  /** Gives it its mode and time, and closes it. */
  finish(): void;
}

interface Entry extends Facts {
  readonly kind: "file" | "directory" | "link";
  /** Where a link leads. */
  readonly target?: string;
  /** Of a file. */
  size?: number;
  /** The sha256 of a file. */
  digest?: string;
  /** A directory that no entry told yet, only names below it. */
  readonly implied?: boolean;
}

const SPECIAL = 0o7000;

/**
 * A new directory. Links are made last, when everything else is in its place: so nothing is ever written through one,
 * and where they lead is known. Until then only its owner can look into it.
 */
export class NewTree {
  readonly #entries = new Map<string, Entry>();
  readonly #links: Links = new Map();
  /** Names that Windows takes for the same. */
  readonly #folded = new Set<string>();
  #bytes = 0;
  #open: number | undefined;

  /** Makes the directory `root`, which must not exist. */
  constructor(readonly root: string, readonly limits: TreeLimits) {
    withRightsIn(directoryOf(root), () => mkdirSync(root, { mode: 0o700 }));
    this.#entries.set("", { kind: "directory", implied: true });
  }

  /** A directory. Those above it are made, too. */
  directory(path: string, facts: Facts): void {
    const before = this.#entries.get(path);
    if (before?.implied !== true) this.#add(path, { kind: "directory", ...facts });
    // Special bits of a directory are no rights, but build machines often have them: they are left out.
    const bits = facts.mode !== undefined && this.limits.specialBits(path) ? facts.mode & SPECIAL : 0;
    const mode = facts.mode === undefined ? undefined : (facts.mode & 0o777) | 0o700 | bits;
    this.#entries.set(path, { kind: "directory", ...facts, mode });
    if (before === undefined) this.#creating(path, () => mkdirSync(this.#at(path), { mode: 0o700 }));
  }

  /** A file, to be written at once. */
  file(path: string, facts: Facts): NewFile {
    const entry = this.#addFile(path, facts);
    const fd = this.#creating(path, () => calls().open(this.#at(path), OPEN.new | OPEN.noFollow, 0o600));
    this.#open = fd;
    const count = (bytes: number) => {
      this.#count(bytes, path);
      entry.size = (entry.size ?? 0) + bytes;
    };
    let hash: Hasher | undefined;
    return {
      fd,
      write(chunk) {
        count(chunk.length);
        writeAll(fd, chunk);
        (hash ??= sha256()).update(chunk);
      },
      copied(bytes, copy) {
        count(bytes);
        entry.digest = copy();
      },
      finish: () => {
        withRightsIn(this.root, () => {
          // Not by open(), where the umask applies.
          if (isPosix) calls().fchmod(fd, modeOf("file", entry));
          if (entry.time !== undefined) futimesSync(fd, entry.time, entry.time);
        });
        entry.digest ??= (hash ?? sha256()).digest("hex");
        this.#open = undefined;
        calls().close(fd);
      },
    };
  }

  /** A file with the content of an earlier one: a hard link becomes a file of its own. */
  copy(path: string, of: string, facts: Facts): void {
    const original = this.#entries.get(of);
    if (original?.kind !== "file") throw refused(path, `is a hard link to ${quoted(of)}, which is no file before it`);
    const entry = this.#addFile(path, facts);
    entry.size = original.size ?? 0;
    entry.digest = original.digest ?? "";
    this.#count(entry.size, path);
    this.#creating(path, () => {
      const { COPYFILE_EXCL, COPYFILE_FICLONE } = constants;
      copyFileSync(this.#at(of), this.#at(path), COPYFILE_EXCL | COPYFILE_FICLONE);
      if (isPosix) chmodSync(this.#at(path), modeOf("file", entry));
      if (entry.time !== undefined) utimesSync(this.#at(path), entry.time, entry.time);
    });
  }

  /** A symbolic link. It is checked and made by {@link NewTree.finish}. */
  link(path: string, target: string, facts: Facts): void {
    this.#add(path, { kind: "link", target, time: facts.time });
    this.#links.set(folded(path), folded(target));
  }

  /**
   * Makes the links, gives the directories their modes and times, and flushes everything.
   *
   * @returns The manifest of what was written.
   */
  finish(): string {
    if (this.#entries.size === 1) throw new TreeFault("it holds nothing", "name the one with the release");
    for (const [path, { target }] of this.#entries) {
      const fault = target === undefined ? undefined : linkFault(this.#links, folded(path), folded(target));
      if (fault !== undefined) throw refused(path, `is a link to ${quoted(target ?? "")}, ${fault}`);
    }
    withRightsIn(this.root, () => {
      // From the last to the first: what is made in a directory changes its time.
      const entries = [...this.#entries].reverse();
      for (const [path, { kind, target = "", time }] of entries) {
        if (kind === "link") this.#makeLink(path, target, time);
      }
      for (const [path, entry] of entries) {
        const { kind, time } = entry;
        if (kind !== "directory") continue;
        if (isPosix) chmodSync(this.#at(path), modeOf(kind, entry));
        if (time !== undefined) utimesSync(this.#at(path), time, time);
      }
    });
    flushTree(this.root);
    return this.#manifest();
  }

  #manifest(): string {
    const found: ManifestEntry[] = [];
    for (const [path, entry] of this.#entries) {
      const { kind, target, size = 0, digest } = entry;
      if (path !== "") found.push({ path, kind, mode: isPosix ? modeOf(kind, entry) : 0, target, size, digest });
    }
    return manifestText(found);
  }

  /** Closes what is open, before the tree is removed. */
  close(): void {
    if (this.#open !== undefined) calls().close(this.#open);
    this.#open = undefined;
  }

  #makeLink(path: string, target: string, time: number | undefined): void {
    symlinkSync(target, this.#at(path));
    if (isPosix && time !== undefined) lutimesSync(this.#at(path), time, time);
  }

  #addFile(path: string, facts: Facts): Entry {
    const special = (facts.mode ?? 0) & SPECIAL;
    if (special !== 0 && !this.limits.specialBits(path)) {
      const advice = "make it again without setuid, setgid and sticky bits";
      throw new TreeFault(`${quoted(path)} has the mode ${facts.mode?.toString(8)}, with special bits`, advice);
    }
    const entry: Entry = { kind: "file", ...facts };
    this.#add(path, entry);
    return entry;
  }

  #add(path: string, entry: Entry): void {
    if (this.#entries.has(path) || this.#folded.has(folded(path))) throw refused(path, "is there twice");
    this.#addParent(path);
    const { maxFiles } = this.limits;
    // The tree itself is not counted.
    if (this.#entries.size > maxFiles) {
      throw new TreeFault(
        `it has more than ${maxFiles} files, directories and links`,
        "raise the limit if it is right",
      );
    }
    if (!isPosix) this.#folded.add(folded(path));
    this.#entries.set(path, entry);
  }

  #addParent(path: string): void {
    const parent = path.slice(0, Math.max(0, path.lastIndexOf("/")));
    const above = this.#entries.get(parent);
    if (above === undefined) {
      this.#add(parent, { kind: "directory", implied: true });
      this.#creating(parent, () => mkdirSync(this.#at(parent), { mode: 0o700 }));
    } else if (above.kind !== "directory") {
      throw refused(path, `lies below ${quoted(parent)}, which is a ${above.kind}`);
    }
  }

  /** A file system may take two names for one (letter case, Unicode forms): then the second one exists. */
  #creating<T>(path: string, create: () => T): T {
    try {
      return withRightsIn(this.root, create);
    } catch (error) {
      if (errnoOf(error) === "EEXIST") throw refused(path, "has the name of another entry on this file system");
      throw error;
    }
  }

  #count(bytes: number, path: string): void {
    this.#bytes += bytes;
    const { maxBytes = Infinity } = this.limits;
    if (this.#bytes <= maxBytes) return;
    throw new TreeFault(
      `it has more than ${maxBytes} bytes (the limit was reached in ${quoted(path)})`,
      "raise the limit if it is right",
    );
  }

  #at(path: string): string {
    return path === "" ? this.root : fileIn(this.root, path);
  }
}

/** The name by which the system finds an entry: Windows knows no letter case. */
function folded(path: string): string {
  return isPosix ? path : path.toUpperCase();
}

function modeOf(kind: Entry["kind"], { mode = kind === "directory" ? 0o755 : 0o644 }: Facts): number {
  return mode & 0o7777;
}
