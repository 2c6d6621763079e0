/**
 * Confirming: the live build is good, and becomes the next last-good.
 *
 * @module
 */
import { SentinelError } from "../errors.ts";
import { pruneGenerations } from "../builds/generations.ts";
import { checkLastGood, dropLeftovers, sharesLastGood, takeLastGood, unshareLastGood } from "../builds/last_good.ts";
import { describesLive, inspectLive, liveDigest, liveVersion } from "../builds/live.ts";
import { flushPendingQuarantine, liftSuspects } from "../state/quarantine.ts";
import type { State } from "../state/state.ts";

/**
 * What a confirm came to.
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
  /** The armed build is live: it is last-good now. */
  | { readonly kind: "promoted"; readonly version: string }
  /** There was no last-good yet: the live build is it now. */
  | { readonly kind: "seeded"; readonly version: string }
  /** The live build is last-good already. */
  | { readonly kind: "already"; readonly version: string }
  /** Another build than the live one is armed, or the live one never was: nothing was promoted. */
  | { readonly kind: "notLive"; readonly version: string };

/**
 * Promotes the live build, if it is the armed one or there is no last-good. Durable before it returns.
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
  // Last-good was lost (a scanner took it), or there never was one; bytes that nobody vouched for do not get in here.
  const own = lastGood === undefined ? check.kind !== "intact" || state.subject.watchBytes : lastGood.digest === digest;
  if (own || (check.kind !== "intact" && !state.subject.watchBytes)) {
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
  // A sentinel of another build is that update's: it may be on its way right now.
  if (armed) state.clearSentinel();
  // From here on it is confirmed; the rest is tidying.
  if (result.kind === "already") {
    if (sharesLastGood(state)) unshareLastGood(state, { whatever: true });
  } else {
    state.event({ event: "confirmed", version: result.version });
  }
  dropLeftovers(state);
  pruneGenerations(state);
  return result;
}
