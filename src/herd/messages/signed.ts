/** Verdicts and admissions of people: believed by their signature, not by who could write them. @module */
import { isSigned, signText } from "../../system/crypto/ed25519.ts";
import type { Admission } from "./admission.ts";
import { JUDGE, type Verdict } from "./verdict.ts";

/** Which build of which app a message is about. */
export interface About {
  readonly app: string;
  readonly digest: string;
}

/** A message that people sign. */
export type Message = Verdict | Admission;

/** The message with the signature of its author. */
export function signed<M extends Message>(message: M, about: About, secretKey: string): M {
  return { ...message, signature: signText(signedText(message, about), secretKey) };
}

/** What a signature covers: a verdict on one build is none on another one, and an old one does not pass for a new one. */
function signedText(message: Message, { app, digest }: About): string {
  const { by, at } = message;
  const what = "kind" in message ? [message.kind, message.reason] : ["admit", message.share, message.canaries ?? null];
  return JSON.stringify(["boot-sentinel herd", app, digest, by, at, ...what]);
}

/** A clock may be wrong by so much, milliseconds. */
const CLOCK_ERROR_MS = 2 * 24 * 3600 * 1000;

/** The time of a new message that takes the place of another one, also where the clock of its author is behind. */
export function timeAfter(held: Message | undefined, now: number): number {
  return held === undefined || held.at > now + CLOCK_ERROR_MS ? now : Math.max(now, held.at + 1);
}

/** Whom a message is from. */
export type Author = "judge" | "person" | "nobody";

/** Whom a message is from; one with an unknown key, a wrong signature or a time that is far off is nobody's. */
export function authorOf(message: Message, about: About, keys: readonly string[], now: number): Author {
  if (message.by === JUDGE) return "judge";
  const { by, signature = "", at } = message;
  if (!keys.includes(by) || at > now + CLOCK_ERROR_MS) return "nobody";
  return isSigned(signedText(message, about), signature, by) ? "person" : "nobody";
}

/** Why a message is nobody's. */
export function disbeliefOf({ by }: Message, keys: readonly string[]): string {
  return keys.includes(by) ? "whose signature or time is wrong" : "which is none of --herd-keys";
}
