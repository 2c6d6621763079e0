/** Parses and checks the values of options. @module */
import { MAX_COUNT } from "../../core/state/schemas.ts";
import { parseDuration } from "../../service/duration.ts";
import { parseSize } from "../../service/size.ts";
import { UsageError } from "../cli_errors.ts";
import type { OptionSpec } from "./option_spec.ts";
import { type OptionName, specOf } from "./options.ts";

/** The value of an option. */
export type Value = string | boolean | number | readonly string[];

/** The option values of one source, by name. */
export type Values = Partial<Record<OptionName, Value>>;

/** Reads a raw value of a source; `undefined` when it is not valid for the option. */
export type Reader = (spec: OptionSpec, raw: unknown) => Value | undefined;

/** Reads the value of a flag or a variable. It is a string; `scan.ts` also passes booleans and arrays. */
export function readText(spec: OptionSpec, raw: unknown): Value | undefined {
  if (typeof raw === "boolean") return spec.kind === "flag" ? raw : undefined;
  if (Array.isArray(raw)) return spec.kind === "list" && raw.every((text) => text !== "") ? raw : undefined;
  if (typeof raw !== "string" || raw === "") return undefined;
  const trimmed = raw.trim();
  switch (spec.kind) {
    case "text":
      return raw;
    case "flag":
      return FLAG_VALUES[trimmed.toLowerCase()];
    case "count":
      return /^\d+$/.test(trimmed) && isCount(spec, Number(trimmed)) ? Number(trimmed) : undefined;
    case "choice":
      return spec.choices?.includes(raw) === true ? raw : undefined;
    case "duration":
      return parseDuration(raw);
    case "size":
      return parseSize(raw);
    case "list": // in the environment, one per line
      return raw.split("\n").filter((line) => line.trim() !== "");
  }
}

/** Reads a value of a file: JSON's own types, or a text as a flag has it. */
export function readJson(spec: OptionSpec, raw: unknown): Value | undefined {
  const isNumber = typeof raw === "number" && ["count", "duration", "size"].includes(spec.kind);
  if (Array.isArray(raw) && raw.some((item) => typeof item !== "string")) return undefined;
  return readText(spec, isNumber ? String(raw) : raw);
}

function isCount({ least = 0 }: OptionSpec, count: number): boolean {
  return count >= least && count <= MAX_COUNT;
}

const FLAG_VALUES: Readonly<Record<string, boolean>> = {
  ...{ true: true, yes: true, on: true, y: true, 1: true, enabled: true },
  ...{ false: false, no: false, off: false, n: false, 0: false, disabled: false },
};

/**
 * Checks a value and converts it to the option's type.
 *
 * @param origin The option as the user wrote it, for the error message.
 * @throws {UsageError} The value is not valid.
 */
export function coerce(
  name: OptionName,
  raw: unknown,
  origin: string,
  exitCode: number,
  read: Reader = readText,
): Value {
  const spec = specOf(name);
  const value = read(spec, raw);
  if (value === undefined) {
    throw new UsageError(`Cannot use ${origin}: ${expected(spec)}, not ${JSON.stringify(raw)}`, exitCode, spec.page);
  }
  checkTexts(spec, value, origin, exitCode);
  return value;
}

function expected({ kind, choices = [], least = 0 }: OptionSpec): string {
  switch (kind) {
    case "flag":
      return "it is true or false";
    case "count":
      return `it takes a whole number of at least ${least}`;
    case "choice":
      return `it is ${choices.join(" or ")}`;
    case "duration":
      return "it takes a duration such as 500ms, 10s or 5m";
    case "size":
      return "it takes a size such as 500M or 2G";
    case "list":
      return "it takes texts that are not empty";
    case "text":
      return "it takes a text that is not empty";
  }
}

function checkTexts({ check, page }: OptionSpec, value: Value, origin: string, exitCode: number): void {
  if (check === undefined) return;
  for (const text of Array.isArray(value) ? value : [String(value)]) {
    try {
      check(text);
    } catch (error) {
      throw new UsageError(`Cannot use ${origin}: ${error instanceof Error ? error.message : error}`, exitCode, page);
    }
  }
}
