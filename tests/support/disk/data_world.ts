/** A guarded program with data, in memory. @module */
import { BootSentinel } from "../../../mod.ts";
import { boot } from "../../../src/core/gate/boot.ts";
import type { BootOutcome } from "../../../src/core/gate/outcome.ts";
import type { Fs } from "../../../src/core/ports.ts";
import { subjectOf } from "../../../src/core/sentinel_options.ts";
import { State } from "../../../src/core/state/state.ts";
import type { MemoryFs } from "../../../src/system/fs/memory/memory_fs.ts";
import { type MemoryData, memoryData } from "./memory_data.ts";
import { build, confirmedMachine, DATA, DOWNLOAD, EXE, portsOver, versionAt } from "./world.ts";

export const DIR = "/var/data/app";
export const FILE = `${DIR}/db`;

/** The core over a file system, with `--data`. */
export function machine(fs: Fs, facts: MemoryData = {}, budget = 1000) {
  const log: string[] = [];
  const ports = { ...portsOver(fs, log), trees: memoryData(fs, facts) };
  const subject = subjectOf({ dataDir: DATA, exe: EXE, data: { path: DIR, budget } });
  // The updater and the operator do not say where the data are.
  const sentinel = new BootSentinel({ dataDir: DATA, exe: EXE }, ports);
  return {
    log,
    boot: (startFault?: string): BootOutcome => boot(ports, subject, startFault),
    sentinel,
    state: () => new State(ports, subject),
    said: (pattern: RegExp) => log.some((line) => pattern.test(line)),
  };
}

/** Build 1 is confirmed and has data; build 2 is swapped in. */
export function updated(version = "2"): MemoryFs {
  const fs = confirmedMachine();
  fs.put(FILE, "of 1");
  update(fs, version);
  return fs;
}

export function update(fs: MemoryFs, version: string): void {
  fs.put(DOWNLOAD, build(version), 0o755);
  machine(fs).sentinel.swap(DOWNLOAD, version);
}

/** A boot, and then what the program that is live does: it writes its version into the data. */
export function run(fs: MemoryFs, facts?: MemoryData): BootOutcome {
  const outcome = machine(fs, facts).boot();
  const version = versionAt(fs, EXE);
  if (version !== "1") fs.put(FILE, `of ${version}`);
  return outcome;
}

export const beside = (fs: MemoryFs) => fs.list("/var/data");
export const asides = (fs: MemoryFs) => beside(fs).filter((name) => name.startsWith("app.boot-sentinel-"));
export const snapshots = (fs: MemoryFs) => beside(fs).filter((name) => name.startsWith(".boot-sentinel-data-"));
