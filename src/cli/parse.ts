/** The command line, taken apart by the option table. @module */
import { parseArgs } from "@std/cli/parse_args.js";
import { EXIT, UsageError } from "./exit_codes.ts";
import { type OptionName, OPTIONS, specOf } from "./options.ts";
import { coerce, type Values } from "./values.ts";

/** A command line, taken apart. */
export interface CommandLine {
  readonly positionals: readonly string[];
  readonly flags: Values;
  /** What follows `--`; undefined without one. */
  readonly rest: readonly string[] | undefined;
}

/** A flag that the command does not have. Its nearest is looked up by whoever shows the message. */
export class UnknownFlag extends UsageError {
  constructor(readonly flag: string, readonly known: readonly string[]) {
    super(`Unknown option ${flag}`);
  }
}

/**
 * Takes a command line apart.
 *
 * @throws {UsageError} A flag is unknown, lacks its value, or has one of the wrong kind.
 */
export function parseCommandLine(args: readonly string[], options: readonly OptionName[]): CommandLine {
  const end = args.indexOf("--");
  const own = end < 0 ? [...args] : args.slice(0, end);
  const isFlag = (name: OptionName) => specOf(name).kind === "flag";
  const parsed = parseArgs(own, {
    boolean: options.filter(isFlag),
    // Everything else is text, positionals too: otherwise the version 1.10 becomes the number 1.1.
    string: ["_", ...options.filter((name) => !isFlag(name))],
    collect: options.filter((name) => specOf(name).kind === "list"),
    alias: { help: "h", version: "V" },
    unknown: (arg: string, name?: string) => {
      if (name !== undefined) throw new UnknownFlag(arg.split("=")[0] ?? arg, options.map((option) => `--${option}`));
      return true;
    },
  }) as Record<string, unknown> & { _: string[] };
  const flags: Values = {};
  for (const name of options) {
    const value = parsed[name];
    if (
      value === undefined || (Array.isArray(value) && value.length === 0) ||
      (isFlag(name) && !own.some((arg) => namesFlag(arg, name)))
    ) continue;
    flags[name] = coerce(name, value, `--${name}`, EXIT.usage);
  }
  return { positionals: parsed._, flags, rest: end < 0 ? undefined : args.slice(end + 1) };
}

/** `parseArgs` answers false for a flag that was not given; that must not outrank the environment. */
function namesFlag(arg: string, name: OptionName): boolean {
  const short = { help: "-h", version: "-V" }[name as string];
  return arg === `--${name}` || arg.startsWith(`--${name}=`) || arg === short;
}

/** Every flag there is, for the nearest one to a mistyped flag. */
export function allFlags(): string[] {
  return Object.keys(OPTIONS).map((name) => `--${name}`);
}
