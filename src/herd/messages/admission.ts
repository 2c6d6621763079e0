/** Which machines may take a build. @module */
import * as z from "zod/mini";
import { parseValue, share, time, words } from "./parse_value.ts";

/** How the share of a build has grown. */
export interface Stage {
  readonly at: number;
  readonly share: number;
  readonly canaries?: number | undefined;
  /** The machines that this share admitted. */
  readonly machines: number;
}

/** An admission. */
export interface Admission {
  readonly schema: 1;
  /** The share of all machines. */
  readonly share: number;
  /** The share of the machines in the group `canary`, which come first. @default {Admission.share} */
  readonly canaries?: number | undefined;
  readonly at: number;
  /** `judge`, or the public key of somebody. */
  readonly by: string;
  readonly version?: string | undefined;
  readonly signature?: string | undefined;
  /** The newest stages, oldest first. */
  readonly stages?: readonly Stage[] | undefined;
}

/** How many stages an admission keeps: doubling takes a million machines in fewer. */
const MOST_STAGES = 24;

/** Adds a stage. */
export function withStage(stages: readonly Stage[] | undefined, stage: Stage): readonly Stage[] {
  return [...stages ?? [], stage].slice(-MOST_STAGES);
}

const schema: z.ZodMiniType<Admission> = z.object({
  schema: z.literal(1),
  share,
  canaries: z.optional(share),
  at: time,
  by: words(64),
  version: z.optional(words(200)),
  signature: z.optional(z.string().check(z.maxLength(128))),
  stages: z.optional(
    z.array(z.object({ at: time, share, canaries: z.optional(share), machines: z.int().check(z.gte(0)) }))
      .check(z.maxLength(MOST_STAGES)),
  ),
});

/** Reads an admission; `undefined` when it is not one. */
export function parseAdmission(value: string | undefined): Admission | undefined {
  return parseValue(schema, value);
}
