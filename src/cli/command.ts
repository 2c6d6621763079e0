/** What a command is, and what it is given. @module */
import { absolutePath } from "../core/state/paths.ts";
import type { Ports } from "../core/ports.ts";
import type { Problem } from "../core/problem.ts";
import type { Subject } from "../core/subject.ts";
import type { ProcessIo } from "../system/process/process_io.ts";
import { UsageError } from "./cli_errors.ts";
import { COMMON, type OptionName, type Settings } from "./options/options.ts";
import { dataDirOf, type ResolvedSettings } from "./options/settings.ts";
import type { CommandLine } from "./options/scan.ts";

/** One command. */
export interface Command {
  /** The line after the name in the usage, such as `VERSION [options]`. */
  readonly usage: string;
  readonly summary: string;
  /** The words that the first argument is one of. */
  readonly verbs?: readonly string[];
  readonly details?: string;
  readonly examples: readonly string[];
  /** Its options beside the common ones. */
  readonly options?: readonly OptionName[];
  /** How many positional arguments it takes, at least and at most. */
  readonly positionals: readonly [least: number, most: number];
  /** The gate: what is wrong in the environment or the configuration file never keeps the service down. */
  readonly gate?: boolean;
  /** Called by this program itself: not in the help. */
  readonly internal?: boolean;
  /** Looks into what is wrong there itself. */
  readonly tolerant?: boolean;
  /**
   * Tried first, before the rest of the ports is loaded: the exit code, if there is nothing to judge. It is not asked
   * when somebody wants to be told of the boot.
   */
  readonly early?: (context: EarlyContext) => number | undefined;
  run(context: Context): number | Promise<number>;
}

/** What a command is given at once. */
export interface EarlyContext extends CommandLine {
  readonly settings: Settings;
  /** Where each setting comes from. */
  readonly originOf: ResolvedSettings["originOf"];
  /** Every command, for those that list them. */
  readonly allCommands: () => Promise<[name: string, command: Command][]>;
  readonly io: ProcessIo;
  readonly ports: Pick<Ports, "fs" | "host">;
}

/** What a command is given. */
export interface Context extends EarlyContext {
  readonly ports: Ports;
  /** What is wrong in the environment or the configuration file; empty unless the command tolerates it. */
  readonly problems: readonly Problem[];
  /** Told which program a command is about. */
  readonly guarding?: (subject: Subject) => void;
}

/** Every option of a command. */
export function optionsOf(command: Command): OptionName[] {
  return [...new Set([...command.options ?? [], ...COMMON])];
}

/** The guarded program's path, absolute. */
export function exeOf({ settings, io }: EarlyContext): string {
  if (settings.exe === undefined) throw new UsageError("Which program? Name it: --exe PATH, or set BOOT_SENTINEL_EXE");
  return absolutePath(io.cwd, settings.exe);
}

/** What is guarded, by the settings and what the command knows better. */
export function subjectFrom(
  context: EarlyContext,
  known: Partial<Pick<Subject, "exe" | "watchBytes" | "watched" | "invocation">> = {},
): Subject {
  const { settings, io } = context;
  const exe = known.exe ?? exeOf(context);
  const subject: Subject = {
    dataDir: dataDirOf(settings, exe, io),
    keep: settings.keep,
    maxAttempts: settings.maxAttempts,
    version: settings.appVersion,
    watchBytes: true,
    ...known,
    exe,
  };
  (context as Context).guarding?.(subject);
  return subject;
}

/** Answers a command: a sentence for people, or one JSON object. */
export function answer({ settings, io }: Context, text: string, json: Record<string, unknown>): void {
  if (settings.json) io.stdout(JSON.stringify({ schema: 1, ...json }) + "\n");
  else if (!settings.quiet) io.stdout(text + "\n");
}

/** A file that a command names. */
export function pathArgument({ io }: EarlyContext, path: string): string {
  return absolutePath(io.cwd, path);
}

/** A positional argument that is there. */
export function positional({ positionals }: EarlyContext, index: number): string {
  const value = positionals[index]?.trim();
  if (value === undefined || value === "") throw new UsageError("A version or file is missing: it is empty");
  return value;
}

/** What is said of a setting that is wrong when the service is started all the same. */
export function withoutIt({ text, advice }: Problem): string {
  return `${text}; the service is started without it; ${advice}`;
}
