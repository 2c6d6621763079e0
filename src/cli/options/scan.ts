/** The command line, taken apart by the option table. @module */
import { EXIT } from "../../core/exit_codes.ts";
import { UnknownWord, UsageError } from "../cli_errors.ts";
import { flagName, type OptionName, optionOfFlag, specOf } from "./options.ts";
import { coerce, type Value, type Values } from "./values.ts";

/** A command line, taken apart. */
export interface CommandLine {
  readonly positionals: readonly string[];
  readonly flags: Values;
  /** What stands before `--`, as it was typed. */
  readonly own: readonly string[];
  /** What follows `--`; undefined without one. */
  readonly rest: readonly string[] | undefined;
}

/** Options that one letter stands for. */
const SHORT: Readonly<Record<string, OptionName>> = { "-h": "help", "-q": "quiet", "-v": "verbose", "-V": "version" };

/**
 * Takes a command line apart: `--name VALUE`, `--name=VALUE`, `--flag`, `--flag=false`, positional arguments, and what
 * follows `--`. A list takes its option repeatedly; of any other option the last one counts. A value that begins with
 * a hyphen stands after `=`.
 *
 * @param options The options that the command takes.
 * @throws {UsageError} A flag is unknown, lacks its value, or has one of the wrong kind.
 */
export function scanCommandLine(args: readonly string[], options: readonly OptionName[]): CommandLine {
  const end = args.indexOf("--");
  const own = end < 0 ? args : args.slice(0, end);
  const positionals: string[] = [];
  const raw: Partial<Record<OptionName, string | boolean | string[]>> = {};
  for (let at = 0; at < own.length; at++) {
    const arg = own[at] ?? "";
    if (!arg.startsWith("-") || arg === "-") {
      positionals.push(arg);
      continue;
    }
    const equals = arg.startsWith("--") ? arg.indexOf("=") : -1;
    const word = equals < 0 ? arg : arg.slice(0, equals);
    const name = nameOf(word, options);
    let value: string | boolean = arg.slice(equals + 1);
    if (equals < 0) value = specOf(name).kind === "flag" ? true : valueAfter(name, own[++at]);
    if (specOf(name).kind === "list") ((raw[name] ??= []) as string[]).push(String(value));
    else raw[name] = value;
  }
  const flags: Values = {};
  for (const name in raw) flags[name as OptionName] = checked(name as OptionName, raw);
  return { positionals, flags, own, rest: end < 0 ? undefined : args.slice(end + 1) };
}

function checked(name: OptionName, raw: Readonly<Record<string, unknown>>): Value {
  return coerce(name, raw[name], `--${flagName(name)}`, EXIT.usage);
}

function nameOf(word: string, options: readonly OptionName[]): OptionName {
  const name = SHORT[word] ?? (word.startsWith("--") ? optionOfFlag(word.slice(2)) : undefined);
  if (name !== undefined && options.includes(name)) return name;
  // Of one letter nothing can be guessed.
  throw new UnknownWord(
    `Unknown option ${word}`,
    word,
    word.startsWith("--") ? options.map((o) => `--${flagName(o)}`) : [],
  );
}

function valueAfter(name: OptionName, next: string | undefined): string {
  if (next !== undefined && (!next.startsWith("-") || next === "-")) return next;
  const { value = "VALUE", choices } = specOf(name);
  const takes = choices?.join("|") ?? value;
  const flag = `--${flagName(name)}`;
  const hint = next === undefined ? "" : ` (one that begins with a hyphen: ${flag}=${next})`;
  throw new UsageError(`Cannot use ${flag}: its value is missing; it is ${flag} ${takes}${hint}`);
}
