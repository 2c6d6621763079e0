/** Values of options: what each kind takes, and the check of one value. @module */
import * as z from "zod/mini";
import { MAX_COUNT } from "../core/schemas.ts";
import { parseDuration } from "../run/duration.ts";
import { UsageError } from "./exit_codes.ts";
import { type OptionName, specOf } from "./options.ts";

/** What an option can be set to. */
export type Value = string | boolean | number | readonly string[];

/** Option values by name, as one source has them. */
export type Values = Partial<Record<OptionName, Value>>;

/** What an option takes, in words and as a schema. */
interface ValueKind {
  readonly expected: string;
  readonly schema: z.ZodMiniType<Value>;
}

function kindOf(name: OptionName): ValueKind {
  const { kind, choices = [] } = specOf(name);
  switch (kind) {
    case "flag":
      return { expected: "it is true or false", schema: z.union([z.boolean(), z.stringbool()]) };
    case "count": {
      const count = z.int().check(z.gte(0), z.lte(MAX_COUNT));
      const digits = z.pipe(z.string().check(z.regex(/^\s*\d+\s*$/)), z.transform(Number));
      return { expected: "it takes a whole number from 0 on", schema: z.union([count, z.pipe(digits, count)]) };
    }
    case "choice":
      return { expected: `it is ${choices.join(" or ")}`, schema: z.enum([...choices]) };
    case "duration": {
      const duration = z.pipe(
        z.pipe(z.union([z.string(), z.number()]), z.transform((raw) => parseDuration(String(raw)) ?? -1)),
        z.int().check(z.gte(0)),
      );
      return { expected: "it takes a duration such as 500ms, 10s or 5m", schema: duration };
    }
    case "list": {
      // In the environment, one a line.
      const lines = z.pipe(z.string(), z.transform((text) => text.split("\n").filter((line) => line.trim() !== "")));
      return { expected: "it takes some texts", schema: z.union([lines, z.array(z.string().check(z.minLength(1)))]) };
    }
    case "text":
      return { expected: "it takes some text", schema: z.string().check(z.minLength(1)) };
  }
}

/**
 * Checks one value and gives it its type.
 *
 * @param origin How the user wrote the option, for the error.
 * @throws {UsageError} It is not of the option's kind.
 */
export function coerce(name: OptionName, raw: unknown, origin: string, exitCode: number): Value {
  const { expected, schema } = kindOf(name);
  const parsed = schema.safeParse(raw);
  if (parsed.success) {
    checkTexts(name, parsed.data, origin, exitCode);
    return parsed.data;
  }
  throw new UsageError(`Cannot use ${origin}: ${expected}, not ${JSON.stringify(raw)}`, exitCode);
}

function checkTexts(name: OptionName, value: Value, origin: string, exitCode: number): void {
  const { check } = specOf(name);
  if (check === undefined) return;
  for (const text of Array.isArray(value) ? value : [String(value)]) {
    try {
      check(text);
    } catch (error) {
      throw new UsageError(`Cannot use ${origin}: ${error instanceof Error ? error.message : error}`, exitCode);
    }
  }
}
