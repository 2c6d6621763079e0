/** Verdicts on a build: by the judge, or by people who sign theirs. @module */
import * as z from "zod/mini";
import { parseValue, time, words } from "./parse_value.ts";

/** Who decided, if it was the judge. */
export const JUDGE = "judge";

/** A verdict. */
export interface Verdict {
  readonly schema: 1;
  /** `clear`: what was refused is free again, and the judge does not refuse it. */
  readonly kind: "refuse" | "clear";
  /** {@link JUDGE}, or the public key of somebody. */
  readonly by: string;
  readonly reason: string;
  /** When it was given. Of signed verdicts on a build the newest one holds. */
  readonly at: number;
  readonly version?: string | undefined;
  readonly signature?: string | undefined;
}

const schema: z.ZodMiniType<Verdict> = z.object({
  schema: z.literal(1),
  kind: z.enum(["refuse", "clear"]),
  by: words(64),
  reason: words(1000),
  at: time,
  version: z.optional(words(200)),
  signature: z.optional(z.string().check(z.maxLength(128))),
});

/** Reads a verdict; `undefined` when it is not one. */
export function parseVerdict(value: string | undefined): Verdict | undefined {
  return parseValue(schema, value);
}
