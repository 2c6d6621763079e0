/** The states in which a command is killed. @module */
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type KillPoint, start } from "./strace.ts";

/** A directory with a guarded program. */
export interface Site {
  readonly kind: "file" | "release";
  readonly dir: string;
  /** The program, or the link to the live release. */
  readonly exe: string;
  /** Another build: a file beside the program, or a directory beside the link; `v2.tgz` is an archive of that. */
  readonly v2: string;
  /** A file that goes and comes back with the builds; its new content lies in `v2Member`. */
  readonly member?: { readonly path: string; readonly v2Member: string };
}

/** Tells a command which build it is about. */
export function about(site: Site): string[] {
  return [site.kind === "file" ? "--exe" : "--guard", site.exe, ...membersOf(site)];
}

/** Tells it which files belong to the builds. */
export function membersOf({ member }: Site): string[] {
  return member === undefined ? [] : ["--with", member.path];
}

/** A command, and what it finds. */
export interface Scenario {
  readonly name: string;
  /** What is guarded. `plain`: a directory that is no release yet. @default {"file"} */
  readonly guards?: "file" | "release" | "plain";
  /** Which calls to try, where the others are those of another scenario. @default all */
  readonly tries?: (point: KillPoint) => boolean;
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

/** The program in a release, and a file that belongs to it. */
export const RELEASE = { program: "run", part: "lib/part" } as const;

/** The record says what is under way, and the rename of the program decides. */
function isOfMember({ about }: KillPoint): boolean {
  return /app\.conf|\.boot-(members|record)|\/app$/.test(about);
}

function swapWithMember({ v2, member }: Site): string[] {
  return ["swap", v2, "--to", "2.0.0", "--with-file", `${member?.path}=${member?.v2Member}`];
}

/** Lays out a site: v1 confirmed as 1.0.0, then what the scenario adds. */
export async function lay(dir: string, sentinel: string, scenario: Scenario): Promise<Site> {
  const { guards = "file" } = scenario;
  const site: Site = {
    kind: guards === "file" ? "file" : "release",
    ...{ dir, exe: join(dir, "app"), v2: join(dir, "v2") },
    ...(scenario.hasMember ? { member: { path: join(dir, "app.conf"), v2Member: join(dir, "v2.conf") } } : {}),
  };
  if (site.member !== undefined) {
    writeFileSync(site.member.path, "v1");
    writeFileSync(site.member.v2Member, "v2");
  }
  if (guards === "file") {
    writeFileSync(site.exe, BUILDS.v1, { mode: 0o755 });
    writeFileSync(site.v2, BUILDS.v2, { mode: 0o755 });
  } else {
    layRelease(guards === "plain" ? site.exe : join(dir, "releases", "1.0.0"), "v1");
    if (guards === "release") symlinkSync("releases/1.0.0", site.exe);
    layRelease(site.v2, "v2");
    await start(["tar", "-C", site.v2, "-czf", `${site.v2}.tgz`, "."]);
  }
  const call = async (...args: string[]) => {
    const { code, output } = await start([sentinel, ...args, ...about(site)]);
    if (code !== 0) throw new Error(`${args.join(" ")} ended with ${code}: ${output}`);
  };
  if (guards !== "plain") await call("confirm", "--app-version", "1.0.0");
  await scenario.before(call, site);
  return site;
}

/** The program ends as that of {@link BUILDS} does, and works with its part alone. */
function layRelease(root: string, build: keyof typeof BUILDS): void {
  mkdirSync(join(root, "lib"), { recursive: true });
  writeFileSync(join(root, RELEASE.part), `${build}\n`);
  const code = build === "v1" ? 0 : 1;
  writeFileSync(join(root, RELEASE.program), `#!/bin/sh\ncat "\${0%/*}/lib/part"\nexit ${code}\n`, { mode: 0o755 });
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
    tries: isOfMember,
    before: () => {},
    command: swapWithMember,
  },
  {
    name: "the unit's start that restores with another file",
    hasMember: true,
    tries: isOfMember,
    async before(call, site) {
      await call(...swapWithMember(site));
      for (let boot = 1; boot <= 3; boot++) await call("check");
    },
  },
  {
    name: "swap of a directory",
    guards: "release",
    tries: ({ about }) => /\/(releases|app)/.test(about),
    before: () => {},
    command: ({ v2 }) => ["swap", v2, "--to", "2.0.0"],
  },
  {
    name: "swap of an archive",
    guards: "release",
    // The runtime's own writes while it unpacks are never the same number, so none of those can be aimed at.
    tries: ({ call, about }) => about.includes("/releases/") && call !== "write",
    before: () => {},
    command: ({ v2 }) => ["swap", `${v2}.tgz`, "--to", "2.0.0"],
  },
  {
    name: "the unit's start that restores a release",
    guards: "release",
    async before(call, { v2 }) {
      await call("swap", v2, "--to", "2.0.0");
      for (let boot = 1; boot <= 3; boot++) await call("check");
    },
  },
  {
    name: "confirm that removes a release",
    guards: "release",
    tries: ({ about }) => about.includes("/releases/"),
    async before(call, { v2 }) {
      await call("swap", v2, "--to", "2.0.0");
      await call("rollback");
    },
    command: () => ["confirm", "--keep", "0"],
  },
  {
    name: "adopt",
    guards: "plain",
    before: () => {},
    command: ({ exe }) => ["adopt", exe],
  },
];
