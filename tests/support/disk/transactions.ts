/** Every transaction that changes files, for the proofs that cut, kill and fault them. @module */
import type { Fs } from "../../../src/core/ports.ts";
import type { CoreOptions, CoreSentinel } from "../core_sentinel.ts";
import type { MemoryFs } from "../../../src/system/fs/memory/memory_fs.ts";
import {
  build,
  DOWNLOAD,
  EXE,
  flip,
  freshMachine,
  freshRelease,
  layRelease,
  RELEASES,
  releaseSentinel,
  sentinelOver,
} from "./world.ts";

/** A transaction from a settled start. */
export interface Transaction {
  /** Lays the start; `maker` decides what machine it is on. */
  readonly start: (make: Machines) => MemoryFs;
  readonly act: (sentinel: CoreSentinel, make: Machines) => void;
  /** Builds that may be live at the end, once boots have run their course with every build but `good` crashing. */
  readonly ends: readonly string[];
  /** Held when the transaction has been reported as done. */
  readonly holds?: string;
}

/** How machines are made: whole ones, or broken ones; and what a build is on them. */
export interface Machines {
  fresh(): MemoryFs;
  /** Where the update to a version lies. */
  update(version: string): string;
  /** Lays it. */
  lay(fs: MemoryFs, version: string): void;
  /** Another one's updater. */
  replace(fs: MemoryFs, version: string): void;
  sentinel(fs: Fs, log?: string[], options?: Partial<CoreOptions>, now?: number): CoreSentinel;
}

/** A program that is one file. */
export const MACHINES: Machines = {
  fresh: freshMachine,
  update: () => DOWNLOAD,
  lay: (fs, version) => fs.put(DOWNLOAD, build(version), 0o755),
  replace: (fs, version) => fs.replace(EXE, build(version), 0o755),
  sentinel: sentinelOver,
};

/** A release: a link to a directory. */
export const RELEASE_MACHINES: Machines = {
  fresh: freshRelease,
  update: (version) => `${RELEASES}/${version}`,
  lay(fs, version) {
    if (!fs.entries(RELEASES).some(({ name }) => name === version)) layRelease(fs, version);
  },
  replace(fs, version) {
    this.lay(fs, version);
    flip(fs, version);
  },
  sentinel: (fs, log, options, now) => releaseSentinel(fs, log, options, false, now),
};

/** With build 1 confirmed. */
export function confirmed(make: Machines): MemoryFs {
  const fs = make.fresh();
  make.sentinel(fs, [], { version: "1", watchBytes: true }).confirmHealthy();
  return fs;
}

const boots = (make: Machines, fs: MemoryFs, times: number) => {
  for (let boot = 0; boot < times; boot++) make.sentinel(fs).boot();
  return fs;
};
const laid = (make: Machines, fs: MemoryFs, version: string) => {
  make.lay(fs, version);
  return fs;
};
const swapIn = (make: Machines, fs: MemoryFs, version: string) =>
  make.sentinel(laid(make, fs, version)).swap(make.update(version), version);
const swapped = (make: Machines, times = 0) => {
  const fs = confirmed(make);
  swapIn(make, fs, "2");
  return boots(make, fs, times);
};
const threeKept = (make: Machines) => {
  const fs = confirmed(make);
  for (const version of ["2", "3"]) {
    swapIn(make, fs, version);
    boots(make, fs, 1);
    make.sentinel(fs).confirmHealthy();
  }
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
  "an arm": { start: confirmed, act: (sentinel) => sentinel.armForSwap(EXE, "2"), ends: ["1"] },
  "the first arm": { start: (make) => make.fresh(), act: (sentinel) => sentinel.armForSwap(EXE, "2"), ends: ["1"] },
  "a swap": {
    start: (make) => laid(make, confirmed(make), "2"),
    act: (sentinel, make) => sentinel.swap(make.update("2"), "2"),
    ends: ["1"],
  },
  "the first swap": {
    start: (make) => laid(make, make.fresh(), "2"),
    act: (sentinel, make) => sentinel.swap(make.update("2"), "2"),
    ends: ["1"],
  },
  "a swap over an unconfirmed build": {
    start: (make) => laid(make, swapped(make, 1), "3"),
    act: (sentinel, make) => sentinel.swap(make.update("3"), "3"),
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
    start: confirmed,
    act: (sentinel) => sentinel.quarantine("2"),
    ends: ["1"],
    holds: "2",
  },
  "a boot that finds a foreign build": {
    start(make) {
      const fs = confirmed(make);
      make.replace(fs, "2");
      return fs;
    },
    act: (sentinel) => void sentinel.boot(),
    ends: ["1"],
  },
};

/** What is proven of one transaction. */
export interface Proof {
  readonly name: string;
  readonly transaction: Transaction;
  readonly make: Machines;
}

/** Those that make, copy or flip a link. The state files are written as those of a program are. */
const OF_RELEASES: readonly string[] = [
  ...["the first confirm", "a counting boot", "the restoring boot", "a confirm", "a swap", "a rollback by hand"],
  ...["a rollback to an older build", "a boot that finds a foreign build"],
];

/** All of a program, and those of a release. */
export const PROOFS: readonly Proof[] = Object.entries(TRANSACTIONS).flatMap(([name, transaction]): Proof[] => [
  { name, transaction, make: MACHINES },
  ...OF_RELEASES.includes(name) ? [{ name: `release: ${name}`, transaction, make: RELEASE_MACHINES }] : [],
]);
