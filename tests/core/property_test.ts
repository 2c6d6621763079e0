/** Any sequence of what can happen to a machine, with faults, kills and power cuts in between. @module */
import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import fc from "fast-check";
import { SentinelError } from "../../src/core/errors.ts";
import { FsError, type FsFault } from "../../src/core/ports.ts";
import { crashStates, killStates } from "../support/disk/crash_states.ts";
import { type Fault, faultFs } from "../../src/system/fs/memory/fault_fs.ts";
import type { MemoryFs } from "../../src/system/fs/memory/memory_fs.ts";
import { confirmed, MACHINES, type Machines, RELEASE_MACHINES } from "../support/disk/transactions.ts";
import { build, DATA, EXE, flip, versionAt } from "../support/disk/world.ts";

const LAST_GOOD = `${EXE}.last-good`;

type Op =
  | { kind: "boot" | "crashLoop" | "confirm" | "fail" | "rollback" | "loseLastGood" | "damageLastGood" | "clear" }
  | { kind: "arm" | "swap" | "overwrite" | "replace"; version: string }
  | { kind: "empty" | "garbage" };

const OUTSIDERS: readonly Op["kind"][] = [
  "overwrite",
  "replace",
  "empty",
  "garbage",
  "loseLastGood",
  "damageLastGood",
];

interface Step {
  readonly op: Op;
  /** What the clock says, wherever it jumped. */
  readonly now: number;
  /** Struck by this on the way. */
  readonly fault: Fault | undefined;
  /** Cut short: after which share of the file operations, and whether the power went with it. */
  readonly cut: { readonly share: number; readonly power: boolean } | undefined;
}

const version = fc.constantFrom("1", "2", "3");
const op: fc.Arbitrary<Op> = fc.oneof(
  { weight: 8, arbitrary: fc.constant<Op>({ kind: "boot" }) },
  { weight: 4, arbitrary: fc.constant<Op>({ kind: "crashLoop" }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("swap" as const), version }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("arm" as const), version }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom("overwrite" as const, "replace" as const), version }) },
  { weight: 3, arbitrary: fc.constant<Op>({ kind: "confirm" }) },
  {
    weight: 3,
    arbitrary: fc.constantFrom<Op>(
      { kind: "fail" },
      { kind: "rollback" },
      { kind: "loseLastGood" },
      { kind: "damageLastGood" },
      { kind: "clear" },
      { kind: "empty" },
      { kind: "garbage" },
    ),
  },
);
const codes: FsFault[] = ["noSpace", "readOnly", "denied", "busy", "other", "crossDevice"];
const fault: fc.Arbitrary<Fault> = fc.record({
  code: fc.constantFrom(...codes),
  at: fc.integer({ min: 1, max: 40 }),
  onward: fc.boolean(),
});
/** Single deeds, and the turns that lives take: chance alone seldom finds those. */
const turn: fc.Arbitrary<Op[]> = fc.oneof(
  { weight: 8, arbitrary: op.map((one) => [one]) },
  { weight: 4, arbitrary: version.map((v): Op[] => [{ kind: "swap", version: v }, { kind: "crashLoop" }]) },
  {
    weight: 2,
    arbitrary: version.map((v): Op[] => [{ kind: "swap", version: v }, { kind: "boot" }, { kind: "confirm" }]),
  },
  { weight: 3, arbitrary: version.map((v): Op[] => [{ kind: "replace", version: v }, { kind: "boot" }]) },
);
const mishap = fc.record({
  fault: fc.option(fault, { nil: undefined, freq: 5 }),
  cut: fc.option(fc.record({ share: fc.double({ min: 0, max: 1, noNaN: true }), power: fc.boolean() }), {
    nil: undefined,
    freq: 5,
  }),
});
const calm = fc.constant({ fault: undefined, cut: undefined });
const clock = fc.oneof(fc.constant(Date.UTC(2026, 0, 1)), fc.integer({ min: 0, max: Date.UTC(2099, 0, 1) }));
const steps = fc.array(fc.tuple(turn, fc.oneof(calm, mishap), clock), { minLength: 1, maxLength: 14 })
  // A mishap strikes the last deed of a turn: struck earlier, the turn would not be taken at all.
  .map((turns): Step[] =>
    turns.flatMap(([ops, mishaps, now]) =>
      ops.map((one, i) => ({
        op: one,
        now,
        ...(i === ops.length - 1 ? mishaps : { fault: undefined, cut: undefined }),
      }))
    )
  )
  .map(atMostThreeFaults);

