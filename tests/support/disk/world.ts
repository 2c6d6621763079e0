/** A guarded program in memory: builds with names, and a sentinel over any file system. @module */
import { type CoreOptions, CoreSentinel } from "../core_sentinel.ts";
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

/** Swaps in a build. */
export function swapIn(fs: MemoryFs, version: string): void {
  fs.put(DOWNLOAD, build(version), 0o755);
  sentinelOver(fs).swap(DOWNLOAD, version);
}

/** The build at a path: its version, `undefined` for nothing there; throws for what is no whole build. */
export function versionAt(fs: MemoryFs, path: string): string | undefined {
  const text = fs.texts()[path];
  if (text === undefined) return undefined;
  const version = /^#!build (\d)$/.exec(text)?.[1];
  if (version === undefined) throw new Error(`${path} holds no whole build: ${JSON.stringify(text)}`);
  return version;
}
