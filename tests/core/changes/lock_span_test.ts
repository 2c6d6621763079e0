/** The state's lock is held for a few small steps: nothing that takes as long as the program is large. @module */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Lock } from "../../../src/core/ports.ts";
import { statePaths } from "../../../src/core/state/paths.ts";
import type { MemoryFs } from "../../../src/system/fs/memory/memory_fs.ts";
import { observedFs } from "../../support/disk/outsider.ts";
import { CoreSentinel } from "../../support/core_sentinel.ts";
import {
  build,
  confirmedMachine,
  DATA,
  DOWNLOAD,
  EXE,
  portsOver,
  sentinelOver,
  swapIn,
} from "../../support/disk/world.ts";

/** Verbs that read or write a whole file. */
const LONG = ["copy", "digest", "fingerprint"];

/** The long file operations, and the calls of the hook, that a command makes while it holds the state's lock. */
function longWhileLocked(fs: MemoryFs, act: (sentinel: CoreSentinel, hook: () => void) => void): string[] {
  const ports = portsOver(fs);
  const found: string[] = [];
  let held = false;
  const note = (what: string) => held && found.push(what);
  const lock: Lock = {
    acquire(path) {
      if (path !== statePaths(DATA).lock) return { release() {} };
      held = true;
      return { release: () => void (held = false) };
    },
  };
  const seen = observedFs(fs, {
    before(verb, args) {
      if (LONG.includes(verb)) note(`${verb} ${args.join(" ")}`);
    },
  });
  act(new CoreSentinel({ dataDir: DATA, exe: EXE }, { ...ports, fs: seen, lock }), () => note("the hook"));
  return found;
}

const onProbation = () => {
  const fs = confirmedMachine();
  swapIn(fs, "2");
  sentinelOver(fs).boot();
  return fs;
};

const COMMANDS: Record<string, [() => MemoryFs, (sentinel: CoreSentinel, hook: () => void) => void]> = {
  "a swap": [confirmedMachine, (sentinel, before) => void sentinel.swap(DOWNLOAD, "2", { before })],
  "an arm": [() => {
    const fs = confirmedMachine();
    fs.remove(`${EXE}.last-good`);
    return fs;
  }, (sentinel, before) => sentinel.armForSwap(EXE, "2", { before })],
  "a confirm": [onProbation, (sentinel) => void sentinel.confirmHealthy()],
  "a confirm of a program whose stamp is not known": [() => {
    const fs = onProbation();
    fs.replace(EXE, build("2"), 0o755);
    return fs;
  }, (sentinel) => void sentinel.confirmHealthy()],
  "a rollback to an older build": [() => {
    const fs = onProbation();
    sentinelOver(fs).confirmHealthy();
    return fs;
  }, (sentinel) => void sentinel.rollback({ to: "1" })],
};
for (const [name, [start, act]] of Object.entries(COMMANDS)) {
  test(`${name} copies, reads and asks before it takes the lock`, () => {
    const fs = start();
    const before = fs.texts();
    assert.deepEqual(longWhileLocked(fs, act).filter((what) => !isSmall(what)), []);
    assert.notDeepEqual(fs.texts(), before, "it did something");
  });
}

/** After a restore last-good gets a file of its own at once, up to 64 MiB. */
function isSmall(what: string): boolean {
  return /^copy \S+\.last-good \S+\.restore-tmp-/.test(what);
}
