/** The interface of a command, and what all commands use. @module */
import { absolutePath } from "../core/state/paths.ts";
import { escapedLines } from "../core/plain_text.ts";
import type { Ports } from "../core/ports.ts";
import { membersOf } from "../core/sentinel_options.ts";
import type { Problem } from "../core/problem.ts";
import type { Subject } from "../core/subject.ts";
import type { ProcessIo } from "../system/process/process_io.ts";
import { ConfigError, UsageError } from "./cli_errors.ts";
import { COMMON, type OptionName, type Settings } from "./options/options.ts";
import { dataDirOf, type Finds, type ResolvedSettings } from "./options/settings.ts";
import type { CommandLine } from "./options/scan.ts";
import type { Page } from "./output/pages.ts";

/** A command. */
export interface Command {
  /** The usage after the command's name, such as `VERSION [options]`. */
  readonly usage: string;
  readonly summary: string;
  /** The possible values of the first argument. */
  readonly verbs?: readonly string[];
  readonly details?: string;
  readonly examples: readonly string[];
  /** The page of the manual about it. @default "docs/commands.md" */
  readonly page?: Page;
  /** Its options in addition to the common ones. */
  readonly options?: readonly OptionName[];
  /** How it finds the registered service that it is about, without `--name`. @default "service" */
  readonly finds?: Finds["kind"];
  /** The least and the greatest number of positional arguments. */
  readonly positionals: readonly [least: number, most: number];
  /** It starts a service, so an invalid setting in the environment or the configuration file is only logged. */
  readonly gate?: boolean;
  /** Called only by boot-sentinel itself, and not shown in the help. */
  readonly internal?: boolean;
  /** Gets invalid settings as {@link Context.problems} and handles them itself. */
  readonly tolerant?: boolean;
  /**
   * The fast path, called before the other ports are loaded. Returns the exit code, or `undefined` if {@link
   * Command.run} has to be called. Not called with hooks, webhook, metrics or a dry run.
   */
  readonly early?: (context: EarlyContext) => number | undefined;
  run(context: Context): number | Promise<number>;
}

/** The input of {@link Command.early}. */
export interface EarlyContext extends CommandLine {
  readonly settings: Settings;
  /** Where a setting comes from. */
  readonly originOf: ResolvedSettings["originOf"];
  /** The names of the registered services, when none of them was found. */
  readonly services: readonly string[];
  /** The guarded path is a link to a release. */
  readonly isRelease: boolean;
  /** Loads all commands, for commands that list them. */
  readonly allCommands: () => Promise<[name: string, command: Command][]>;
  readonly io: ProcessIo;
  readonly ports: Pick<Ports, "fs" | "host">;
}

/** The input of {@link Command.run}. */
export interface Context extends EarlyContext {
  readonly ports: Ports;
  /** The invalid settings in the environment and the configuration file. Empty unless the command tolerates them. */
  readonly problems: readonly Problem[];
  /** Called when it is known which program the command is about; `service`: the name that its settings are under. */
  readonly onSubject?: (subject: Subject, service: string | undefined) => void;
}

/** All options of a command. */
export function optionsOf(command: Command): OptionName[] {
  return [...new Set([...command.options ?? [], ...COMMON])];
}

/** The path of the guarded file, absolute: that of `--guard`, or else the program's. */
export function exeOf({ settings, io, services, problems }: EarlyContext & Partial<Pick<Context, "problems">>): string {
  const path = settings.guard ?? settings.exe;
  if (path !== undefined) return absolutePath(io.cwd, path);
  // The file that names it cannot be used.
  const [problem] = problems ?? [];
  if (problem !== undefined) throw new ConfigError(problem);
  const those = services.length === 0
    ? ""
    : `; the services of this machine are ${services.join(", ")}: add --name NAME`;
  throw new UsageError(`No program is named: add --exe PATH, or set BOOT_SENTINEL_EXE${those}`);
}

/** The guarded program, from the settings. `known` overrides them. */
export function subjectFrom(
  context: EarlyContext,
  known: Partial<Pick<Subject, "exe" | "isBeside" | "watchBytes" | "watched" | "awaited" | "invocation">> = {},
): Subject {
  const { settings, io } = context;
  const exe = settings.guard === undefined ? known.exe ?? exeOf(context) : exeOf(context);
  const subject: Subject = {
    isStarted: settings.guard === undefined,
    dataDir: dataDirOf(settings, exe, io, context.ports.fs),
    ...membersOf(settings.with),
    pin: settings.pin,
    keep: settings.keep,
    maxAttempts: settings.maxAttempts,
    version: settings.appVersion,
    ...dataOf(context),
    // Units that share a program have counts of their own.
    instance: settings.instance ?? settings.unit,
    watchBytes: true,
    ...known,
    exe,
  };
  (context as Context).onSubject?.(subject, settings.name);
  return subject;
}

/** The service's data, of which snapshots are taken. */
export function dataOf({ settings, io }: EarlyContext): Pick<Subject, "data"> {
  const { data, dataBudget: budget } = settings;
  return data === undefined ? {} : { data: { path: absolutePath(io.cwd, data), budget } };
}

/** Who finds out whether an armed build is good: this program's watcher, somebody else in time, or nobody in time. */
export function watchedBy({ confirm, confirmWithin }: Settings): Pick<Subject, "watched" | "awaited"> {
  return { watched: confirm !== "manual", awaited: confirm === "manual" && confirmWithin !== undefined };
}

/** Prints the result of a command: a sentence, or with --json one JSON object. */
export function answer({ settings, io }: Context, text: string, json: Record<string, unknown>): void {
  if (settings.json) io.stdout(JSON.stringify({ schema: 1, ...json }) + "\n");
  else if (!settings.quiet) io.stdout(escapedLines(text) + "\n");
}

/** The absolute path of a file argument. */
export function pathArgument({ io }: EarlyContext, path: string): string {
  return absolutePath(io.cwd, path);
}

/** A positional argument, which must not be empty. */
export function positional({ positionals }: EarlyContext, index: number): string {
  const value = positionals[index]?.trim();
  if (value === undefined || value === "") throw new UsageError("Cannot use an empty argument: name a version or file");
  return value;
}

/** The message for an invalid setting without which the service is started. */
export function skippedSettingText({ text, advice }: Problem): string {
  return `${text}; the service is started without it; ${advice}`;
}
