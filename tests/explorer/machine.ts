/**
 * A machine that the explorer takes from state to state: a disk, whether it is full, and what a just observer knows.
 *
 * @module
 */
import type { BootOutcome } from "../../src/core/gate/outcome.ts";
import type { Lock, Ports } from "../../src/core/ports.ts";
import type { Image } from "../../src/system/fs/memory/memory_image.ts";
import { MemoryFs } from "../../src/system/fs/memory/memory_fs.ts";
import { memoryPorts } from "../../src/system/fs/memory/memory_world.ts";
import { observedFs } from "../support/disk/outsider.ts";
import { DATA, EXE } from "../support/disk/world.ts";
import { MAX_ATTEMPTS, stateKey, versionOf } from "./canonical.ts";
import type { Core } from "./core_under_test.ts";
import { BUILDS, cleanUp, FILE, RELEASE, type Shape } from "./shapes.ts";

/** What happened to a machine, known without asking it. */
export interface Ghost {
  /** Builds that were confirmed at some time. */
  readonly proven: readonly string[];
  /** The build that was confirmed last, while it is live. */
  readonly confirmed: string | undefined;
  /** The build that a boot put back, or that was declared bad, until somebody does something else. */
  readonly condemned: string | undefined;
}

/** A state. */
export interface Machine {
  readonly shape: Shape;
  readonly image: Image;
  readonly full: boolean;
  readonly ghost: Ghost;
}

/** What a machine is told to do. */
export type Deed =
  | { readonly kind: "boot" | "confirm" | "fail" | "rollback" | "clear" | "arm" | "fill" | "free" | "cleanUp" }
  | { readonly kind: "swap" | "replace"; readonly build: string };

/** All deeds. */
export function deedsOf(shape: Shape): readonly Deed[] {
  return shape === RELEASE ? [...DEEDS, { kind: "cleanUp" }] : DEEDS;
}

const DEEDS: readonly Deed[] = [
  { kind: "boot" },
  { kind: "confirm" },
  { kind: "fail" },
  { kind: "rollback" },
  { kind: "clear" },
  { kind: "arm" },
  ...BUILDS.flatMap((one): Deed[] => [
    { kind: "swap", build: one },
    { kind: "replace", build: one },
  ]),
  { kind: "fill" },
  { kind: "free" },
];

/** What came of a deed. */
export interface Done {
  readonly fs: MemoryFs;
  readonly full: boolean;
  readonly ghost: Ghost;
  /** The file operations that it took. */
  readonly calls: number;
  /** What was answered: an outcome, a result, a code of an error. */
  readonly answer: string;
  readonly outcome: BootOutcome | undefined;
}

/** Another one who acts in the middle of a deed, before its n-th file operation. */
export interface Interruption {
  readonly at: number;
  /** It puts another build in place, so that nobody knows which one the deed was about. */
  readonly isReplacement: boolean;
  readonly by: (fs: MemoryFs, lock: Lock) => void;
}

/** The machine that all begins with: build 1 was installed, and is durable. */
export function firstMachine(shape: Shape): Machine {
  const fs = new MemoryFs();
  shape.lay(fs);
  fs.put(`${DATA}/keep`, "");
  return {
    shape,
    image: fs.disk.image,
    full: false,
    ghost: { proven: [], confirmed: undefined, condemned: undefined },
  };
}

/** A machine after some deeds. */
export function machineAfter(core: Core, shape: Shape, deeds: readonly Deed[]): Machine {
  return deeds.reduce<Machine>((machine, deed) => {
    const { fs, full, ghost } = perform(core, machine, deed);
    return { shape, image: fs.disk.image, full, ghost };
  }, firstMachine(shape));
}

/** The disk of a machine; its log begins here. */
export function diskOf({ image, full }: Machine, Fs = MemoryFs): MemoryFs {
  const fs = new Fs({}, image);
  if (full) {
    fs.options = { capacity: 0 };
    fs.options = { capacity: -fs.free() };
  }
  return fs;
}

/** Equal for machines in the same state. */
export function machineKey({ shape, image, full, ghost }: Machine): string {
  const known = [[...ghost.proven], [ghost.confirmed], [ghost.condemned]];
  return `${full} ${stateKey(shape, new MemoryFs({}, image), known)}`;
}

