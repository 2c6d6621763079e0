/**
 * Values in the configuration file: a schema for each kind of option, for validation and for the JSON schema.
 *
 * @module
 */
import * as z from "zod/mini";
import { MAX_COUNT } from "../../core/state/schemas.ts";
import type { OptionSpec } from "./option_table.ts";
import { readText, type Value } from "./values.ts";

/** Reads a value of the configuration file; a string is parsed like a flag's value. `undefined` if it is not valid. */
export function readJson(spec: OptionSpec, raw: unknown): Value | undefined {
  if (typeof raw === "string") return readText(spec, raw);
  const parsed = schemaOf(spec).safeParse(raw);
  if (!parsed.success) return undefined;
  return spec.kind === "duration" ? readText(spec, String(parsed.data)) : parsed.data as Value;
}

/** The schema of an option's value in the file. */
export function schemaOf({ kind, choices = [], least = 0 }: OptionSpec): z.ZodMiniType {
  switch (kind) {
    case "text":
      return z.string().check(z.minLength(1));
    case "flag":
      return z.boolean();
    case "count":
      return z.int().check(z.gte(least), z.lte(MAX_COUNT));
    case "choice":
      return z.enum([...choices]);
    case "duration":
      return z.union([z.string().check(z.regex(/^\d+(\.\d+)?\s*(ms|s|m|h|d)?$/)), z.number().check(z.gte(0))]);
    case "list":
      return z.union([z.string(), z.array(z.string().check(z.minLength(1)))]);
  }
}
