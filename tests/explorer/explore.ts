/**
 * Searches all states of the core, breadth first: from each state each deed, undisturbed, cut short after each step of
 * the disk (by a kill, or by a power cut that loses what was not flushed), and with a foreign replacement or another
 * process in the middle.
 *
 * @module
 */
import type { Lock } from "../../src/core/ports.ts";
import type { MemoryFs } from "../../src/system/fs/memory/memory_fs.ts";
import { memoryPorts } from "../../src/system/fs/memory/memory_world.ts";
import { crashStates, killStates } from "../support/disk/crash_states.ts";
import type { Core } from "./core_under_test.ts";
import { statePaths } from "../../src/core/state/paths.ts";
import { stateKey } from "./canonical.ts";
import { DATA } from "../support/disk/world.ts";
import { faultOfBoots, faultOfCut, faultOfState, faultOfStep } from "./laws.ts";
import {
  type Deed,
  deedsOf,
  type Done,
  type Machine,
  machineAfter,
  machineKey,
  optionsOf,
  perform,
  replaceBy,
} from "./machine.ts";
import { BUILDS, type Shape } from "./shapes.ts";

/** How far to search. */
export interface Bounds {
  readonly shape: Shape;
  /** The most states to go on from. */
  readonly states: number;
  /** States that are at most this many deeds away from the first one have their deeds cut short. @default all */
  readonly cutDepth?: number;
  /** The same for interruptions by others. @default all */
  readonly interruptedDepth?: number;
  /** Stop at the first fault. */
  readonly untilFault?: boolean;
  /** What has been done before. @default nothing */
  readonly start?: readonly Deed[];
}

/** What was found. */
export interface Search {
  readonly states: number;
  readonly transitions: number;
  readonly depth: number;
  /** No state was left to go on from: every reachable state was seen. */
  readonly isClosed: boolean;
  /** Answers that were given. */
  readonly answers: ReadonlySet<string>;
  /** What broke, each with the shortest way there, a line a deed. */
  readonly faults: readonly { readonly what: string; readonly story: readonly string[] }[];
}

interface Visited {
  readonly machine: Machine;
  readonly depth: number;
  readonly from: Visited | undefined;
  readonly by: string;
}

/** Searches; never more faults than it takes to see what is wrong. */
export function explore(core: Core, bounds: Bounds): Search {
  const { shape, start = [] } = bounds;
  const deeds = deedsOf(shape);
  const first: Visited = {
    machine: machineAfter(core, shape, start),
    depth: 0,
    from: undefined,
    by: ["build 1 was installed", ...start.map(nameOf)].join(", "),
  };
  const queue: Visited[] = [first];
  const seen = new Set([machineKey(first.machine)]);
  const answers = new Set<string>();
  const faults: { what: string; story: string[] }[] = [];
  let transitions = 0;
  let depth = 0;
  let at = 0;

  function reach(machine: Machine, from: Visited, by: string): void {
    transitions++;
    const key = machineKey(machine);
    if (seen.has(key)) return;
    seen.add(key);
    const visited = { machine, depth: from.depth + 1, from, by };
    const what = faultOfState(machine);
    if (what !== undefined) return blame(what, visited);
    queue.push(visited);
  }

  function blame(what: string, visited: Visited, last?: string): void {
    const story = last === undefined ? [] : [last];
    for (let one: Visited | undefined = visited; one !== undefined; one = one.from) story.unshift(one.by);
    faults.push({ what, story });
  }

  for (; at < queue.length && at < bounds.states; at++) {
    const visited = queue[at] as Visited;
    depth = visited.depth;
    const stuck = faultOfBoots(core, visited.machine);
    if (stuck !== undefined) blame(stuck, visited, "boots alone");
    const isCut = visited.depth <= (bounds.cutDepth ?? Infinity);
    const isInterrupted = visited.depth <= (bounds.interruptedDepth ?? Infinity);
    for (const deed of deeds) {
      const name = nameOf(deed);
      const done = perform(core, visited.machine, deed);
      answers.add(`${deed.kind}: ${done.answer}`);
      const wrong = faultOfStep(visited.machine, deed, done);
      if (wrong !== undefined) blame(wrong, visited, name);
      reach(after(done, shape), visited, `${name}: ${done.answer}`);
      // What a killed clean-up has left of the inner files is not seen at a boot: only `--check-files` looks at these.
      if (isCut && deed.kind !== "cleanUp") {
        for (const { fs, machine, note, isWhole } of cutsOf(deed, done, visited.machine)) {
          reach(machine, visited, `${name}, ${note}`);
          // What was answered is durable: a power cut right after it changes nothing.
          const lost = isWhole
            ? faultOfStep(visited.machine, deed, { ...done, fs })
            : faultOfCut(visited.machine, deed, fs);
          if (lost !== undefined) blame(lost, visited, `${name}, ${note}`);
        }
      }
      for (const { by, act, isReplacement } of isInterrupted ? INTERRUPTIONS : []) {
        for (let call = 1; call <= done.calls; call++) {
          let wrong: string | undefined;
          const both = perform(core, visited.machine, deed, {
            at: call,
            isReplacement,
            by: (fs, lock) => void (wrong = act(core, fs, lock, shape)),
          });
          const told = `${name}, before its file operation ${call} ${by}: ${both.answer}`;
          reach(after(both, shape), visited, told);
          if (wrong !== undefined) blame(wrong, visited, told);
        }
      }
    }
    if (faults.length > 0 && (bounds.untilFault === true || faults.length > 20)) break;
  }
  return { states: seen.size, transitions, depth, isClosed: at === queue.length, answers, faults };
}

