/** What a program's size costs: swap, rollback, the boot after it, confirm. @module */
import { randomBytes } from "node:crypto";
import { closeSync, openSync, statfsSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { Contestant } from "../interleave.ts";
import { REFERENCE, REFERENCE_NAME, withoutReference } from "../subjects/reference.ts";
import type { Workshop } from "../workshop.ts";
import { OURS } from "./gate.ts";
import type { Suite } from "./suite.ts";

const MIB = 1 << 20;

const SIZES = [
  { title: "1 MB", mib: 1, oneRoundIn: 3 },
  { title: "100 MB", mib: 100, oneRoundIn: 6 },
  { title: "1 GB", mib: 1024, oneRoundIn: 15 },
];

/** The names of the rows of a size. */
export const ofSize = (name: string, size: string): string => `${name}, ${size}`;

/** The four commands, each of them one whole process. */
export const size: Suite = {
  name: "size",
  title: "Programs of 1 MB, 100 MB and 1 GB",
  about: "Each command from start to end, after a sync. boot-sentinel checks the sha256 of what it copies and " +
    "flushes it; the reference does neither, its swap is arm, cp and mv.",
  columns: [
    { key: "swap", title: "swap", unit: "ms" },
    { key: "rollback", title: "rollback", unit: "ms" },
    { key: "next", title: "boot after it", unit: "ms" },
    { key: "confirm", title: "confirm", unit: "ms" },
  ],
  contestants: (workshop) => SIZES.flatMap((each) => ofOneSize(workshop, each)),
};

function ofOneSize(workshop: Workshop, { title, mib, oneRoundIn }: (typeof SIZES)[number]): Contestant[] {
  const [own, other] = [ofSize(OURS, title), ofSize(REFERENCE_NAME, title)];
  const { bavail, bsize } = statfsSync(workshop.dir);
  const absent = bavail * bsize < 16 * mib * MIB ? `it takes ${16 * mib} MiB in ${workshop.dir}` : undefined;
  let made: Builds | undefined;
  const builds = () => made ??= makeBuilds(workshop, mib);
  return [
    { ...cycle(workshop, own, builds, ours), absent },
    { ...cycle(workshop, other, builds, theirs), absent: absent ?? withoutReference() },
  ].map((contestant) => ({ ...contestant, beside: other, oneRoundIn, warmUp: mib === 1 }));
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

function cycle(
  workshop: Workshop,
  name: string,
  builds: () => Builds,
  commandsOf: (workshop: Workshop, place: string, exe: string) => Commands,
): Contestant {
  let laid: { place: string; commands: Commands; live: string; update: string } | undefined;
  return {
    name,
    turn() {
      laid ??= lay();
      const { place, commands, live, update } = laid;
      const timed = (words: readonly string[], code = 0) => {
        workshop.run(["sync"]);
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
