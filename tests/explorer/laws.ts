/** What must hold of every state, and of every step from one to the next. @module */
import { MemoryFs } from "../../src/system/fs/memory/memory_fs.ts";
import { DATA, EXE } from "../support/disk/world.ts";
import { MAX_ATTEMPTS } from "./canonical.ts";
import type { Core } from "./core_under_test.ts";
import { type Deed, diskOf, type Done, type Machine, machineKey, perform } from "./machine.ts";
import { BUILDS, type Shape, textsOf } from "./shapes.ts";

const LAST_GOOD = `${EXE}.last-good`;
const STATE_FILES = [".boot-sentinel.json", ".boot-record.json", ".boot-quarantine.json"] as const;

/** What is wrong with a state; `undefined`: nothing. */
export function faultOfState({ shape, image, ghost }: Machine): string | undefined {
  const fs = new MemoryFs({}, image);
  const { buildAt } = shape;
  const names = Object.keys(textsOf(fs)).filter((path) => /^\/app\/service($|\.last-good$|\.gen-)/.test(path));
  // What a kept name leads to may have been removed by somebody.
  const kept = names.filter((path) => buildAt(fs, path) !== "none");
  const torn = kept.find((path) => !BUILDS.includes(buildAt(fs, path) as "1"));
  if (torn !== undefined) return `${torn} is torn: ${textsOf(fs)[torn]}`;
  const corrupt = STATE_FILES.find((name) =>
    textsOf(fs)[`${DATA}/${name}`] !== undefined && jsonAt(fs, name) === undefined
  );
  if (corrupt !== undefined) return `${corrupt} is torn`;
  if (kept.length === 0) return "no program is left, neither live nor kept";
  const good = buildAt(fs, LAST_GOOD);
  const record = jsonAt(fs, ".boot-record.json");
  for (const [path, known] of [[EXE, record?.["live"]], [LAST_GOOD, record?.["lastGood"]]] as const) {
    const isAt = kept.includes(path) && fs.info(path).stamp === known?.stamp;
    if (isAt && digestOf(shape, buildAt(fs, path)) !== known.digest) return `the record does not say what ${path} is`;
  }
  if (good === "none") return undefined;
  const digest = digestOf(shape, good);
  const known = [record?.["lastGood"], record?.["incoming"]].find((one) => one?.digest === digest);
  if (known?.proven === true && !ghost.proven.includes(good)) return `last-good ${good} was never confirmed`;
  const held = jsonAt(fs, ".boot-quarantine.json")?.["entries"] ?? [];
  // Where a clean-up took last-good, a confirm of a quarantined build lifts the quarantine as its last step.
  const isLifted = !shape.hasOwnFile && ghost.proven.includes(good);
  if (!isLifted && held.some((entry: { digest?: string }) => entry.digest === digest)) {
    return `last-good ${good} is quarantined`;
  }
  return undefined;
}

/** What is wrong with a step that nobody disturbed. */
export function faultOfStep(
  before: Machine,
  deed: Deed,
  done: Pick<Done, "fs" | "full" | "outcome" | "answer">,
): string | undefined {
  const was = diskOf(before);
  const { shape } = before;
  const { buildAt } = shape;
  if (deed.kind === "arm" || deed.kind === "swap") {
    const [good, then] = [buildAt(was, LAST_GOOD), buildAt(done.fs, LAST_GOOD)];
    const isProven = jsonAt(was, ".boot-record.json")?.["lastGood"]?.proven === true;
    return isProven && good !== "none" && good !== then
      ? `${deed.kind} put ${then} in the place of the confirmed last-good ${good}`
      : undefined;
  }
  const isHeldHere = isHeld(was, shape, buildAt(was, EXE)) && buildAt(was, LAST_GOOD) !== "none";
  if (deed.kind === "confirm" && done.answer === "promoted" && isHeldHere) return "a quarantined build was confirmed";
  if (deed.kind !== "boot") return undefined;
  const live = buildAt(was, EXE);
  if (before.ghost.confirmed !== undefined && live === before.ghost.confirmed) {
    if (done.outcome?.kind === "rolledBack" || buildAt(done.fs, EXE) !== live) {
      return `the confirmed ${live} was put back`;
    }
  }
  const isTriedOn = done.outcome?.kind === "proceed" && done.outcome.state !== "degraded";
  if (before.ghost.condemned === live && isTriedOn && buildAt(was, LAST_GOOD) !== "none") {
    return `${live} was condemned, and is started again`;
  }
  if (shape.hasOwnFile && !done.full && buildAt(done.fs, LAST_GOOD) !== "none" && live !== "none") {
    if (done.fs.info(EXE).inode === done.fs.info(LAST_GOOD).inode) return "last-good is the program's own file";
  }
  const counted = attemptsOf(was);
  const now = attemptsOf(done.fs);
  const isPending = counted !== undefined && pendingIs(was, shape, live) && live !== buildAt(was, LAST_GOOD);
  if (isPending && buildAt(done.fs, EXE) === live && now !== undefined && now <= counted) {
    return `a boot of ${live} was not counted: ${counted} attempts before, ${now} after`;
  }
  return undefined;
}

