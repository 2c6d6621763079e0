/** What a release's size costs: a start, a rollback, and putting another one in place. @module */
import { randomBytes } from "node:crypto";
import { mkdirSync, rmSync, statfsSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { installedUnit } from "../../support/installed_unit.ts";
import type { Contestant } from "../interleave.ts";
import { median } from "../statistics.ts";
import { missing } from "../subjects/subject.ts";
import type { Workshop } from "../workshop.ts";
import { OURS } from "./gate.ts";
import { freeMemory } from "./size.ts";
import type { Suite } from "./suite.ts";

const MIB = 1 << 20;

/** The names of the rows of starts and rollbacks. */
export const ONE_FILE = "a program of one file";
/** A small release. */
export const FEW = "a release of 10 files";
/** A large release. */
export const MANY = "a release of 100,000 files";

/** How often a start is measured in one turn; its median counts. */
const STARTS = 5;

/** A start and a rollback do not depend on what a release holds. */
export const releases: Suite = {
  name: "releases",
  title: "Releases: a start and a rollback",
  about:
    "The command of an installed unit before its service, from start to end: nothing armed, and the one that puts " +
    "the last good build back, after a sync.",
  columns: [
    { key: "start", title: "start", unit: "ms" },
    { key: "rollback", title: "rollback", unit: "ms" },
  ],
  contestants: (workshop) =>
    [
      guarded(workshop, ONE_FILE, (place) => {
        const [live, update] = [join(place, "app"), join(place, "app-2")];
        workshop.copy(workshop.service, live);
        workshop.copy(workshop.service, update, "2");
        return { guard: live, program: live, update };
      }),
      guarded(workshop, FEW, (place) => laidRelease(workshop, place, 10)),
      guarded(workshop, MANY, (place) => laidRelease(workshop, place, 100_000)),
    ].map((contestant) => ({ ...contestant, beside: ONE_FILE, oneRoundIn: 3 })),
};

/** What is guarded, the program that is started, and the update that fails. */
interface Guarded {
  readonly guard: string;
  readonly program: string;
  readonly update: string;
}

function laidRelease(workshop: Workshop, place: string, files: number): Guarded {
  const [home, guard] = [join(place, "releases"), join(place, "current")];
  for (const version of ["1", "2"]) {
    makeTree(join(home, version), { files: files - 1, bytes: 600 });
    workshop.copy(workshop.service, join(home, version, "app"), version);
  }
  symlinkSync("releases/1", guard);
  return { guard, program: join(guard, "app"), update: join(home, "2") };
}

function guarded(workshop: Workshop, name: string, lay: (place: string) => Guarded): Contestant {
  let laid: ReturnType<typeof install> | undefined;
  return {
    name,
    turn() {
      const { place, check, about, update } = laid ??= install();
      const ours = (...words: string[]) => workshop.run([workshop.sentinel, ...words, ...about], place);
      const start = () => workshop.time(check, place).ms;
      const starts = Array.from({ length: STARTS }, start);
      ours("swap", update, "--to", "2");
      workshop.run(check, place);
      // What was read and written before is not for the rollback to flush.
      workshop.run(["sync"]);
      const rollback = workshop.time(check, place).ms;
      ours("quarantine", "clear", "--all");
      workshop.run(check, place);
      return { start: median(starts), rollback };
    },
  };

  function install() {
    const { place } = workshop.place();
    const { guard, program, update } = lay(place);
    const options = ["--guard", guard, "--data-dir", join(place, "data"), "--max-attempts", "1", "--confirm", "manual"];
    const unit = installedUnit([workshop.sentinel], "guarded", program, ...options);
    mkdirSync(join(place, "boot-sentinel"));
    writeFileSync(join(place, "boot-sentinel", "guarded.json"), unit.registered);
    const about = ["--name", "guarded", "--quiet"];
    workshop.run([workshop.sentinel, "confirm", "--app-version", "1", ...about], place);
    workshop.run(unit.check, place);
    return { place, check: unit.check, about, update };
  }
}

/** Two kinds of trees. `room`: how much a run takes, in MiB. */
export const TREES = [
  { title: "100,000 files", files: 100_000, bytes: 600, mib: 400, room: 13_000 },
  { title: "1 GB", files: 1, bytes: 1024 * MIB, mib: 1024, room: 7_000 },
] as const;

/** To copy a tree, flush it and compute the sha256 of its files, by the usual tools, one after the other. */
export const PLAIN_TREE = "cp -a + sync + sha256sum";
/** The same with a tool that computes the sha256 by the processor's own instructions. */
export const PLAIN_TREE_OPENSSL = "cp -a + sync + openssl";

/** The names of the rows of a tree. */
export const ofTree = (name: string, title: string): string => `${name}, ${title}`;

/** Putting a tree in place. */
export const trees: Suite = {
  name: "trees",
  title: "Releases: swap",
  about: "swap of a directory beside the tools that do the same work. boot-sentinel copies and flushes it, reads the " +
    "copy again and compares the sha256 of all files, and reads the outgoing release, which is as large.",
  columns: [
    { key: "swap", title: "swap", unit: "ms" },
    { key: "cp", title: "cp -a", unit: "ms" },
    { key: "sync", title: "sync", unit: "ms" },
    { key: "sha256", title: "sha256", unit: "ms" },
  ],
  contestants: (workshop) => TREES.flatMap((tree) => ofOneTree(workshop, tree)),
};

function ofOneTree(workshop: Workshop, { title, files, bytes, mib, room }: (typeof TREES)[number]): Contestant[] {
  const row = (name: string) => ofTree(name, title);
  const { bavail, bsize } = statfsSync(workshop.dir);
  const absent = bavail * bsize < room * MIB ? `it takes ${room} MiB in ${workshop.dir}` : undefined;
  let made: string | undefined;
  const tree = () => made ??= makeTree(join(workshop.place().place, "tree"), { files, bytes });
  // A new place for each turn. ext4 is slow where many files were removed a moment ago, so they stay until the end.
  const inPlace = (act: (place: string) => Readonly<Record<string, number>>) => () => {
    const from = tree();
    const { place } = workshop.place();
    try {
      workshop.run(["cp", "-a", from, join(place, "outgoing")]);
      freeMemory(workshop, place, mib);
      return act(place);
    } finally {
      if (files === 1) rmSync(place, { recursive: true });
    }
  };
  const tools = (name: string, ...hash: string[]) => ({
    name: row(name),
    turn: inPlace((place) => {
      const copy = join(place, "copy");
      const timed = (...words: string[]) => workshop.time(words, place).ms;
      const [cp, sync] = [timed("cp", "-a", tree(), copy), timed("sync")];
      const each = ["xargs", "-0", ...hash];
      const sha256 = timed("/bin/sh", "-c", 'find "$0" -type f -print0 | "$@" >/dev/null', copy, ...each);
      return { swap: cp + sync + sha256, cp, sync, sha256 };
    }),
  });
  const ours = {
    name: row(OURS),
    turn: inPlace((place) => {
      const [home, guard] = [join(place, "releases"), join(place, "current")];
      workshop.run(["mkdir", home]);
      workshop.run(["mv", join(place, "outgoing"), join(home, "1")]);
      writeFileSync(join(home, "1", "version"), "1");
      symlinkSync("releases/1", guard);
      const about = ["--guard", guard, "--quiet"];
      workshop.run([workshop.sentinel, "confirm", "--app-version", "1", ...about], place);
      return { swap: workshop.time([workshop.sentinel, "swap", tree(), "--to", "2", ...about], place).ms };
    }),
  };
  return [
    ours,
    tools(PLAIN_TREE, "sha256sum"),
    { ...tools(PLAIN_TREE_OPENSSL, "openssl", "dgst", "-sha256"), absent: absent ?? missing("openssl", "openssl") },
  ].map((contestant) => ({ absent, ...contestant, beside: row(PLAIN_TREE), oneRoundIn: 6, warmUp: false }));
}

/** Makes a directory with files of random content, a hundred of them in each folder. */
function makeTree(root: string, { files, bytes }: { readonly files: number; readonly bytes: number }): string {
  const content = randomBytes(Math.min(bytes, MIB));
  for (let file = 0; file < files; file++) {
    const folder = join(root, `lib-${Math.floor(file / 100)}`);
    if (file % 100 === 0) mkdirSync(folder, { recursive: true });
    const path = join(folder, `module-${file}.js`);
    writeFileSync(path, `${file}`);
    for (let written = 0; written < bytes; written += content.length) writeFileSync(path, content, { flag: "a" });
  }
  return root;
}
