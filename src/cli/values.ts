/** Values of options: what each kind takes, and the check of one value. @module */
import * as z from "zod/mini";
import { MAX_COUNT } from "../core/schemas.ts";
import { UsageError } from "./exit_codes.ts";
import { type OptionName, specOf } from "./options.ts";

/** What an option can be set to. */
export type Value = string | boolean | number;

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
  if (parsed.success) return parsed.data;
  throw new UsageError(`Cannot use ${origin}: ${expected}, not ${JSON.stringify(raw)}`, exitCode);
}