/** What is wrong with what a cut in the middle of a boot has left. */
export function faultOfCut(before: Machine, deed: Deed, left: MemoryFs): string | undefined {
  const was = diskOf(before);
  const { shape } = before;
  const { buildAt } = shape;
  const live = buildAt(was, EXE);
  const counted = attemptsOf(was);
  if (deed.kind !== "boot" || counted === undefined || !pendingIs(was, shape, live)) return undefined;
  if (buildAt(left, EXE) !== live || live === buildAt(was, LAST_GOOD)) return undefined;
  return (attemptsOf(left) ?? -1) < counted ? `the ${counted} attempts of ${live} are lost` : undefined;
}

/** Boots alone lead to a program that runs, and to a cycle that is steady or degraded. */
export function faultOfBoots(core: Core, machine: Machine): string | undefined {
  let state = machine;
  const seen = new Map<string, number>();
  const story: string[] = [];
  for (let boot = 1; boot <= 2 * MAX_ATTEMPTS + 6; boot++) {
    const key = machineKey(state);
    if (seen.has(key)) return faultOfEnd(state, machine, story.at(-1) ?? "");
    seen.set(key, boot);
    const done = perform(core, state, { kind: "boot" });
    story.push(done.answer);
    const runs = BUILDS.includes(machine.shape.buildAt(done.fs, EXE) as "1") || done.answer.endsWith("stand-in");
    if (!runs) return `boot ${boot} starts nothing: ${done.answer}`;
    const stays = done.answer === "proceed degraded";
    if (!stays && boot > MAX_ATTEMPTS + 2 && done.answer.startsWith("proceed probation")) {
      return `after ${boot} boots it is on probation still: ${story.join(", ")}`;
    }
    state = { shape: machine.shape, image: done.fs.disk.image, full: done.full, ghost: done.ghost };
  }
  return `boots come to no end: ${story.join(", ")}`;
}

/** Where boots lead to in the end, and stay. */
function faultOfEnd({ shape, image, full }: Machine, { ghost }: Machine, answer: string): string | undefined {
  if (answer.startsWith("proceed probation")) return "it is on probation for ever";
  const fs = new MemoryFs({}, image);
  const live = shape.buildAt(fs, EXE);
  const record = jsonAt(fs, ".boot-record.json");
  if (answer === "proceed steady" && record?.["lastGood"] !== undefined) {
    const kept = [record["lastGood"], record["incoming"]];
    const isKnown = ghost.proven.includes(live) || kept.some((one) => one?.digest === digestOf(shape, live));
    if (!isKnown) return `the unconfirmed build ${live} is steady for ever`;
  }
  const { condemned } = ghost;
  if (condemned === undefined || full || answer === "proceed degraded") return undefined;
  if (live === condemned) return `${condemned} was condemned, and runs for ever`;
  return isHeld(fs, shape, condemned) ? undefined : `${condemned} was condemned, and is not quarantined`;
}

function digestOf({ digests }: Shape, one: string): string | undefined {
  return digests[BUILDS.indexOf(one as "1")];
}

function isHeld(fs: MemoryFs, shape: Shape, one: string): boolean {
  const held = jsonAt(fs, ".boot-quarantine.json")?.["entries"] ?? [];
  return held.some((entry: { digest?: string }) => entry.digest === digestOf(shape, one));
}

// deno-lint-ignore no-explicit-any
function jsonAt(fs: MemoryFs, name: string): Record<string, any> | undefined {
  const text = textsOf(fs)[`${DATA}/${name}`];
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

function attemptsOf(fs: MemoryFs): number | undefined {
  return jsonAt(fs, ".boot-sentinel.json")?.["attempts"];
}

function pendingIs(fs: MemoryFs, shape: Shape, live: string): boolean {
  return jsonAt(fs, ".boot-sentinel.json")?.["digest"] === digestOf(shape, live);
}
