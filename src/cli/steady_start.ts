/**
 * The shortest way into a service that has nothing to be judged. Most boots are such, and the gate, which would come to
 * the same end, costs more to load than all that they need.
 *
 * @module
 */
import { looseMode } from "../core/state/loose_mode.ts";
import { RECORD_FILE, SENTINEL_FILE } from "../core/state/state_names.ts";
import { provesSteady } from "../core/gate/steady.ts";
import type { BareIo } from "../system/process/bare_io.ts";
import type { PlainLine } from "./plain_line.ts";

/**
 * Becomes the program of a boot that is surely steady. Returns when it is not, or not surely, or when the program could
 * not be started: then nothing has been changed, and the gate has to judge.
 */
export function startSteady(line: PlainLine, io: BareIo): void {
  try {
    if (isSurelySteady(line, io)) io.become(line.words);
  } catch { /* whatever it was: who judges meets it again, and knows what to say */ }
}

/** True when the state files prove that the boot is steady. */
export function isSurelySteady({ exe, dataDir }: PlainLine, io: BareIo): boolean {
  if (!io.isMissing(`${dataDir}/${SENTINEL_FILE}`)) return false;
  const record = io.read(`${dataDir}/${RECORD_FILE}`);
  if (record === undefined || looseMode(record) !== undefined) return false;
  const stamp = io.stampOf(exe);
  return stamp !== undefined && provesSteady(record.text, exe, stamp);
}
