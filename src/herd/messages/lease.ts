/** The lease of the judge that decides. @module */
import * as z from "zod/mini";
import type { JudgeOptions } from "../judge/judge_build.ts";
import { parseValue, words } from "./parse_value.ts";

/** A lease. */
export interface Lease {
  readonly schema: 1;
  /** Who holds it; empty: it was given up. */
  readonly holder: string;
  /** Rises each time that the holder renews it. */
  readonly beat: number;
  /** How it decides, for those who show what it does. */
  readonly options?: JudgeOptions | undefined;
}

const schema: z.ZodMiniType<Lease> = z.object({
  schema: z.literal(1),
  holder: words(200),
  beat: z.int().check(z.gte(0)),
  options: z.optional(
    z.object({ quorum: z.number(), threshold: z.number(), windowMs: z.number(), machines: z.number() }),
  ),
});

/** Reads a lease; `undefined` when it is not one. */
export function parseLease(value: string | undefined): Lease | undefined {
  return parseValue(schema, value);
}
