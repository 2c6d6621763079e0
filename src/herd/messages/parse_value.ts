/** Reads values of a herd's store: whoever can write there could write anything. @module */
import * as z from "zod/mini";
import { escaped, escapedLines } from "../../core/plain_text.ts";

/** Larger values are ignored, in characters. */
export const VALUE_LIMIT = 8192;

/** The value; `undefined` when it is missing, too large, or not valid. */
export function parseValue<T>(schema: z.ZodMiniType<T>, value: string | undefined): T | undefined {
  if (value === undefined || value.length > VALUE_LIMIT) return undefined;
  try {
    return schema.safeParse(JSON.parse(value)).data;
  } catch {
    return undefined; // it is not JSON
  }
}

/** A text of at most so many characters, shown to people: without control characters. */
export const words = (most: number): z.ZodMiniType<string> =>
  z.pipe(z.string().check(z.maxLength(most)), z.transform(escaped)) as unknown as z.ZodMiniType<string>;

/** The same with its line breaks left. */
export const lines = (most: number): z.ZodMiniType<string> =>
  z.pipe(z.string().check(z.maxLength(most)), z.transform(escapedLines)) as unknown as z.ZodMiniType<string>;

/** A time, milliseconds since the epoch. */
export const time: z.ZodMiniType<number> = z.number().check(z.gte(0), z.lte(8.64e15));

/** A share of the machines. */
export const share: z.ZodMiniType<number> = z.number().check(z.gte(0), z.lte(1));
