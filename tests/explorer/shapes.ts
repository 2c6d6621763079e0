/** What is guarded in the explorer's machines: a program that is one file, or a release. @module */
import { MemoryFs } from "../../src/system/fs/memory/memory_fs.ts";
import type { Fs } from "../../src/core/ports.ts";
import { build, EXE, flip, layRelease, RELEASES, removeRelease } from "../support/disk/world.ts";
import type { Core } from "./core_under_test.ts";

/** The builds. */
export const BUILDS = ["1", "2"] as const;

const read = new WeakMap<MemoryFs, { readonly at: number; readonly texts: Record<string, string> }>();

/** All files of a disk, each of its states read once. */
export function textsOf(fs: MemoryFs): Record<string, string> {
  const known = read.get(fs);
  if (known?.at === fs.mark()) return known.texts;
  const texts = fs.texts();
  read.set(fs, { at: fs.mark(), texts });
  return texts;
}

/** A kind of what is guarded. */
export interface Shape {
  /** Lays build 1, as it is when all begins. */
  lay(fs: MemoryFs): void;
  /** Where the update to a build lies. It is laid there, and nothing of it is flushed. */
  update(fs: MemoryFs, build: string): string;
  /** A foreign updater puts a build in place: what it leads to is flushed before. */
  replace(fs: MemoryFs, build: string): void;
  /** The file system in which what is guarded is a file. */
  view(core: Pick<Core, "releaseFs">, fs: Fs): Fs;
  /** The build at a path: its name, `none`, or what is there instead. */
  buildAt(fs: MemoryFs, path: string): string;
  /** What only the text of this build, or the path to it, has in it. */
  markOf(build: string): string;
  /** The directories of the releases that are there. */
  roots(fs: MemoryFs): readonly { readonly path: string; readonly isWhole: boolean }[];
  /** The sha256 of each build. */
  readonly digests: readonly string[];
  /** Last-good has to be another file than the program: whoever writes into the one would change the other. */
  readonly hasOwnFile: boolean;
}

/** A program that is one file. */
export const FILE: Shape = {
  lay(fs) {
    fs.put(EXE, build("1"), 0o755);
    for (const one of BUILDS) fs.put(`/up/${one}`, build(one), 0o755);
  },
  update: (_fs, one) => `/up/${one}`,
  replace(fs, one) {
    fs.put("/up/way", build(one), 0o755);
    fs.disk.flush(Number(fs.info("/up/way").inode));
    fs.rename("/up/way", EXE);
    fs.syncDirectory("/app");
  },
  view: (_core, fs) => fs,
  buildAt(fs, path) {
    const text = textsOf(fs)[path];
    if (text === undefined) return "none";
    return BUILDS.find((one) => text === build(one)) ?? `torn ${JSON.stringify(text)}`;
  },
  markOf: build,
  roots: () => [],
  digests: BUILDS.map((one) => {
    const scratch = new MemoryFs();
    scratch.put("/x", build(one));
    return scratch.digest("/x");
  }),
  hasOwnFile: true,
};

/** A link to the directory of a release. A build that somebody removed is laid again when it is wanted. */
export const RELEASE: Shape = {
  lay(fs) {
    layRelease(fs, "1");
    fs.symlink("releases/1", EXE);
  },
  update(fs, one) {
    layWhole(fs, one);
    return `${RELEASES}/${one}`;
  },
  replace(fs, one) {
    layWhole(fs, one);
    fs.syncTree(`${RELEASES}/${one}`);
    fs.syncDirectory(RELEASES);
    fs.remove(`${EXE}-flip`); // what a killed one has left
    flip(fs, one);
    fs.syncDirectory("/app");
  },
  view: ({ releaseFs }, fs) => releaseFs(fs, EXE),
  buildAt(fs, path) {
    const target = fs.linkTarget(path);
    if (target === undefined) return textsOf(fs)[path] === undefined ? "none" : `torn: no link at ${path}`;
    const one = BUILDS.find((name) => target.endsWith(`releases/${name}`));
    if (one === undefined) return `torn: a link to ${target}`;
    return isWhole(fs, one) ? one : "none";
  },
  markOf: (one) => `releases/${one}`,
  roots: (fs) =>
    BUILDS.filter((one) => isThere(fs, one)).map((one) => ({
      path: `${RELEASES}/${one}`,
      isWhole: isWhole(fs, one),
    })),
  digests: BUILDS.map((one) => {
    const scratch = new MemoryFs();
    return scratch.tree(layRelease(scratch, one), 10).digest;
  }),
  hasOwnFile: false,
};

/** Somebody's clean-up: the release that is not live goes. Nothing is removed while the link leads nowhere. */
export function cleanUp(fs: MemoryFs): void {
  const live = fs.linkTarget(EXE);
  for (const one of BUILDS) {
    if (isThere(fs, one) && live !== undefined && !live.endsWith(`/${one}`)) removeRelease(fs, one);
  }
}

/** Whether nothing is missing of a release, and nothing is half removed. */
export function isWhole(fs: MemoryFs, one: string): boolean {
  return isThere(fs, one) && fs.tree(`${RELEASES}/${one}`, 10).digest === RELEASE.digests[BUILDS.indexOf(one as "1")];
}

function layWhole(fs: MemoryFs, one: string): void {
  if (isWhole(fs, one)) return;
  if (isThere(fs, one)) removeRelease(fs, one);
  layRelease(fs, one);
}

function isThere(fs: MemoryFs, one: string): boolean {
  return fs.entries(RELEASES).some(({ name }) => name === one);
}
