/** Parses the arguments by the option table. @module */
import { EXIT } from "../../core/exit_codes.ts";
import { UnknownNameError, UsageError } from "../cli_errors.ts";
import { flagName, type OptionName, optionOfFlag, specOf } from "./options.ts";
import { coerce, type Value, type Values } from "./values.ts";

/** A parsed command line. */
export interface CommandLine {
  readonly positionals: readonly string[];
  readonly flags: Values;
  /** The arguments before `--`, unchanged. */
  readonly ownArgs: readonly string[];
  /** The arguments after `--`; `undefined` without `--`. */
  readonly rest: readonly string[] | undefined;
}

/** Short forms of options. */
const SHORT: Readonly<Record<string, OptionName>> = { "-h": "help", "-q": "quiet", "-v": "verbose", "-V": "version" };

/**
 * Parses arguments: `--name VALUE`, `--name=VALUE`, `--flag`, `--flag=false`, positional arguments, and what follows
 * `--`. An option that is a list may be repeated; of any other option the last value is used. A value that starts with
 * a hyphen has to follow `=`.
 *
 * @param options The options that the command has.
 * @throws {UsageError} An option is unknown, has no value, or has an invalid one.
 */
export function scanCommandLine(args: readonly string[], options: readonly OptionName[]): CommandLine {
  const end = args.indexOf("--");
  const ownArgs = end < 0 ? args : args.slice(0, end);
  const positionals: string[] = [];
  const raw: Partial<Record<OptionName, string | boolean | string[]>> = {};
  for (let at = 0; at < ownArgs.length; at++) {
    const arg = ownArgs[at] ?? "";
    if (!arg.startsWith("-") || arg === "-") {
      positionals.push(arg);
      continue;
    }
    const equals = arg.startsWith("--") ? arg.indexOf("=") : -1;
    const flag = equals < 0 ? arg : arg.slice(0, equals);
    const name = nameOf(flag, options);
    let value: string | boolean = arg.slice(equals + 1);
    if (equals < 0) value = specOf(name).kind === "flag" ? true : valueAfter(name, ownArgs[++at]);
    if (specOf(name).kind === "list") ((raw[name] ??= []) as string[]).push(String(value));
    else raw[name] = value;
  }
  const flags: Values = {};
  for (const name in raw) flags[name as OptionName] = checked(name as OptionName, raw);
  return { positionals, flags, ownArgs, rest: end < 0 ? undefined : args.slice(end + 1) };
}

function checked(name: OptionName, raw: Readonly<Record<string, unknown>>): Value {
  return coerce(name, raw[name], `--${flagName(name)}`, EXIT.usage);
}

function nameOf(flag: string, options: readonly OptionName[]): OptionName {
  const name = SHORT[flag] ?? (flag.startsWith("--") ? optionOfFlag(flag.slice(2)) : undefined);
  if (name !== undefined && options.includes(name)) return name;
  // For a short option no similar name is suggested.
  throw new UnknownNameError(
    `Unknown option ${flag}`,
    flag,
    flag.startsWith("--") ? options.map((o) => `--${flagName(o)}`) : [],
  );
}

function valueAfter(name: OptionName, next: string | undefined): string {
  if (next !== undefined && (!next.startsWith("-") || next === "-")) return next;
  const { value = "VALUE", choices, page } = specOf(name);
  const takes = choices?.join("|") ?? value;
  const flag = `--${flagName(name)}`;
  const hint = next === undefined ? "" : ` (for a value that starts with a hyphen: ${flag}=${next})`;
  throw new UsageError(`Cannot use ${flag}: its value is missing; it is ${flag} ${takes}${hint}`, undefined, page);
}
