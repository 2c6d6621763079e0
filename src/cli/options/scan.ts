/** The command line, taken apart by the option table. @module */
import { parseArgs } from "@std/cli/parse_args.js";
import { EXIT, UnknownWord } from "../exit_codes.ts";
import { type OptionName, specOf } from "./options.ts";
import { coerce, type Values } from "./values.ts";

/** A command line, taken apart. */
export interface CommandLine {
  readonly positionals: readonly string[];
  readonly flags: Values;
  /** What follows `--`; undefined without one. */
  readonly rest: readonly string[] | undefined;
}

/**
 * Takes a command line apart.
 *
 * @throws {UsageError} A flag is unknown, lacks its value, or has one of the wrong kind.
 */
export function parseCommandLine(args: readonly string[], options: readonly OptionName[]): CommandLine {
  const end = args.indexOf("--");
  const own = end < 0 ? [...args] : args.slice(0, end);
  const rest = end < 0 ? undefined : args.slice(end + 1);
  if (own.length === 0) return { positionals: [], flags: {}, rest }; // the common unit
  const isFlag = (name: OptionName) => specOf(name).kind === "flag";
  const parsed = parseArgs(own, {
    boolean: options.filter(isFlag),
    // Everything else is text, positionals too: otherwise the version 1.10 becomes the number 1.1.
    string: ["_", ...options.filter((name) => !isFlag(name))],
    collect: options.filter((name) => specOf(name).kind === "list"),
    alias: { help: "h", version: "V" },
    unknown: (arg: string, name?: string) => {
      if (name !== undefined) throw unknownFlag(arg, options);
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
  return { positionals: parsed._, flags, rest };
}

/** `parseArgs` answers false for a flag that was not given; that must not outrank the environment. */
function namesFlag(arg: string, name: OptionName): boolean {
  const short = { help: "-h", version: "-V" }[name as string];
  return arg === `--${name}` || arg.startsWith(`--${name}=`) || arg === short;
}

function unknownFlag(arg: string, options: readonly OptionName[]): UnknownWord {
  const flag = arg.split("=")[0] ?? arg;
  return new UnknownWord(`Unknown option ${flag}`, flag, options.map((option) => `--${option}`));
}