function atMostThreeFaults(list: Step[]): Step[] {
  let left = 3;
  return list.map((each) => each.fault !== undefined && left-- <= 0 ? { ...each, fault: undefined } : each);
}

/** The same histories at every run, so that a failure is a change's own; `SOAK` looks for new ones. */
const search = process.env["SOAK"] === undefined ? { numRuns: 1000, seed: 20260101 } : { numRuns: 40_000 };

test("any history with up to three faults, kills and power cuts leaves a program that starts, and the laws hold", () => {
  fc.assert(fc.property(steps, fc.boolean(), (history, confirm) => live(MACHINES, history, confirm)), search);
});

test("so does any history of releases, whose links others flip, remove or lead to nowhere", () => {
  const { numRuns } = search;
  const lived = fc.property(steps, fc.boolean(), (history, confirm) => live(RELEASE_MACHINES, history, confirm));
  fc.assert(lived, { ...search, numRuns: numRuns / 10 });
});

/** Lives through a history. */
function live(make: Machines, history: Step[], confirm: boolean): void {
  let fs = confirm ? confirmed(make) : make.fresh();
  const programOf = (fs: MemoryFs) => buildAt(fs, EXE);
  /** What was confirmed and not touched since. */
  let good: string | undefined;
  /** What cuts left of outsiders' writes, and looks like a script: nobody can tell it from a program. */
  const torn = new Set<string | undefined>();
  const isProgram = (text: string | undefined) => isBuild(text) || torn.has(text);
  for (const { op, now, fault, cut } of history) {
    const before = programOf(fs);
    const startableBefore = isProgram(before) || lastGoodOf(make, fs) !== undefined;
    fs.makeDurable();
    const faulty = faultFs(fs, fault === undefined ? [] : [fault]);
    const answer = act(make, op, fs, faulty, now);
    const undisturbed = fault === undefined && cut === undefined;
    const isBoot = op.kind === "boot" || op.kind === "crashLoop";
    assert.ok(!(isBoot && answer === "threw"), "the gate threw");
    if (isBoot && good !== undefined && before === good && cut === undefined) {
      assert.equal(programOf(fs), good, "a confirmed build was rolled back");
    }
    if (cut !== undefined) fs = cutShort(fs, cut);
    const outside = OUTSIDERS.includes(op.kind);
    if (outside && cut !== undefined && programOf(fs)?.startsWith("#!") === true) torn.add(programOf(fs));
    if (isProgram(before) && !outside) assert.ok(isProgram(programOf(fs)), `${op.kind} left no program`);
    if (isBoot && undisturbed) {
      if (startableBefore) assert.ok(isProgram(programOf(fs)), `nothing can be started: ${programOf(fs)}`);
      assertNoHeldBuildRuns(make, fs);
      if (make === MACHINES) assertOwnFile(fs);
    }
    if (!isBoot || programOf(fs) !== before) good = undefined;
    if (op.kind === "confirm" && undisturbed && answer === "confirmed") good = programOf(fs);
  }
}

function act(make: Machines, op: Op, fs: MemoryFs, faulty: ReturnType<typeof faultFs>, now: number): string {
  const sentinel = make.sentinel(faulty, [], {}, now);
  try {
    switch (op.kind) {
      case "boot":
        sentinel.boot();
        break;
      case "crashLoop":
        for (let boot = 1; boot <= 4; boot++) sentinel.boot();
        break;
      case "confirm":
        return sentinel.confirmHealthy().kind === "notLive" ? "not live" : "confirmed";
      case "fail":
        sentinel.fail("property");
        break;
      case "rollback":
        sentinel.rollback();
        break;
      case "clear":
        for (const held of sentinel.quarantinedVersions()) sentinel.clearQuarantine(held);
        break;
      case "arm":
        sentinel.armForSwap(EXE, op.version);
        break;
      case "swap":
        make.lay(fs, op.version);
        fs.makeDurable();
        sentinel.swap(make.update(op.version), op.version);
        break;
      default:
        if (make === MACHINES) outsider(op, fs);
        else outsiderOfReleases(op, fs);
    }
    return "done";
  } catch (error) {
    assert.ok(error instanceof FsError || error instanceof SentinelError, `${op.kind} threw ${error}`);
    return op.kind === "boot" || op.kind === "crashLoop" ? "threw" : "refused";
  }
}

