/**
 * The steady rule: which boots need no judgement. Nearly all are such, so the rule takes no lock, reads no program and
 * writes nothing, and what it imports loads neither the judge nor the ports.
 *
 * @module
 */
import type { Fs } from "../fs_port.ts";
import { lastGoodPath, statePaths } from "../state/paths.ts";
import { type BuildRecord, recordShape } from "../state/schemas.ts";
import { isMissing, readState, resolveOrSelf } from "../state/state_files.ts";
import type { Subject } from "../subject.ts";
import { firstToken } from "./boot_token.ts";
import type { BootOutcome } from "./outcome.ts";

/** Nothing is pending. */
export const STEADY: BootOutcome = { kind: "proceed", state: "steady", attempts: 0 };

/**
 * The outcome of a boot at which nothing is armed, and either the confirmed build is live or nothing is known of the
 * program yet. `undefined`: the boot has to be judged.
 */
export function steadyOutcome(fs: Fs, subject: Subject): BootOutcome | undefined {
  const paths = statePaths(subject.dataDir);
  if (!isMissing(fs, paths.sentinel)) return undefined;
  const read = readState(fs, paths.record, recordShape);
  if (read.kind === "absent") {
    const isKnown = !isMissing(fs, lastGoodPath(resolveOrSelf(fs, subject.exe)));
    return isKnown ? undefined : { ...STEADY, ...firstToken(fs, subject) };
  }
  if (read.kind !== "value") return undefined;
  const record = read.value;
  const isSteady = record.exe === subject.exe && record.incoming === undefined &&
    isConfirmedBuild(record, stampAt(fs, subject.exe)) && !(subject.watched === true && isUnprovenRestore(record));
  return isSteady ? STEADY : undefined;
}

/** True when the program with that stamp is the confirmed build. */
export function isConfirmedBuild({ lastGood, live }: BuildRecord, stamp: string | undefined): boolean {
  return lastGood !== undefined && live !== undefined && live.stamp === stamp && live.digest === lastGood.digest;
}

/** True while a restored build has not been found healthy. */
export function isUnprovenRestore({ rolledBack }: BuildRecord): boolean {
  return rolledBack !== undefined && rolledBack.healthy === undefined;
}

function stampAt(fs: Fs, path: string): string | undefined {
  try {
    return fs.info(path).stamp;
  } catch {
    return undefined;
  }
}
