/** Values of options: what each kind takes, and the check of one value. @module */
import { MAX_COUNT } from "../../core/state/schemas.ts";
import { parseDuration } from "../../service/duration.ts";
import { UsageError } from "../cli_errors.ts";
import type { OptionSpec } from "./option_table.ts";
import { type OptionName, specOf } from "./options.ts";

/** What an option can be set to. */
export type Value = string | boolean | number | readonly string[];

/** Option values by name, as one source has them. */
export type Values = Partial<Record<OptionName, Value>>;

/** Reads what stands in one source; `undefined` when the option does not take that. */
export type Reader = (spec: OptionSpec, raw: unknown) => Value | undefined;

/** Reads what a flag or a variable says: a text, or what the command line made of it. */
export function readWords(spec: OptionSpec, raw: unknown): Value | undefined {
  if (typeof raw === "boolean") return spec.kind === "flag" ? raw : undefined;
  if (Array.isArray(raw)) return spec.kind === "list" && raw.every((word) => word !== "") ? raw : undefined;
  if (typeof raw !== "string" || raw === "") return undefined;
  const word = raw.trim();
  switch (spec.kind) {
    case "text":
      return raw;
    case "flag":
      return FLAG_WORDS[word.toLowerCase()];
    case "count":
      return /^\d+$/.test(word) && isCount(spec, Number(word)) ? Number(word) : undefined;
    case "choice":
      return spec.choices?.includes(raw) === true ? raw : undefined;
    case "duration":
      return parseDuration(raw);
    case "list": // in the environment, one a line
      return raw.split("\n").filter((line) => line.trim() !== "");
  }
}

function isCount({ least = 0 }: OptionSpec, count: number): boolean {
  return count >= least && count <= MAX_COUNT;
}

const FLAG_WORDS: Readonly<Record<string, boolean>> = {
  ...{ true: true, yes: true, on: true, y: true, 1: true, enabled: true },
  ...{ false: false, no: false, off: false, n: false, 0: false, disabled: false },
};

/**
 * Checks one value and gives it its type.
 *
 * @param origin How the user wrote the option, for the error.
 * @throws {UsageError} It is not of the option's kind.
 */
export function coerce(
  name: OptionName,
  raw: unknown,
  origin: string,
  exitCode: number,
  read: Reader = readWords,
): Value {
  const spec = specOf(name);
  const value = read(spec, raw);
  if (value === undefined) {
    throw new UsageError(`Cannot use ${origin}: ${expected(spec)}, not ${JSON.stringify(raw)}`, exitCode);
  }
  checkTexts(spec, value, origin, exitCode);
  return value;
}

function expected({ kind, choices = [], least = 0 }: OptionSpec): string {
  switch (kind) {
    case "flag":
      return "it is true or false";
    case "count":
      return `it takes a whole number from ${least} on`;
    case "choice":
      return `it is ${choices.join(" or ")}`;
    case "duration":
      return "it takes a duration such as 500ms, 10s or 5m";
    case "list":
      return "it takes some texts";
    case "text":
      return "it takes some text";
  }
}

function checkTexts({ check }: OptionSpec, value: Value, origin: string, exitCode: number): void {
  if (check === undefined) return;
  for (const text of Array.isArray(value) ? value : [String(value)]) {
    try {
      check(text);
    } catch (error) {
      throw new UsageError(`Cannot use ${origin}: ${error instanceof Error ? error.message : error}`, exitCode);
    }
  }
}
