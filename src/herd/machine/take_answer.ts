/** What a machine believes of what it reads in the herd's store. @module */
import type { HerdEntry } from "../herd_store.ts";
import { parseAdmission } from "../messages/admission.ts";
import { authorOf } from "../messages/signed.ts";
import { parseVerdict } from "../messages/verdict.ts";
import type { HerdFile, KnownBuild } from "./herd_file.ts";

/** Whom a machine believes. */
export interface Believed {
  readonly app: string;
  /** The public keys of people whose verdicts are believed. */
  readonly keys: readonly string[];
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** The file with what an entry says. What is not valid, or signed by nobody who is believed, is ignored. */
export function withEntry(believed: Believed, file: HerdFile, { key, value, revision }: HerdEntry): HerdFile {
  const [kind, digest = ""] = key.split(".");
  // A smaller revision than one before is that of a store that was made anew.
  const next = { ...file, revision: Math.max(file.revision, revision) };
  if (!/^[0-9a-f]{64}$/.test(digest)) return next;
  const known: KnownBuild = file.builds[digest] ?? {};
  const change = kind === "admit" ? admitted(believed, digest, value) : refused(believed, digest, value, known);
  if (change === undefined) return next;
  const { [digest]: _, ...others } = file.builds;
  // The newest last: the oldest ones are dropped first.
  return { ...next, builds: { ...others, [digest]: { ...known, ...change } } };
}

function admitted({ app, keys, now }: Believed, digest: string, value: string | undefined): KnownBuild | undefined {
  const admission = parseAdmission(value);
  if (admission === undefined || authorOf(admission, { app, digest }, keys, now()) === "nobody") return undefined;
  const { share, canaries, version } = admission;
  return { ...version === undefined ? {} : { version }, share, canaries };
}

function refused(
  { app, keys, now }: Believed,
  digest: string,
  value: string | undefined,
  { verdict: held }: KnownBuild,
): KnownBuild | undefined {
  const verdict = parseVerdict(value);
  const author = verdict && authorOf(verdict, { app, digest }, keys, now());
  if (verdict === undefined || author === "nobody") return undefined;
  // What people say holds until people say something newer: an old verdict that is written again changes nothing.
  if (held?.signed === true && (author === "judge" || verdict.at < held.at)) return undefined;
  const { kind, by, reason, at, version } = verdict;
  const signed = author === "person" ? { signed: true } : {};
  return { ...version === undefined ? {} : { version }, verdict: { kind, by, reason, at, ...signed } };
}

/** Whether there is any decision on a build. */
export function isDecided({ builds }: HerdFile, digest: string): boolean {
  return builds[digest]?.share !== undefined || builds[digest]?.verdict !== undefined;
}
