/** Whatever a kill, a power cut or a fault does: program and members are all old or all new. @module */
import assert from "node:assert/strict";
import { test } from "node:test";
import { SentinelError } from "../../src/core/errors.ts";
import { FsError } from "../../src/core/ports.ts";
import { type Fault, faultFs } from "../../src/system/fs/memory/fault_fs.ts";
import type { MemoryFs } from "../../src/system/fs/memory/memory_fs.ts";
import type { MemoryFsOptions } from "../../src/system/fs/memory/memory_files.ts";
import type { CoreSentinel } from "../support/core_sentinel.ts";
import { crashStates, killStates } from "../support/disk/crash_states.ts";
import {
  confirmed,
  edited,
  machine,
  NEW,
  OLD,
  onProbation,
  SAVED,
  sentinel,
  TOML,
  versions,
  WHOLE,
} from "../support/disk/members.ts";
import { observedFs } from "../support/disk/outsider.ts";
import { DOWNLOAD, EXE, versionAt } from "../support/disk/world.ts";

interface Change {
  readonly start: (options?: MemoryFsOptions) => MemoryFs;
  readonly act: (sentinel: CoreSentinel) => void;
  /** What the machine is after it. */
  readonly end: string;
  /** What somebody has written must not be lost. */
  readonly keeps?: string;
}

const CHANGES: Record<string, Change> = {
  "a swap": {
    start: confirmed,
    act: (sentinel) => sentinel.swap(DOWNLOAD, "2", { members: NEW }),
    end: "2, of 2, of 2",
  },
  "the first swap": {
    start: machine,
    act: (sentinel) => sentinel.swap(DOWNLOAD, "2", { members: NEW }),
    end: "2, of 2, of 2",
  },
  "the restoring boot": {
    start: (options) => onProbation(3, options),
    act: (sentinel) => void sentinel.boot(),
    end: OLD,
  },
  "the restoring boot after an edit": {
    start: (options) => edited(onProbation(3, options)),
    act: (sentinel) => void sentinel.boot(),
    end: OLD,
    keeps: "edited",
  },
  "a rollback by hand": {
    start: (options) => onProbation(1, options),
    act: (sentinel) => void sentinel.rollback(),
    end: OLD,
  },
  "a rollback of a confirmed build": {
    start(options) {
      const fs = onProbation(1, options);
      sentinel(fs).confirmHealthy();
      return fs;
    },
    act: (sentinel) => void sentinel.rollback({ to: sentinel.status().generations[0]?.version ?? "none" }),
    end: OLD,
  },
};

function isWhole({ keeps }: Change, fs: MemoryFs): boolean {
  return [...WHOLE, keeps !== undefined ? `2, ${keeps}, of 2` : OLD].includes(versions(fs));
}

/** After the next boot all are old or all are new. */
function bootOnce(change: Change, fs: MemoryFs, note: string): void {
  sentinel(fs).boot();
  assert.ok(isWhole(change, fs), `${note}: ${versions(fs)}`);
  const { keeps } = change;
  if (keeps === undefined) return;
  assert.ok([TOML, SAVED].some((path) => fs.texts()[path] === keeps), `${note}: the edit is lost`);
}

/** The same, and boots that are not confirmed end with what was good. */
function judge(change: Change, fs: MemoryFs, note: string): void {
  bootOnce(change, fs, note);
  for (let boot = 0; boot < 5; boot++) {
    sentinel(fs).boot();
    if (versionAt(fs, EXE) === "1") sentinel(fs).confirmHealthy();
  }
  assert.ok(WHOLE.includes(versions(fs)), `${note}: it ended with ${versions(fs)}`);
  sentinel(fs).confirmHealthy();
  const left = Object.keys(fs.texts()).filter((path) => /-tmp-/.test(path));
  assert.deepEqual(left, [], `${note}: left behind`);
}

/** One that puts new members in place, one that puts kept ones back: the others take the same steps. */
const FIRST_BOOTS = ["a swap", "the restoring boot after an edit"];
const FAULTED = [...FIRST_BOOTS, "a rollback of a confirmed build"];

let states = 0;
for (const [name, change] of Object.entries(CHANGES)) {
  test(`${name}: after any kill and power cut, program and members are all old or all new`, () => {
    const fs = change.start();
    fs.makeDurable();
    change.act(sentinel(fs));
    assert.equal(versions(fs), change.end);
    for (const state of killStates(fs)) {
      judge(change, state.fs, state.note);
      states++;
    }
    for (const state of crashStates(fs, { maxVolatile: 3 })) {
      bootOnce(change, state.fs, state.note);
      states++;
    }
  });

  if (FIRST_BOOTS.includes(name)) {
    test(`${name}: what the boot after a kill has finished survives a power cut`, () => {
      for (let calls = 1;; calls++) {
        const fs = change.start();
        fs.makeDurable();
        const isDone = killedAfter(fs, calls, change.act);
        sentinel(fs).boot();
        const found = versions(fs);
        for (const cut of crashStates(fs, { from: fs.mark() })) {
          if (WHOLE.includes(found)) {
            assert.equal(versions(cut.fs), found, `killed after call ${calls}, then ${cut.note}`);
          }
          sentinel(cut.fs).boot();
          assert.ok(isWhole(change, cut.fs), `killed after call ${calls}, then ${cut.note}: ${versions(cut.fs)}`);
          states++;
        }
        if (isDone) break;
      }
    });
  }

  if (!FAULTED.includes(name)) continue;
  test(`${name}: a fault at any call leaves all old or all new after the next boot, and is told`, () => {
    const start = change.start();
    const counter = faultFs(copyOf(start), []);
    change.act(sentinel(counter));
    for (let at = 1; at <= counter.count(); at++) {
      for (const manner of MANNERS) strike(change, copyOf(start), { ...manner, at });
    }
  });
}

/** Runs a change up to a call of the file system, and nothing after it; true when it had no more calls. */
function killedAfter(fs: MemoryFs, calls: number, act: Change["act"]): boolean {
  let left = calls;
  const dying = observedFs(fs, {
    before(verb, [path]) {
      if (left-- <= 0) throw new FsError("other", verb, String(path), "the process was killed");
    },
  });
  try {
    act(sentinel(dying));
  } catch { /* it is dead */ }
  return left > 0;
}

const MANNERS: Omit<Fault, "at">[] = [{ code: "denied" }, { code: "noSpace", onward: true }, {
  code: "other",
  when: "after",
}];

/** A machine of its own in the same state: what a kill leaves of nothing. */
function copyOf(fs: MemoryFs): MemoryFs {
  fs.makeDurable();
  for (const state of killStates(fs)) return state.fs;
  throw new Error("nothing to copy");
}

function strike(change: Change, fs: MemoryFs, fault: Fault): void {
  const note = JSON.stringify(fault);
  const log: string[] = [];
  let isTold = false;
  try {
    change.act(sentinel(faultFs(fs, [fault]), log));
  } catch (error) {
    assert.ok(error instanceof FsError || error instanceof SentinelError, `${note}: ${error}`);
    isTold = true;
  }
  if (!isTold && log.length === 0) assert.equal(versions(fs), change.end, `${note}: went wrong and said nothing`);
  bootOnce(change, fs, note);
}

test("the proofs looked at many states", () => {
  console.log(`members: ${states} states`);
  assert.ok(states > 1000, `${states} states`);
});
