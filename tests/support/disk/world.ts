/** A guarded program in memory: builds with names, and a sentinel over any file system. @module */
import assert from "node:assert/strict";
import { type CoreOptions, CoreSentinel } from "../core_sentinel.ts";
import { releaseFs } from "../../../src/core/builds/release/release_fs.ts";
import type { Fs, Ports } from "../../../src/core/ports.ts";
import type { MemoryFsOptions } from "../../../src/system/fs/memory/memory_files.ts";
import { MemoryFs } from "../../../src/system/fs/memory/memory_fs.ts";
import { memoryPorts } from "../../../src/system/fs/memory/memory_world.ts";

/** The program's path and the state directory, on different directories so that their names sync apart. */
export const EXE = "/app/service";
/** Where the state files live. */
export const DATA = "/state";
/** Where a download lies. */
export const DOWNLOAD = "/tmp/update";

/** The bytes of a build; startable, told apart by its version. */
export function build(version: string): string {
  return `#!build ${version}`;
}

/** Ports over a file system; `log` collects the messages, the clock begins at `start`. */
export function portsOver(fs: Fs, log: string[] = [], start?: number): Ports {
  return { ...memoryPorts(fs, start), log: (_level, message) => log.push(message) };
}

/** The sentinel of {@link EXE} over a file system; its clock begins at `now`. */
export function sentinelOver(
  fs: Fs,
  log?: string[],
  options: Partial<CoreOptions> = {},
  now?: number,
): CoreSentinel {
  return new CoreSentinel({ dataDir: DATA, exe: EXE, ...options }, portsOver(fs, log, now));
}

/** A machine with v1 installed, nothing confirmed. */
export function freshMachine(options: MemoryFsOptions = {}): MemoryFs {
  const fs = new MemoryFs(options);
  fs.put(EXE, build("1"), 0o755);
  fs.put(DOWNLOAD, build("2"), 0o755);
  fs.put("/state/keep", "");
  return fs;
}

/** A machine with v1 confirmed. */
export function confirmedMachine(options: MemoryFsOptions = {}): MemoryFs {
  const fs = freshMachine(options);
  sentinelOver(fs, [], { version: "1", watchBytes: true }).confirmHealthy();
  return fs;
}

/** Where the releases are. */
export const RELEASES = "/app/releases";

/** Lays a release as a deployment tool does, not flushed. Returns its directory. */
export function layRelease(fs: MemoryFs, version: string, root = `${RELEASES}/${version}`): string {
  fs.put(`${root}/main.js`, build(version), 0o755);
  fs.put(`${root}/lib/deep.js`, `deep ${version}`);
  fs.symlink("lib/deep.js", `${root}/link`);
  return root;
}

const manifests = new Map<string, string>();

/** What a release is when it is made. */
function manifestOf(version: string): string {
  const known = manifests.get(version);
  if (known !== undefined) return known;
  const fs = new MemoryFs();
  const { manifest } = fs.tree(layRelease(fs, version), 10);
  manifests.set(version, manifest);
  return manifest;
}

function releaseAt(fs: MemoryFs, path: string): string {
  const root = fs.resolve(path);
  const version = root.slice(root.lastIndexOf("/") + 1);
  assert.equal(fs.tree(root, 10).manifest, manifestOf(version), `${path} leads to no whole release`);
  return version;
}

/** The sentinel of the release that {@link EXE} leads to, as {@link sentinelOver}. */
export function releaseSentinel(
  fs: Fs,
  log?: string[],
  options: Partial<CoreOptions> = {},
  checkFiles = false,
  now?: number,
): CoreSentinel {
  const exe = options.exe ?? EXE;
  return sentinelOver(releaseFs(fs, exe, { checkFiles }), log, { isStarted: false, ...options }, now);
}

/** Flips a link, as `ln -sfn` and deployment tools do: by a rename, not flushed. */
export function flip(fs: MemoryFs, version: string, link = EXE): void {
  fs.symlink(`releases/${version}`, `${link}-flip`);
  fs.rename(`${link}-flip`, link);
}

/** Somebody's clean-up. */
export function removeRelease(fs: MemoryFs, version: string): void {
  const remove = (folder: string) => {
    for (const { name, kind } of fs.entries(folder)) {
      if (kind === "directory") remove(`${folder}/${name}`);
      else fs.remove(`${folder}/${name}`);
    }
    fs.removeDirectory(folder);
  };
  remove(`${RELEASES}/${version}`);
}

/** A machine with release 1 live, nothing confirmed. */
export function freshRelease(options: MemoryFsOptions = {}): MemoryFs {
  const fs = new MemoryFs(options);
  layRelease(fs, "1");
  fs.symlink("releases/1", EXE);
  fs.put("/state/keep", "");
  return fs;
}

/** Swaps in a build. */
export function swapIn(fs: MemoryFs, version: string): void {
  fs.put(DOWNLOAD, build(version), 0o755);
  sentinelOver(fs).swap(DOWNLOAD, version);
}

/**
 * The build at a path: its version, `undefined` for nothing there; throws for what is no whole build. At a link it is
 * the release that it leads to.
 */
export function versionAt(fs: MemoryFs, path: string): string | undefined {
  const text = fs.texts()[path];
  if (text === undefined) return undefined;
  if (text.startsWith("-> ")) return releaseAt(fs, path);
  const version = /^#!build (\d)$/.exec(text)?.[1];
  if (version === undefined) throw new Error(`${path} holds no whole build: ${JSON.stringify(text)}`);
  return version;
}
