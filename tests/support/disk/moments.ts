/** Somebody acts between any two file operations of a command. @module */
import type { CoreSentinel } from "../core_sentinel.ts";
import { type Fs, FsError } from "../../../src/core/ports.ts";
import type { MemoryFs } from "../../../src/system/fs/memory/memory_fs.ts";
import { observedFs } from "./outsider.ts";
import { confirmedMachine, EXE, sentinelOver, swapIn } from "./world.ts";

/** The state of a machine before a command. */
export type Base = "steady" | "probation" | "exhausted" | "interrupted" | "restored" | "failed" | "chained";

/** A command about the program. */
export type Command = "boot" | "confirm" | "swap" | "arm" | "rollback" | "rollback --to" | "fail";

/** The update that `swap` puts in place, as a version. */
const NEXT = "3";

/** The sentinel of a program that is told apart by its bytes. */
export function watching(fs: Fs): CoreSentinel {
  return sentinelOver(fs, [], { watchBytes: true });
}

function boots(fs: MemoryFs, count: number): void {
  for (let boot = 1; boot <= count; boot++) watching(fs).boot();
}

/** A boot that is killed when last-good is back, and nothing is recorded of that yet. */
function killedRestore(fs: MemoryFs): void {
  let isKilled = false;
  const until = observedFs(fs, {
    before() {
      if (isKilled) throw new FsError("other", "write", EXE, new Error("killed"));
    },
    after: (verb, args) => void (isKilled ||= verb === "rename" && args[1] === EXE),
  });
  watching(until).boot();
}

const BASES: Record<Base, (fs: MemoryFs) => void> = {
  steady: () => {},
  probation: (fs) => (swapIn(fs, "2"), boots(fs, 1)),
  exhausted: (fs) => (swapIn(fs, "2"), boots(fs, 3)),
  interrupted: (fs) => (swapIn(fs, "2"), boots(fs, 3), killedRestore(fs)),
  restored: (fs) => (swapIn(fs, "2"), boots(fs, 4)),
  failed: (fs) => (swapIn(fs, "2"), boots(fs, 1), watching(fs).fail("it is bad")),
  chained: (fs) => (swapIn(fs, "2"), boots(fs, 1), watching(fs).confirmHealthy()),
};

const COMMANDS: Record<Command, (sentinel: CoreSentinel) => unknown> = {
  boot: (sentinel) => sentinel.boot(),
  confirm: (sentinel) => sentinel.confirmHealthy(),
  swap: (sentinel) => sentinel.swap("/up/next", NEXT),
  arm: (sentinel) => sentinel.armForSwap(EXE, "5"),
  rollback: (sentinel) => sentinel.rollback({ reason: "it is bad" }),
  "rollback --to": (sentinel) => sentinel.rollback({ to: "1", reason: "it is bad" }),
  fail: (sentinel) => sentinel.fail("it is bad"),
};

/** What is tried at each moment of each command. */
export interface Trial {
  /** The bases from which each command is run. */
  readonly commands: Partial<Record<Command, readonly Base[]>>;
  /** What happens at the moment. May return what was wrong with that. */
  act(fs: MemoryFs): string[] | void;
  /** What is wrong afterwards; empty if nothing is. */
  judge(fs: MemoryFs): string[];
}

/** The moments that were tried, and those after which something was wrong. */
export interface Tried {
  readonly moments: number;
  readonly bad: string[];
}

/** Runs each command once for each of its file operations, and acts before that operation. */
export function atEveryMoment({ commands, act, judge }: Trial): Tried {
  const bad: string[] = [];
  let moments = 0;
  for (const [command, bases] of Object.entries(commands) as [Command, Base[]][]) {
    for (const base of bases) {
      for (let moment = 1;; moment++) {
        const fs = confirmedMachine();
        fs.put("/up/next", `#!build ${NEXT}`, 0o755);
        boots(fs, 1);
        BASES[base](fs);
        const wrong: string[] = [];
        const at = run(fs, COMMANDS[command], moment, () => wrong.push(...act(fs) ?? []));
        if (at === undefined) break; // the command has fewer file operations
        moments++;
        wrong.push(...judge(fs));
        if (wrong.length > 0) bad.push(`${command} on ${base}, before call ${moment} (${at}): ${wrong.join("; ")}`);
      }
    }
  }
  return { moments, bad };
}

/** Runs a command; returns the operation before which it was interrupted, `undefined` if it ended earlier. */
function run(fs: MemoryFs, command: (sentinel: CoreSentinel) => unknown, moment: number, act: () => void) {
  let calls = 0;
  let at: string | undefined;
  const interrupted = observedFs(fs, {
    before(verb, args) {
      if (++calls !== moment) return;
      at = `${verb} ${args[0]}`;
      act();
    },
  });
  try {
    command(watching(interrupted));
  } catch (error) {
    // A command may refuse to go on; a defect of its own is none of its answers.
    if (error instanceof TypeError || error instanceof RangeError) throw error;
  }
  return at;
}
