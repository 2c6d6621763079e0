/** Every transaction that changes files, for the proofs that cut, kill and fault them. @module */
import type { CoreSentinel } from "../core_sentinel.ts";
import type { MemoryFs } from "../../../src/system/fs/memory/memory_fs.ts";
import { build, confirmedMachine, DOWNLOAD, EXE, freshMachine, sentinelOver, swapIn } from "./world.ts";

/** A transaction from a settled start. */
export interface Transaction {
  /** Lays the start; `maker` decides what machine it is on. */
  readonly start: (make: Machines) => MemoryFs;
  readonly act: (sentinel: CoreSentinel) => void;
  /** Builds that may be live at the end, once boots have run their course with every build but `good` crashing. */
  readonly ends: readonly string[];
  /** Held when the transaction has been reported as done. */
  readonly holds?: string;
}

/** How machines are made: whole ones, or broken ones. */
export interface Machines {
  fresh(): MemoryFs;
  confirmed(): MemoryFs;
}

/** The real thing. */
export const MACHINES: Machines = { fresh: freshMachine, confirmed: confirmedMachine };

const boots = (fs: MemoryFs, times: number) => {
  for (let boot = 0; boot < times; boot++) sentinelOver(fs).boot();
  return fs;
};
const swapped = (make: Machines, times = 0) => {
  const fs = make.confirmed();
  swapIn(fs, "2");
  return boots(fs, times);
};
const threeKept = (make: Machines) => {
  const fs = make.confirmed();
  for (const version of ["2", "3"]) {
    swapIn(fs, version);
    boots(fs, 1);
    sentinelOver(fs).confirmHealthy();
  }
  return fs;
};
const download = (fs: MemoryFs, version: string) => {
  fs.put(DOWNLOAD, build(version), 0o755);
  return fs;
};

/** The transactions by name. */
export const TRANSACTIONS: Record<string, Transaction> = {
  "the first confirm": {
    start: (make) => make.fresh(),
    act: (sentinel) => void sentinel.confirmHealthy(),
    ends: ["1"],
  },
  "a counting boot": { start: (make) => swapped(make, 1), act: (sentinel) => void sentinel.boot(), ends: ["1"] },
  "the restoring boot": {
    start: (make) => swapped(make, 3),
    act: (sentinel) => void sentinel.boot(),
    ends: ["1"],
    holds: "2",
  },
  "a confirm": {
    start: (make) => swapped(make, 1),
    act: (sentinel) => void sentinel.confirmHealthy(),
    ends: ["1", "2"],
  },
  "an arm": { start: (make) => make.confirmed(), act: (sentinel) => sentinel.armForSwap(EXE, "2"), ends: ["1"] },
  "the first arm": { start: (make) => make.fresh(), act: (sentinel) => sentinel.armForSwap(EXE, "2"), ends: ["1"] },
  "a swap": {
    start: (make) => download(make.confirmed(), "2"),
    act: (sentinel) => sentinel.swap(DOWNLOAD, "2"),
    ends: ["1"],
  },
  "the first swap": {
    start: (make) => download(make.fresh(), "2"),
    act: (sentinel) => sentinel.swap(DOWNLOAD, "2"),
    ends: ["1"],
  },
  "a swap over an unconfirmed build": {
    start: (make) => download(swapped(make, 1), "3"),
    act: (sentinel) => sentinel.swap(DOWNLOAD, "3"),
    ends: ["1"],
  },
  "a rollback by hand": {
    start: (make) => swapped(make, 1),
    act: (sentinel) => void sentinel.rollback(),
    ends: ["1"],
    holds: "2",
  },
  "a rollback to an older build": {
    start: threeKept,
    act: (sentinel) => void sentinel.rollback({ to: "1" }),
    ends: ["1", "3"],
    holds: "3",
  },
  "a fail": { start: (make) => swapped(make, 1), act: (sentinel) => void sentinel.fail("bad"), ends: ["1"] },
  "a quarantine": {
    start: (make) => make.confirmed(),
    act: (sentinel) => sentinel.quarantine("2"),
    ends: ["1"],
    holds: "2",
  },
  "a boot that finds a foreign build": {
    start(make) {
      const fs = make.confirmed();
      fs.replace(EXE, build("2"), 0o755);
      return fs;
    },
    act: (sentinel) => void sentinel.boot(),
    ends: ["1"],
  },
};
