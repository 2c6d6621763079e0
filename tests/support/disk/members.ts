/** A guarded program with members, in memory. @module */
import type { Fs } from "../../../src/core/ports.ts";
import type { MemoryFs } from "../../../src/system/fs/memory/memory_fs.ts";
import type { MemoryFsOptions } from "../../../src/system/fs/memory/memory_files.ts";
import type { CoreSentinel } from "../core_sentinel.ts";
import { DOWNLOAD, EXE, freshMachine, sentinelOver, versionAt } from "./world.ts";

export const TOML = "/etc/app/app.toml";
export const LIMITS = "/etc/systemd/system/app.service.d/limits.conf";
export const MEMBERS = [TOML, LIMITS];
export const SAVED = `${TOML}.boot-sentinel-saved`;
export const NEW = { [TOML]: "/tmp/app.toml", [LIMITS]: "/tmp/limits.conf" };

/** The sentinel of a program with members. */
export function sentinel(fs: Fs, log: string[] = []): CoreSentinel {
  return sentinelOver(fs, log, { members: MEMBERS });
}

/** Version 1 with its configuration, without limits; the files of version 2 were downloaded. */
export function machine(options?: MemoryFsOptions): MemoryFs {
  const fs = freshMachine(options);
  fs.put(TOML, "of 1", 0o640);
  fs.put("/etc/systemd/system/app.service.d/keep", "");
  fs.put("/tmp/app.toml", "of 2");
  fs.put("/tmp/limits.conf", "of 2");
  return fs;
}

/** Version 1 is confirmed. */
export function confirmed(options?: MemoryFsOptions): MemoryFs {
  const fs = machine(options);
  sentinel(fs).confirmHealthy();
  return fs;
}

/** Version 2 was swapped in with its members, and had some boots. */
export function onProbation(boots: number, options?: MemoryFsOptions): MemoryFs {
  const fs = confirmed(options);
  sentinel(fs).swap(DOWNLOAD, "2", { members: NEW });
  for (let boot = 0; boot < boots; boot++) sentinel(fs).boot();
  return fs;
}

/** Somebody edits the configuration. */
export function edited(fs: MemoryFs): MemoryFs {
  fs.put(TOML, "edited", 0o640);
  return fs;
}

/** The versions of the program and of its members. */
export function versions(fs: MemoryFs): string {
  const texts = fs.texts();
  return [versionAt(fs, EXE) ?? "none", texts[TOML] ?? "none", texts[LIMITS] ?? "none"].join(", ");
}

export const OLD = "1, of 1, none";
export const WHOLE = [OLD, "2, of 2, of 2"];