function after({ fs, full, ghost }: Done, shape: Shape): Machine {
  return { shape, image: fs.disk.image, full, ghost };
}

interface Cut {
  readonly fs: MemoryFs;
  readonly machine: Machine;
  readonly note: string;
  /** The deed was done, and had given its answer. */
  readonly isWhole: boolean;
}

function* cutsOf(deed: Deed, { fs, full, ghost }: Done, before: Machine): Generator<Cut> {
  const end = fs.disk.log.length;
  // A confirm that was cut short may have promoted its build; a restore may have condemned one.
  const proven = [...new Set([...before.ghost.proven, ...ghost.proven])];
  const condemned = deed.kind === "boot" ? ghost.condemned : undefined;
  for (const { fs: left, note, at } of killStates(fs)) {
    const machine = {
      shape: before.shape,
      image: left.disk.image,
      full,
      ghost: { proven, confirmed: undefined, condemned },
    };
    yield { fs: left, machine, note, isWhole: at === end };
  }
  for (const from of [0, end]) {
    for (const { fs: left, note } of crashStates(fs, { maxVolatile: 3, from })) {
      const machine = {
        shape: before.shape,
        image: left.disk.image,
        full,
        ghost: { proven, confirmed: undefined, condemned },
      };
      yield { fs: left, machine, note, isWhole: from === end };
    }
  }
}

/** What others do in the middle of a deed; `act` returns what is wrong with it. */
const INTERRUPTIONS: readonly {
  readonly by: string;
  readonly isReplacement: boolean;
  readonly act: (core: Core, fs: MemoryFs, lock: Lock, shape: Shape) => string | undefined;
}[] = [
  ...BUILDS.map((one) => ({
    by: `somebody puts build ${one} in place`,
    isReplacement: true,
    act(_core: Core, fs: MemoryFs, _lock: Lock, shape: Shape) {
      replaceBy(fs, shape, one);
      return undefined;
    },
  })),
  {
    by: "a second boot",
    isReplacement: false,
    act(core, fs, lock, shape) {
      const held = lock.acquire(statePaths(DATA).lock, 0);
      if (typeof held === "object") held.release();
      const before = stateKey(shape, fs, []);
      core.boot({ ...memoryPorts(shape.view(core, fs)), lock, log: () => {} }, core.subjectOf(optionsOf(shape)));
      const isSame = held !== "busy" || stateKey(shape, fs, []) === before;
      return isSame ? undefined : "a boot without the lock changed something";
    },
  },
];

function nameOf(deed: Deed): string {
  return "build" in deed ? `${deed.kind} ${deed.build}` : deed.kind;
}
