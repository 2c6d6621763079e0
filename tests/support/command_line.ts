/** The command line in this process, in a folder with a guarded program. @module */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { main } from "../../src/cli/main.ts";
import type { Io } from "../../src/cli/io.ts";
import type { LogLevel, Ports } from "../../src/core/ports.ts";
import { realPorts } from "../../src/system/real_ports.ts";
import { inTempDir } from "./temp.ts";

/** How a command ended. */
export interface Answer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly log: readonly string[];
}

/** A folder with a guarded program. */
export interface Site {
  readonly dir: string;
  readonly exe: string;
  /** A file in the folder, executable. */
  file(name: string, content: string): string;
  /** Runs a command about the program. */
  call(...args: string[]): Promise<Answer>;
  /** Runs a command with other surroundings, and without `--exe`. */
  callWith(surroundings: Surroundings, ...args: string[]): Promise<Answer>;
}

/** What a test may change about the surroundings. */
export interface Surroundings extends
  Partial<
    Pick<
      Io,
      | "env"
      | "cwd"
      | "self"
      | "selfWords"
      | "sleep"
      | "terminal"
      | "colours"
      | "become"
      | "starting"
      | "watching"
      | "unitFiles"
    >
  > {
  readonly ports?: Partial<Ports>;
}

/** A program that works. */
export const GOOD = "#!/bin/sh\necho good\n";
/** A program that does not. */
export const BAD = "#!/bin/sh\nexit 1\n";

/** Runs `use` in a new folder with a program. */
export function atSite(use: (site: Site) => Promise<void>): Promise<void> {
  return inTempDir((dir) => {
    const exe = join(dir, "app");
    writeFileSync(exe, GOOD, { mode: 0o755 });
    const callWith = (surroundings: Surroundings, ...args: string[]) => call(dir, surroundings, args);
    return use({
      dir,
      exe,
      file(name, content) {
        writeFileSync(join(dir, name), content, { mode: 0o755 });
        return join(dir, name);
      },
      callWith,
      call: (...args) => callWith({ env: { BOOT_SENTINEL_EXE: exe } }, ...args),
    });
  });
}

async function call(dir: string, surroundings: Surroundings, args: readonly string[]): Promise<Answer> {
  const { ports = {}, ...changed } = surroundings;
  const texts = { stdout: "", stderr: "" };
  const log: string[] = [];
  const io: Io = {
    self: join(dir, "boot-sentinel"),
    selfWords: [join(dir, "boot-sentinel")],
    hostName: "machine",
    runtime: "runtime 1",
    target: "linux-x64",
    cwd: dir,
    env: {},
    startedAt: Date.now(),
    colours: false,
    terminal: false,
    stdout: (text) => texts.stdout += text,
    stderr: (text) => texts.stderr += text,
    become: () => "ENOSYS",
    lastWords: (count) => args.slice(-count).map((arg) => new TextEncoder().encode(arg)),
    sleep: () => {},
    starting: () => Promise.reject(new Error("nothing is watched in this test")),
    watching: () => Promise.reject(new Error("nothing is watched in this test")),
    unitFiles: () => Promise.reject(new Error("nothing is installed in this test")),
    ...changed,
  };
  const code = await main(args, io, ({ quiet, verbose }) => ({
    ...realPorts({
      log: (level: LogLevel, message) => {
        if ((level === "debug" && !verbose) || (level === "info" && quiet)) return;
        log.push(`${level}: ${message}`);
      },
    }),
    ...ports,
  }));
  return { code, ...texts, log };
}
