/**
 * Confirming: the live build is good and becomes last-good.
 *
 * @module
 */
import { SentinelError } from "../errors.ts";
import { pruneGenerations } from "../builds/generations.ts";
import { checkLastGood, removeLeftovers, sharesLastGood, takeLastGood, unshareLastGood } from "../builds/last_good.ts";
import { describesLive, inspectLive, liveDigest, liveVersion } from "../builds/live.ts";
import { flushPendingQuarantine, liftSuspects } from "../state/quarantine.ts";
import type { State } from "../state/state.ts";

/**
 * The result of a confirm.
 *
 * @example The first program becomes last-good
 * ```ts
 * import { BootSentinel, type Confirmation } from "@boot-sentinel/boot-sentinel";
 * import { memoryFs, memoryPorts } from "@boot-sentinel/boot-sentinel/testing";
 * import { assertEquals } from "@std/assert";
 *
 * const fs = memoryFs();
 * fs.put("/app", "#!1.0.0", 0o755);
 * fs.put("/update", "#!2.0.0", 0o755);
 * const sentinel = new BootSentinel({ dataDir: "/state", exe: "/app" }, memoryPorts(fs));
 *
 * const confirmation: Confirmation = sentinel.confirmHealthy();
 * assertEquals(confirmation.kind, "seeded");
 * assertEquals(sentinel.confirmHealthy().kind, "already");
 * ```
 */
export type Confirmation =
  /** The live build was armed: it is last-good now. */
  | { readonly kind: "promoted"; readonly version: string }
  /** There was no last-good yet: the live build is last-good now. */
  | { readonly kind: "seeded"; readonly version: string }
  /** The live build already was last-good. */
  | { readonly kind: "already"; readonly version: string }
  /** The live build was not armed, or another one is: nothing was promoted. */
  | { readonly kind: "notLive"; readonly version: string };

/**
 * Makes the live build last-good, if it is the armed one or there is no last-good. Durable when it returns.
 *
 * @throws {SentinelError} `missing`: there is no program.
 * @throws {FsError} The snapshot could not be taken; the build stays on probation.
 */
export function confirm(state: State): Confirmation {
  const live = inspectLive(state);
  const digest = liveDigest(state, live);
  if (digest === undefined || live.condition === "missing" || live.condition === "empty") {
    throw new SentinelError(
      "missing",
      `Cannot confirm ${state.exe}: ${live.fault ?? "it cannot be read"}; nothing changed`,
    );
  }
  const { sentinel } = state;
  const check = checkLastGood(state);
  const isLastGood = check.kind === "intact" && check.snapshot?.digest === digest;
  const armed = sentinel !== undefined && describesLive(state, sentinel, () => digest);
  if (armed && !isLastGood) {
    takeLastGood(state, {
      version: sentinel.version,
      digest,
      proven: true,
      arming: sentinel.arming,
      source: state.exe,
    });
    return finish(state, { kind: "promoted", version: sentinel.version }, true);
  }
  const version = liveVersion(state, digest);
  if (isLastGood) return finish(state, { kind: "already", version }, armed);
  const { lastGood } = state.record;
  // Last-good was lost (a virus scanner removed it), or there never was one. Bytes that were neither armed nor
  // confirmed before must not become last-good in its place.
  const isKnown = lastGood === undefined
    ? check.kind !== "intact" || state.subject.watchBytes
    : lastGood.digest === digest;
  if (isKnown || (check.kind !== "intact" && !state.subject.watchBytes)) {
    takeLastGood(state, { version, digest, proven: true, source: state.exe });
    return finish(state, { kind: "seeded", version }, armed);
  }
  return { kind: "notLive", version: sentinel?.version ?? version };
}

function finish(state: State, result: Confirmation, armed: boolean): Confirmation {
  const { lastGood, rolledBack, failedInstall, ...record } = state.record;
  const unproven = lastGood !== undefined && !lastGood.proven;
  if (rolledBack !== undefined || failedInstall !== undefined || unproven) {
    state.writeRecord({ ...record, ...(lastGood === undefined ? {} : { lastGood: { ...lastGood, proven: true } }) });
  }
  flushPendingQuarantine(state);
  liftSuspects(state);
  // The sentinel of another build stays: its updater may be about to replace the program.
  if (armed) state.clearSentinel();
  // The build is confirmed now. What follows only removes files that are no longer needed.
  if (result.kind === "already") {
    if (sharesLastGood(state)) unshareLastGood(state, { anySize: true });
  } else {
    state.event({ event: "confirmed", version: result.version });
  }
  removeLeftovers(state);
  pruneGenerations(state);
  return result;
}
