/** The command line in this process, in a folder with a guarded program. @module */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { main } from "../../src/cli/main.ts";
import type { LogLevel, Ports } from "../../src/core/ports.ts";
import { environmentOf, type ProcessIo } from "../../src/system/process/process_io.ts";
import type { ToolEnd } from "../../src/system/tools/run_tool.ts";
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
export interface Surroundings extends Partial<Omit<ProcessIo, "env">> {
  readonly env?: Readonly<Record<string, string | undefined>>;
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

/** Runs a command in a folder. */
export async function call(dir: string, surroundings: Surroundings, args: readonly string[]): Promise<Answer> {
  const { ports = {}, env = {}, ...changed } = surroundings;
  const texts = { stdout: "", stderr: "" };
  const log: string[] = [];
  const wanted = (level: LogLevel) =>
    !(level === "debug" && !args.includes("--verbose")) && !(level === "info" && args.includes("--quiet"));
  const code = await main(args, {
    io: {
      self: join(dir, "boot-sentinel"),
      selfCommand: [join(dir, "boot-sentinel")],
      hostName: "machine",
      runtime: "runtime 1",
      target: "linux-x64",
      cwd: dir,
      env: environmentOf(env),
      startedAt: Date.now(),
      colours: false,
      terminal: false,
      stdout: (text) => texts.stdout += text,
      stderr: (text) => texts.stderr += text,
      exec: () => "ENOSYS",
      lastArguments: (count) => args.slice(-count).map((arg) => new TextEncoder().encode(arg)),
      sleep: () => {},
      spawnDetached: () => Promise.reject(new Error("nothing is watched in this test")),
      runTool: () => Promise.reject(new Error("no tool is run in this test")),
      systemctl: () => Promise.reject(new Error("systemd is not asked in this test")),
      ...changed,
    },
    ports: { log: (level, message) => wanted(level) && log.push(`${level}: ${message}`), ...ports },
  });
  return { code, ...texts, log };
}

/** The environment of a machine with these registered services, whose files are put into a folder below `dir`. */
export function machineWith(dir: string, services: Readonly<Record<string, object>>): Record<string, string> {
  const folder = join(dir, "registry/boot-sentinel");
  mkdirSync(folder, { recursive: true });
  for (const [name, settings] of Object.entries(services)) {
    writeFileSync(join(folder, `${name}.json`), JSON.stringify(settings), { mode: 0o600 });
  }
  return { XDG_CONFIG_HOME: join(dir, "registry") };
}

/** A tool of the system that says this, or that fails. */
export function says(stdout: string | undefined): () => Promise<ToolEnd> {
  return () => Promise.resolve({ code: stdout === undefined ? 1 : 0, stdout: stdout ?? "", stderr: "" });
}
