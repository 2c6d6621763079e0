/**
 * The fast path for a boot at which nothing is pending. Nearly all boots are like this, so it takes no lock, reads no
 * program and writes nothing, and its imports do not load the rest of the gate: loading code takes most of a start.
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
 * The outcome of a boot at which nothing is armed, and either the confirmed build is live or nothing is recorded about
 * the program yet. `undefined`: the boot has to be judged.
 */
export function steadyOutcome(fs: Fs, subject: Subject): BootOutcome | undefined {
  const paths = statePaths(subject.dataDir);
  if (!isMissing(fs, paths.sentinel)) return undefined;
  const read = readState(fs, paths.record, recordShape);
  if (read.kind === "absent") {
    const hasLastGood = !isMissing(fs, lastGoodPath(resolveOrSelf(fs, subject.exe)));
    return hasLastGood ? undefined : { ...STEADY, ...firstToken(fs, subject) };
  }
  if (read.kind !== "value") return undefined;
  const record = read.value;
  const isSteady = record.exe === subject.exe && record.incoming === undefined && record.intent === undefined &&
    isConfirmedBuild(record, stampAt(fs, subject.exe)) && !(subject.watched === true && isUnprovenRestore(record));
  return isSteady ? STEADY : undefined;
}

/** True when the program with that stamp is the confirmed build. */
export function isConfirmedBuild({ lastGood, live }: BuildRecord, stamp: string | undefined): boolean {
  return lastGood !== undefined && live !== undefined && live.stamp === stamp && live.digest === lastGood.digest;
}

/** True after a rollback, until the restored build was healthy. */
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
