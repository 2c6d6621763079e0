/** The herd's answer about a build, from the file alone. @module */
import { sameVersion } from "../../core/builds/versions.ts";
import { isAdmitted, positionOf } from "../admitted.ts";
import { JUDGE } from "../messages/verdict.ts";
import { shownAge } from "./shown_age.ts";
import type { HerdFile, HerdFileFault, KnownBuild } from "./herd_file.ts";

/** The answer. `text`: a sentence about the build without its name. */
export type HerdAnswer =
  | { readonly kind: "free"; readonly text: string }
  | { readonly kind: "refused"; readonly text: string }
  | { readonly kind: "notYet"; readonly text: string };

/** What the answer depends on. */
export interface AskOptions {
  readonly policy: "open" | "closed";
  readonly group?: "canary" | undefined;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** An answer that is older counts as none about a build that it does not know: nobody asks any more. */
const STALE_MS = 24 * 3600 * 1000;

/** What the herd says of a build. `digest`: its sha256; without it any build of that version is meant. */
export function herdAnswer(
  file: HerdFile,
  build: { readonly version: string; readonly digest?: string | undefined },
  options: AskOptions,
): HerdAnswer {
  const age = ageText(file, options.now);
  const known = knownBuilds(file, build);
  const refusal = known.map(([, { verdict }]) => verdict).find((verdict) => verdict?.kind === "refuse");
  if (refusal !== undefined) {
    const by = refusal.by === JUDGE ? "" : ` by ${refusal.by}`;
    return { kind: "refused", text: `is refused by the herd${by}: ${refusal.reason} (${age})` };
  }
  const admissions = known.filter(([, { share }]) => share !== undefined);
  const isFree = admissions.some(([digest, { share = 0, canaries }]) =>
    isAdmitted(positionOf(digest, file.machine), options.group === "canary", { share, canaries })
  );
  if (isFree) return { kind: "free", text: `may be installed, as the herd says (${age})` };
  if (admissions.length > 0) {
    const share = Math.max(...admissions.map(([, { share = 0 }]) => share));
    const first = admissions.some(([, { canaries = 0 }]) => canaries > 0) ? "only canaries" : "no machine";
    const part = share === 0 ? first : `${Number((share * 100).toPrecision(2))} % of the machines`;
    return { kind: "notYet", text: `is not admitted on this machine yet: ${part} may take it now (${age})` };
  }
  if (isUnanswered(file, options.now)) {
    const says = file.fault === undefined
      ? `the herd has not answered about it (${age})`
      : `the herd's last answer cannot be used (${faultText(file.fault)})`;
    return options.policy === "open"
      ? { kind: "free", text: `may be installed: ${says}, and the policy is open` }
      : { kind: "notYet", text: `is not admitted yet: ${says}, and the policy is closed` };
  }
  // Without its bytes nobody can say which build is meant.
  if (build.digest === undefined) return { kind: "free", text: `is not known to the herd by its version (${age})` };
  return { kind: "notYet", text: `is not admitted yet: the herd's judge has not decided on it (${age})` };
}

function faultText({ path, why, advice }: HerdFileFault): string {
  return `${path}: ${why}; ${advice ?? "the next sync writes it anew"}`;
}

function knownBuilds(
  { builds }: HerdFile,
  { version, digest }: { readonly version: string; readonly digest?: string | undefined },
): [string, KnownBuild][] {
  const known = Object.entries(builds);
  return digest === undefined
    ? known.filter(([, build]) => build.version !== undefined && sameVersion(build.version, version))
    : known.filter(([other]) => other === digest);
}

/** Whether nothing was ever answered, the herd could not be reached last time, or nobody has asked for long. */
function isUnanswered({ fetchedAt, offline }: HerdFile, now: number): boolean {
  return fetchedAt === 0 || offline !== undefined || now - fetchedAt > STALE_MS;
}

/** How old the answer is. */
function ageText({ fetchedAt, offline }: HerdFile, now: number): string {
  if (fetchedAt === 0) {
    return offline === undefined ? "nothing was ever fetched" : `nothing was ever fetched: ${offline}`;
  }
  const old = `its last answer is ${shownAge(now - fetchedAt)} old`;
  return offline === undefined ? old : `${old}; since then: ${offline}`;
}
