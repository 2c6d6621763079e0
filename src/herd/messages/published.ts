/** A published list: all verdicts and shares of a herd, signed as a whole. @module */
import * as z from "zod/mini";
import { isSigned, signText } from "../../system/crypto/ed25519.ts";
import { time } from "./parse_value.ts";

/** What a list holds: entries of the store. */
export interface Published {
  readonly app: string;
  /** When it was made, milliseconds since the epoch. An older list than one before is not believed. */
  readonly at: number;
  readonly entries: readonly (readonly [key: string, value: string])[];
}

/** The file: the list as text, and who signed that text. */
interface Envelope {
  readonly schema: 1;
  readonly by: string;
  readonly signature: string;
  readonly list: string;
}

const envelopeSchema: z.ZodMiniType<Envelope> = z.object({
  schema: z.literal(1),
  by: z.string(),
  signature: z.string(),
  list: z.string(),
});

const listSchema: z.ZodMiniType<Published> = z.object({
  app: z.string(),
  at: time,
  entries: z.array(z.tuple([z.string(), z.string()])),
});

/** A list is signed as one, so that it is no signature of anything else. */
const PREFIX = "boot-sentinel herd list ";

/** The text of a list's file. */
export function publishedText(
  list: Published,
  { publicKey, secretKey }: { publicKey: string; secretKey: string },
): string {
  const text = JSON.stringify(list);
  const envelope: Envelope = { schema: 1, by: publicKey, signature: signText(PREFIX + text, secretKey), list: text };
  return JSON.stringify(envelope) + "\n";
}

/** Reads the file of a list; a text: why it is not believed. */
export function readPublished(text: string, app: string, keys: readonly string[]): Published | string {
  const envelope = parsed(envelopeSchema, text);
  const list = envelope && parsed(listSchema, envelope.list);
  if (envelope === undefined || list === undefined) return "it is no list of a herd";
  if (!keys.includes(envelope.by)) return `it is signed with ${envelope.by}, which is none of --herd-keys`;
  if (!isSigned(PREFIX + envelope.list, envelope.signature, envelope.by)) return "its signature is wrong";
  return list.app === app ? list : `it is the list of ${list.app}, not of ${app}`;
}

function parsed<T>(schema: z.ZodMiniType<T>, text: string): T | undefined {
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined; // it is not JSON
  }
}
