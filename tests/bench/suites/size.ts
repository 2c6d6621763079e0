/** What a program's size costs: swap, rollback, the boot after it, confirm; beside the tools that do the same work. @module */
import { randomBytes } from "node:crypto";
import { closeSync, openSync, rmSync, statfsSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { Contestant } from "../interleave.ts";
import { REFERENCE, REFERENCE_NAME, withoutReference } from "../subjects/reference.ts";
import { missing } from "../subjects/subject.ts";
import type { Workshop } from "../workshop.ts";
import { OURS } from "./gate.ts";
import type { Suite } from "./suite.ts";

const MIB = 1 << 20;

const SIZES = [
  { title: "1 MB", mib: 1, oneRoundIn: 3 },
  { title: "100 MB", mib: 100, oneRoundIn: 6 },
  { title: "1 GB", mib: 1024, oneRoundIn: 6 },
];

/** To copy a file, flush it and compute its sha256, by the usual tools, one after the other. */
export const PLAIN = "cp + sync + sha256sum";
/** The same with a tool that computes the sha256 by the processor's own instructions. */
export const PLAIN_OPENSSL = "cp + sync + openssl";

/** The names of the rows of a size. */
export const ofSize = (name: string, size: string): string => `${name}, ${size}`;

/** The four commands, each of them one whole process. */
export const size: Suite = {
  name: "size",
  title: "Programs of 1 MB, 100 MB and 1 GB",
  about: "Each command from start to end, after a sync. boot-sentinel checks the sha256 of what it copies and " +
    "flushes it; the reference does neither, its swap is arm, cp and mv. The tools' sum stands for swap and confirm.",
  columns: [
    { key: "swap", title: "swap", unit: "ms" },
    { key: "rollback", title: "rollback", unit: "ms" },
    { key: "next", title: "boot after it", unit: "ms" },
    { key: "confirm", title: "confirm", unit: "ms" },
    { key: "cp", title: "cp", unit: "ms" },
    { key: "sync", title: "sync", unit: "ms" },
    { key: "sha256", title: "sha256", unit: "ms" },
  ],
  contestants: (workshop) => SIZES.flatMap((each) => ofOneSize(workshop, each)),
};

function ofOneSize(workshop: Workshop, { title, mib, oneRoundIn }: (typeof SIZES)[number]): Contestant[] {
  const row = (name: string) => ofSize(name, title);
  const { bavail, bsize } = statfsSync(workshop.dir);
  const absent = bavail * bsize < 16 * mib * MIB ? `it takes ${16 * mib} MiB in ${workshop.dir}` : undefined;
  let made: Builds | undefined;
  const builds = () => made ??= makeBuilds(workshop, mib);
  const settle = (place: string) => freeMemory(workshop, place, mib);
  return [
    { ...cycle(workshop, row(OURS), builds, settle, ours), absent },
    { ...cycle(workshop, row(REFERENCE_NAME), builds, settle, theirs), absent: absent ?? withoutReference() },
    { ...tools(workshop, row(PLAIN), builds, settle, ["sha256sum"]), absent },
    {
      ...tools(workshop, row(PLAIN_OPENSSL), builds, settle, ["openssl", "dgst", "-sha256"]),
      absent: absent ?? missing("openssl", "openssl"),
    },
  ].map((contestant) => ({ ...contestant, beside: row(PLAIN), oneRoundIn, warmUp: mib === 1 }));
}

/**
 * Nothing is waiting to be written, and there is free memory for a copy that was just in use: a virtual machine gives
 * free memory back to its host, and to get it again can take seconds a GiB.
 */
export function freeMemory(workshop: Workshop, place: string, mib: number): void {
  const filler = join(place, "filler");
  pad(filler, mib);
  rmSync(filler);
  workshop.run(["sync"]);
}

function makeBuilds(workshop: Workshop, mib: number): Builds {
  const { place } = workshop.place();
  const builds: Builds = [join(place, "a"), join(place, "b")];
  for (const build of builds) pad(workshop.copy(workshop.service, build), mib);
  return builds;
}

/** Two builds that take turns in being the update. */
type Builds = [live: string, update: string];

/** The commands, each as words. */
interface Commands {
  readonly seed: (live: string) => readonly string[];
  readonly swap: (update: string, live: string) => readonly string[];
  /** A boot of the build with one attempt allowed. */
  readonly boot: (build: string) => readonly string[];
  readonly confirm: (build: string) => readonly string[];
  readonly clear: (build: string) => readonly string[];
  /** The exit code of a boot that rolled back. */
  readonly rolledBack: number;
}

const nameOf = (build: string) => build.at(-1) ?? build;

function ours({ sentinel }: Workshop, _: string, exe: string): Commands {
  const about = ["--exe", exe, "--quiet"];
  return {
    seed: (live) => [sentinel, "confirm", "--app-version", nameOf(live), ...about],
    swap: (update) => [sentinel, "swap", update, "--to", nameOf(update), ...about],
    boot: () => [sentinel, "check", "--max-attempts", "1", ...about],
    confirm: () => [sentinel, "confirm", ...about],
    clear: (update) => [sentinel, "quarantine", "clear", nameOf(update), ...about],
    rolledBack: 75,
  };
}

function theirs(_: Workshop, place: string, exe: string): Commands {
  const as = (build: string, ...operation: string[]) => [REFERENCE, place, exe, nameOf(build), ...operation];
  const script = '"$@" && cp "$0" "$3.new" && mv "$3.new" "$3"';
  return {
    seed: (live) => as(live, "confirm"),
    swap: (update, live) => ["/bin/sh", "-c", script, update, ...as(live, "arm", nameOf(update))],
    boot: (build) => as(build, "check", "1"),
    confirm: (build) => as(build, "confirm"),
    clear: (build) => as(build, "clear", nameOf(build)),
    rolledBack: 0,
  };
}

/** Brings the machine to the state in which every command is to find it. */
type Settle = (place: string) => void;

/** Copies a build, flushes the copy and computes its sha256. */
function tools(
  workshop: Workshop,
  name: string,
  builds: () => Builds,
  settle: Settle,
  hash: readonly string[],
): Contestant {
  let place: string | undefined;
  return {
    name,
    turn() {
      const dir = place ??= workshop.place().place;
      const copy = join(dir, "copy");
      const timed = (...words: string[]) => workshop.time(words, dir).ms;
      settle(dir);
      const [cp, sync, sha256] = [timed("cp", builds()[0], copy), timed("sync"), timed(...hash, copy)];
      rmSync(copy);
      return { swap: cp + sync + sha256, confirm: cp + sync + sha256, cp, sync, sha256 };
    },
  };
}

function cycle(
  workshop: Workshop,
  name: string,
  builds: () => Builds,
  settle: Settle,
  commandsOf: (workshop: Workshop, place: string, exe: string) => Commands,
): Contestant {
  let laid: { place: string; commands: Commands; live: string; update: string } | undefined;
  return {
    name,
    turn() {
      laid ??= lay();
      const { place, commands, live, update } = laid;
      const timed = (words: readonly string[], code = 0) => {
        settle(place);
        return workshop.time(words, place, code).ms;
      };
      const swap = timed(commands.swap(update, live));
      workshop.run(commands.boot(update), place);
      const rollback = timed(commands.boot(update), commands.rolledBack);
      const next = timed(commands.boot(live));
      workshop.run(commands.clear(update), place);
      workshop.run(commands.swap(update, live), place);
      workshop.run(commands.boot(update), place);
      const confirm = timed(commands.confirm(update));
      laid = { place, commands, live: update, update: live };
      return { swap, rollback, next, confirm };
    },
  };

  function lay() {
    const { place, exe } = workshop.place();
    const [live, update] = builds();
    workshop.copy(live, exe);
    const commands = commandsOf(workshop, place, exe);
    workshop.run(commands.seed(live), place);
    return { place, commands, live, update };
  }
}

/** Makes a program longer; what a program has behind its image does not keep it from starting. */
function pad(path: string, mib: number): void {
  const block = randomBytes(MIB);
  const file = openSync(path, "a");
  try {
    for (let written = 0; written < mib; written++) writeSync(file, block);
  } finally {
    closeSync(file);
  }
}
