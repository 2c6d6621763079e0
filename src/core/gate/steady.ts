/**
 * What proves a steady boot: nothing armed, nothing replaced, nothing under way. It needs no lock, and reads no program.
 *
 * @module
 */
import type { BuildRecord } from "../state/schemas.ts";
import { SCHEMA } from "../state/state_names.ts";

/** True when the program with that stamp is the confirmed build. */
export function isConfirmedBuild({ lastGood, live }: BuildRecord, stamp: string | undefined): boolean {
  return lastGood !== undefined && live !== undefined && live.stamp === stamp && live.digest === lastGood.digest;
}

/** True while a restored build has not been found healthy. */
export function isUnprovenRestore({ rolledBack }: BuildRecord): boolean {
  return rolledBack !== undefined && typeof rolledBack.healthy !== "string";
}

/**
 * True when a record's text alone proves that a boot is steady, of a directory in which nothing is armed. False says
 * nothing: the gate then looks closer.
 *
 * @param exe The program by the name it is guarded under.
 * @param stamp The stamp of the file at that path.
 */
export function provesSteady(text: string, exe: string, stamp: string): boolean {
  try {
    const record = JSON.parse(text) as BuildRecord;
    const { schema, incoming, lastGood } = record;
    const whole = schema === SCHEMA && record.exe === exe && incoming === undefined &&
      typeof lastGood?.version === "string" && typeof lastGood.digest === "string" && Number.isFinite(lastGood.size) &&
      typeof lastGood.proven === "boolean" && typeof lastGood.path === "string";
    return whole && isConfirmedBuild(record, stamp) && !isUnprovenRestore(record);
  } catch {
    return false; // not as it was written: left to those who check every part
  }
}