/** What others do to the files. */
function outsider(op: Op, fs: MemoryFs): void {
  const exists = fs.texts()[EXE] !== undefined;
  if (op.kind === "overwrite" && exists) fs.writeInPlace(EXE, build(op.version));
  if (op.kind === "replace") fs.replace(EXE, build(op.version), 0o755);
  if (op.kind === "empty" && exists) fs.writeInPlace(EXE, "");
  if (op.kind === "garbage" && exists) fs.writeInPlace(EXE, "<html>404</html>");
  if (op.kind === "damageLastGood" && fs.texts()[LAST_GOOD] !== undefined) {
    fs.writeInPlace(LAST_GOOD, "<html>503</html>");
  }
  if (op.kind === "loseLastGood") fs.remove(LAST_GOOD);
}

function outsiderOfReleases(op: Op, fs: MemoryFs): void {
  if (op.kind === "overwrite" || op.kind === "replace") RELEASE_MACHINES.replace(fs, op.version);
  if (op.kind === "empty") flip(fs, "none");
  if (op.kind === "garbage") fs.remove(EXE);
  if (op.kind === "loseLastGood" || op.kind === "damageLastGood") fs.remove(LAST_GOOD);
}

function cutShort(fs: MemoryFs, cut: { share: number; power: boolean }): MemoryFs {
  const states: MemoryFs[] = [];
  for (const state of cut.power ? crashStates(fs) : killStates(fs)) {
    states.push(state.fs);
    if (states.length >= 200) break;
  }
  return states[Math.min(states.length - 1, Math.floor(cut.share * states.length))] ?? fs;
}

/** The text of a program; of a release, that of its main file, if all of it is whole. */
function buildAt(fs: MemoryFs, path: string): string | undefined {
  const text = fs.texts()[path];
  if (text?.startsWith("-> ") !== true) return text;
  return text.endsWith("/none") ? undefined : build(versionAt(fs, path) ?? "");
}

function isBuild(text: string | undefined): boolean {
  return text !== undefined && /^#!build \d$/.test(text);
}

/** Last-good, if it is whole and of the bytes that its record names. */
function lastGoodOf(make: Machines, fs: MemoryFs): string | undefined {
  const text = buildAt(fs, LAST_GOOD);
  const sentinel = make.sentinel(fs);
  const digest = sentinel.status().lastGood?.digest;
  if (!isBuild(text) || digest === undefined) return undefined;
  return digest === "" || sentinel.ports.fs.digest(LAST_GOOD) === digest ? text : undefined;
}

function assertOwnFile(fs: MemoryFs): void {
  if (buildAt(fs, EXE) === undefined || lastGoodOf(MACHINES, fs) === undefined) return;
  assert.notEqual(fs.info(EXE).inode, fs.info(LAST_GOOD).inode, "last-good shares its file with the program");
}

function assertNoHeldBuildRuns(make: Machines, fs: MemoryFs): void {
  const held = JSON.parse(fs.texts()[`${DATA}/.boot-quarantine.json`] ?? '{"entries":[]}').entries ?? [];
  const lastGood = lastGoodOf(make, fs);
  if (held.length === 0 || buildAt(fs, EXE) === undefined) return;
  const digest = make.sentinel(fs).ports.fs.digest(EXE);
  const isHeld = held.some((entry: { digest?: string }) => entry.digest === digest);
  if (!isHeld || lastGood === undefined) return;
  assert.equal(buildAt(fs, EXE), lastGood, "quarantined bytes are live beside a good last-good");
}
