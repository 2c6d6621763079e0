/** The JSON schema of values in the configuration file. @module */
import * as z from "zod/mini";
import { MAX_COUNT } from "../../core/state/schemas.ts";
import type { OptionSpec } from "./option_spec.ts";

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
    case "size":
      return z.union([z.string().check(z.regex(/^\d+(\.\d+)?\s*[KMGT]?(i?B)?$/i)), z.number().check(z.gte(0))]);
    case "list":
      return z.union([z.string(), z.array(z.string().check(z.minLength(1)))]);
  }
}
