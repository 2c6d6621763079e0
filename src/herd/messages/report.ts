/** What a machine reports of a build. @module */
import * as z from "zod/mini";
import { lines, parseValue, time, words } from "./parse_value.ts";

/** What became of a build on a machine. `waiting`: it is to be installed, and the herd has not admitted it there yet. */
export type Outcome = "waiting" | "probation" | "confirmed" | "failed";

/** A report. */
export interface Report {
  readonly schema: 1;
  readonly version: string;
  readonly outcome: Outcome;
  /** Unconfirmed boots. */
  readonly attempts: number;
  readonly reason: string;
  /** The last lines that it wrote before it failed. */
  readonly lastWords?: string | undefined;
  /** When this came to be, by the machine's clock. Only shown: no decision depends on it. */
  readonly at: number;
  /** Which arming of the build this is about. */
  readonly arming: string;
  readonly group?: "canary" | undefined;
  readonly host?: string | undefined;
  /** Of a failed build, whether what was put back fails as well; `undefined` while that is not known. */
  readonly environment?: boolean | undefined;
}

const schema: z.ZodMiniType<Report> = z.object({
  schema: z.literal(1),
  version: words(200),
  outcome: z.enum(["waiting", "probation", "confirmed", "failed"]),
  attempts: z.int().check(z.gte(0)),
  reason: words(1000),
  lastWords: z.optional(lines(4096)),
  at: time,
  arming: words(100),
  group: z.optional(z.literal("canary")),
  host: z.optional(words(255)),
  environment: z.optional(z.boolean()),
});

/** Reads a report; `undefined` when it is not one. */
export function parseReport(value: string | undefined): Report | undefined {
  return parseValue(schema, value);
}