/** Does a deed on a machine. */
export function perform(core: Core, machine: Machine, deed: Deed, interruption?: Interruption): Done {
  const fs = diskOf(machine, core.MemoryFs);
  const lock = exclusiveLock();
  let calls = 0;
  const seen = observedFs(fs, {
    before() {
      if (++calls === interruption?.at) interruption.by(fs, lock);
    },
  });
  const { shape } = machine;
  const before = shape.buildAt(fs, EXE);
  const ports: Ports = { ...memoryPorts(shape.view(core, seen)), lock, log: () => {} };
  let answer: string;
  let outcome: BootOutcome | undefined;
  try {
    const done = act(core, ports, deed, fs, shape);
    answer = done.answer;
    outcome = done.outcome;
  } catch (error) {
    const { name, code } = error as { name?: string; code?: string };
    if (name !== "FsError" && name !== "SentinelError") throw error;
    answer = `refused ${code}`;
  }
  const full = deed.kind === "fill" || (machine.full && deed.kind !== "free");
  return { fs, full, ghost: ghostAfter(machine, deed, answer, before, fs, interruption), calls, answer, outcome };
}

function act(
  core: Core,
  ports: Ports,
  deed: Deed,
  fs: MemoryFs,
  shape: Shape,
): { answer: string; outcome?: BootOutcome } {
  const options = optionsOf(shape);
  const sentinel = new core.BootSentinel(options, ports);
  switch (deed.kind) {
    case "boot": {
      const outcome = core.boot(ports, core.subjectOf(options));
      const how = outcome.kind === "rolledBack" ? outcome.reason : outcome.state;
      return {
        answer: `${outcome.kind} ${how}${
          outcome.kind === "proceed" && outcome.standIn !== undefined ? " stand-in" : ""
        }`,
        outcome,
      };
    }
    case "confirm":
      return { answer: sentinel.confirmHealthy().kind };
    case "fail":
      return { answer: `failed ${sentinel.fail("x").length > 0}` };
    case "rollback":
      return { answer: `rolled back ${sentinel.rollback().to.length > 0}` };
    case "clear":
      for (const version of sentinel.quarantinedVersions()) sentinel.clearQuarantine(version);
      return { answer: "cleared" };
    case "arm":
      sentinel.armForSwap(EXE, "next");
      return { answer: "armed" };
    case "swap":
      return { answer: sentinel.swap(shape.update(fs, deed.build), versionOf(shape, deed.build)).kind };
    case "replace":
      replaceBy(fs, shape, deed.build);
      return { answer: "replaced" };
    case "cleanUp":
      cleanUp(fs);
      return { answer: "cleaned up" };
    case "fill":
    case "free":
      return { answer: deed.kind };
  }
}

/** The options that each sentinel gets. */
export function optionsOf(shape: Shape) {
  return { dataDir: DATA, exe: EXE, isStarted: shape === FILE, maxAttempts: MAX_ATTEMPTS, keep: 1 };
}

/** A foreign updater. */
export function replaceBy(fs: MemoryFs, shape: Shape, one: string): void {
  const { options } = fs;
  fs.options = {}; // it has room of its own
  shape.replace(fs, one);
  fs.options = options;
}

function ghostAfter(
  { ghost, shape: { buildAt } }: Machine,
  deed: Deed,
  answer: string,
  before: string,
  fs: MemoryFs,
  interruption: Interruption | undefined,
): Ghost {
  const live = buildAt(fs, EXE);
  const good = buildAt(fs, `${EXE}.last-good`);
  if (deed.kind === "confirm" && ["promoted", "seeded", "already"].includes(answer)) {
    const proven = [...new Set([...ghost.proven, good])];
    return { proven, confirmed: live === good ? live : undefined, condemned: undefined };
  }
  const isOther = interruption?.isReplacement === true;
  const isCondemned = (answer === "failed true" && !isOther) ||
    ["rolledBack attempts", "rolledBack failed"].includes(answer);
  const stays = ["boot", "fill", "free", "cleanUp"].includes(deed.kind) || answer.startsWith("refused");
  return {
    ...ghost,
    confirmed: live === before ? ghost.confirmed : undefined,
    condemned: isCondemned ? before : stays && !isOther ? ghost.condemned : undefined,
  };
}

/** Locks that exclude each other within this process. */
function exclusiveLock(): Lock {
  const held = new Set<string>();
  return {
    acquire(path) {
      if (held.has(path)) return "busy";
      held.add(path);
      return { release: () => void held.delete(path) };
    },
  };
}
