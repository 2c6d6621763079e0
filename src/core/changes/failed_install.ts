/**
 * Counts failed installations of an update, so that an updater stops trying the same version.
 *
 * @module
 */
import { addToQuarantine } from "../state/quarantine.ts";
import type { Ports } from "../ports.ts";
import type { State } from "../state/state.ts";
import type { Subject } from "../subject.ts";
import { change, LOCK_TIMEOUT_MS } from "./change.ts";
import { normalVersion, sameVersion } from "../builds/versions.ts";

/** The failed installations of a version. */
export interface FailedInstall {
  /** The version in its normal form. */
  readonly version: string;
  /** Failed installations of it in a row. */
  readonly failures: number;
  /** It has failed `maxAttempts` times and is quarantined. */
  readonly held: boolean;
}

/**
 * Counts a failed installation, for example a download with a bad signature. After `maxAttempts` of them in a row the
 * version is quarantined. A failure of another version starts a new count.
 */
export function failInstall(ports: Ports, subject: Subject, version: string, reason: string): FailedInstall {
  return change(ports, subject, LOCK_TIMEOUT_MS, (state) => count(state, version, reason, subject.maxAttempts));
}

function count(state: State, version: string, reason: string, most: number): FailedInstall {
  const { failedInstall } = state.record;
  const before = failedInstall !== undefined && sameVersion(failedInstall.version, version)
    ? failedInstall.failures
    : 0;
  const failed = { version: normalVersion(version), failures: before + 1 };
  const held = failed.failures >= most;
  if (held) {
    const why = `could not be installed: ${reason}`;
    addToQuarantine(state, { version: failed.version, reason: why, attempts: failed.failures, time: state.now() });
  }
  const { failedInstall: _, ...record } = state.record;
  state.writeRecord(held ? record : { ...record, failedInstall: failed });
  state.event({ event: "failed", version: failed.version, attempts: failed.failures, maxAttempts: most, reason });
  if (held) state.event({ event: "quarantined", version: failed.version, reason });
  return { ...failed, held };
}
