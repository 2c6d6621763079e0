/** What a command is, and what it is given. @module */
import { isAbsolute } from "@std/path/is_absolute.js";
import { resolve } from "@std/path/resolve.js";
import type { SentinelOptions } from "../core/sentinel_options.ts";
import type { Ports } from "../core/ports.ts";
import { UsageError } from "./exit_codes.ts";
import type { Io } from "./io.ts";
import { COMMON, type OptionName, type Settings } from "./options/options.ts";
import { dataDirOf, type Settled } from "./options/settings.ts";
import type { Values } from "./options/values.ts";

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
  run(context: Context): number | Promise<number>;
}

/** What a command is given. */
export interface Context {
  readonly settings: Settings;
  readonly positionals: readonly string[];
  readonly rest: readonly string[] | undefined;
  /** The options of the command line alone, without those of the environment and the file. */
  readonly flags: Values;
  /** The command's own words as they were typed, up to `--`. */
  readonly words: readonly string[];
  readonly io: Io;
  readonly ports: Ports;
  /** What is wrong in the environment or the configuration file; empty unless the command tolerates it. */
  readonly problems: readonly string[];
  /** Where each setting comes from. */
  readonly originOf: Settled["originOf"];
  /** Told which program a command is about. */
  readonly guarding?: (options: SentinelOptions) => void;
}

/** Every option of a command. */
export function optionsOf(command: Command): OptionName[] {
  return [...new Set([...command.options ?? [], ...COMMON])];
}

/** The guarded program's path, absolute. */
export function exeOf({ settings, io }: Context): string {
  if (settings.exe === undefined) throw new UsageError("Which program? Name it: --exe PATH, or set BOOT_SENTINEL_EXE");
  return resolve(io.cwd, settings.exe);
}

/** What is guarded. `extra`: what else the sentinel is to know. */
export function guarded(
  context: Context,
  exe: string = exeOf(context),
  watchBytes = true,
  extra: { watched?: boolean; invocation?: string } = {},
): SentinelOptions {
  const { settings, io } = context;
  const version = settings.appVersion;
  const options: SentinelOptions = {
    dataDir: dataDirOf(settings, exe, io),
    exe,
    keep: settings.keep,
    watchBytes,
    ...extra,
    ...(version === undefined ? {} : { version }),
  };
  context.guarding?.(options);
  return options;
}

/** Answers a command: a sentence for people, or one JSON object. */
export function answer({ settings, io }: Context, text: string, json: Record<string, unknown>): void {
  if (settings.json) io.stdout(JSON.stringify({ schema: 1, ...json }) + "\n");
  else if (!settings.quiet) io.stdout(text + "\n");
}

/** A file that a command names. */
export function pathArgument({ io }: Context, path: string): string {
  return isAbsolute(path) ? path : resolve(io.cwd, path);
}

/** A positional argument that is there. */
export function positional({ positionals }: Context, index: number): string {
  const value = positionals[index]?.trim();
  if (value === undefined || value === "") throw new UsageError("A version or file is missing: it is empty");
  return value;
}
