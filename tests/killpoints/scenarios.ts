/** The states in which a command is killed. @module */
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { start } from "./strace.ts";

/** A directory with a guarded program. */
export interface Site {
  readonly dir: string;
  readonly exe: string;
  /** Another build, beside the program. */
  readonly v2: string;
  /** A file that goes and comes back with the builds; its new content lies in `v2Member`. */
  readonly member?: { readonly path: string; readonly v2Member: string };
}

/** A command, and what it finds. */
export interface Scenario {
  readonly name: string;
  /** The builds have a file that goes and comes back with them. */
  readonly hasMember?: true;
  /** Brings a site with a confirmed v1 into the state that the command finds. */
  readonly before: (call: (...args: string[]) => Promise<void>, site: Site) => Promise<void> | void;
  /**
   * Without one it is the command of an installed unit. A gate needs nobody to call it again: the next boots end where
   * it would have ended.
   */
  readonly command?: (site: Site) => string[];
}

// More than two reads' worth, so that copies are killed in their middle; a shell never looks behind the exit.
const PADDING = "#".repeat(2_500_000);

/** The program in use, and the bad one that replaces it. */
export const BUILDS = {
  v1: `#!/bin/sh\necho v1\nexit 0\n${PADDING}\n`,
  v2: `#!/bin/sh\necho v2\nexit 1\n${PADDING}v2\n`,
} as const;

/** The options of every command. */
export function optionsOf({ exe, member }: Site): string[] {
  return ["--exe", exe, ...(member === undefined ? [] : ["--with", member.path])];
}

function swapWithMember({ v2, member }: Site): string[] {
  return ["swap", v2, "--to", "2.0.0", "--with-file", `${member?.path}=${member?.v2Member}`];
}

/** Lays out a site: v1 confirmed as 1.0.0, then what the scenario adds. */
export async function lay(dir: string, sentinel: string, scenario: Scenario): Promise<Site> {
  const site: Site = {
    dir,
    exe: join(dir, "app"),
    v2: join(dir, "v2"),
    ...(scenario.hasMember ? { member: { path: join(dir, "app.conf"), v2Member: join(dir, "v2.conf") } } : {}),
  };
  if (site.member !== undefined) {
    writeFileSync(site.member.path, "v1");
    writeFileSync(site.member.v2Member, "v2");
  }
  writeFileSync(site.exe, BUILDS.v1, { mode: 0o755 });
  writeFileSync(site.v2, BUILDS.v2, { mode: 0o755 });
  const call = async (...args: string[]) => {
    const { code, output } = await start([sentinel, ...args, ...optionsOf(site)]);
    if (code !== 0) throw new Error(`${args.join(" ")} ended with ${code}: ${output}`);
  };
  await call("confirm", "--app-version", "1.0.0");
  await scenario.before(call, site);
  return site;
}

/** The commands that change something, each in the state where it changes most. */
export const SCENARIOS: readonly Scenario[] = [
  {
    name: "the unit's start that restores",
    async before(call, { v2 }) {
      await call("swap", v2, "--to", "2.0.0");
      for (let boot = 1; boot <= 3; boot++) await call("check");
    },
  },
  {
    name: "the unit's start that restores a program updated in place",
    async before(call, { exe }) {
      await call("arm", "2.0.0");
      writeFileSync(exe, BUILDS.v2);
      for (let boot = 1; boot <= 3; boot++) await call("check");
    },
  },
  {
    name: "the unit's start that counts",
    before: (call, { v2 }) => call("swap", v2, "--to", "2.0.0"),
  },
  {
    name: "the unit's start that arms by itself",
    before: (_, { exe }) => writeFileSync(exe, BUILDS.v2),
  },
  {
    name: "confirm",
    async before(call, { v2 }) {
      await call("swap", v2, "--to", "2.0.0");
      await call("check");
    },
    command: () => ["confirm"],
  },
  {
    name: "arm",
    // Without a record and a last-good there is all to do.
    before(_, { dir, exe }) {
      rmSync(join(dir, ".boot-record.json"));
      rmSync(`${exe}.last-good`);
    },
    command: () => ["arm", "2.0.0"],
  },
  {
    name: "swap",
    before: () => {},
    command: ({ v2 }) => ["swap", v2, "--to", "2.0.0"],
  },
  {
    name: "rollback",
    before: (call, { v2 }) => call("swap", v2, "--to", "2.0.0"),
    command: () => ["rollback"],
  },
  {
    name: "rollback to an older build",
    async before(call, { v2 }) {
      await call("swap", v2, "--to", "2.0.0");
      await call("check");
      await call("confirm");
    },
    command: () => ["rollback", "--to", "1.0.0"],
  },
  {
    name: "quarantine add",
    before: (call) => call("quarantine", "add", "0.9.0"),
    command: () => ["quarantine", "add", "2.0.0"],
  },
  {
    name: "fail",
    before: (call, { v2 }) => call("swap", v2, "--to", "2.0.0"),
    command: () => ["fail", "answers 500"],
  },
  {
    name: "swap with another file",
    hasMember: true,
    before: () => {},
    command: swapWithMember,
  },
  {
    name: "the unit's start that restores with another file",
    hasMember: true,
    async before(call, site) {
      await call(...swapWithMember(site));
      for (let boot = 1; boot <= 3; boot++) await call("check");
    },
  },
];
