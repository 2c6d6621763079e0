/**
 * The verdict on a boot: a pure function, and the only place where it is decided.
 *
 * @module
 */
import { MAX_COUNT } from "../state/schemas.ts";

/** The facts that a verdict depends on. The functions read whole files, so they are called only if needed. */
export interface BootFacts {
  /** Whether the machine can start the program at the path. */
  readonly live: "startable" | "missing" | "empty" | "unstartable";
  /** The sentinel, if a build is armed. */
  readonly sentinel: { readonly attempts: number; readonly failed: boolean } | undefined;
  /** An earlier boot of this instance still runs, or this process has counted its boot: this is no new boot. */
  readonly isOldBoot: () => boolean;
  /** The sentinel describes the live build. */
  readonly sentinelIsLive: boolean;
  /** Whether the live build is the last confirmed one; `unknown` when there is no record of one. */
  readonly liveIs: "lastGood" | "other" | "unknown";
  /** The live build's bytes are quarantined. */
  readonly liveIsQuarantined: () => boolean;
  /** Whether last-good can be used: `intact` has the recorded bytes, `startable` can be started here, too. */
  readonly lastGood: () => "startable" | "intact" | "unusable";
}

/** Why a build is put back. */
export type RestoreReason = "unstartable" | "quarantined" | "failed" | "attempts";

/** What to do at a boot. */
export type Verdict =
  /** Start the program. `discard`: remove the sentinel first, since it describes another build. */
  | { readonly kind: "proceed"; readonly discard: boolean }
  /** The program was replaced without `arm` or `swap`: put it on probation; this boot is its first attempt. */
  | { readonly kind: "autoArm"; readonly discard: boolean }
  /** On probation: write the count, then start the program. */
  | { readonly kind: "count"; readonly attempts: number }
  /** On probation, and no new boot: start the program without counting. */
  | { readonly kind: "running"; readonly attempts: number }
  /** Put last-good back. */
  | { readonly kind: "restore"; readonly reason: RestoreReason; readonly attempts: number }
  /** Last-good should be put back, but cannot be used: start the live build all the same. */
  | { readonly kind: "degraded"; readonly reason: RestoreReason; readonly attempts: number };

/**
 * Judges a boot.
 *
 * @param maxAttempts Boots that an unconfirmed build gets. The boot after these restores last-good.
 */
export function judgeBoot(facts: BootFacts, maxAttempts: number): Verdict {
  const attempts = facts.sentinel?.attempts ?? 0;
  if (facts.live !== "startable") {
    const lastGood = facts.lastGood();
    const isLost = facts.live === "missing" || facts.live === "empty";
    if (lastGood === "startable" || (isLost && lastGood === "intact")) {
      return { kind: "restore", reason: "unstartable", attempts };
    }
    if (facts.live === "missing" && facts.sentinel === undefined) return { kind: "proceed", discard: false };
    if (facts.live === "missing") return { kind: "degraded", reason: "unstartable", attempts };
  }
  if (facts.liveIs === "lastGood") return { kind: "proceed", discard: facts.sentinel !== undefined };

  const pending = facts.sentinelIsLive ? facts.sentinel : undefined;
  const discard = facts.sentinel !== undefined && pending === undefined;
  if (pending === undefined && facts.liveIs === "unknown") return { kind: "proceed", discard };

  const next = Math.min(attempts + 1, MAX_COUNT);
  if (facts.liveIsQuarantined()) return restoreOr("quarantined", facts, pending === undefined ? 0 : next);
  if (pending === undefined) return { kind: "autoArm", discard };
  if (pending.failed) return restoreOr("failed", facts, next);
  if (facts.isOldBoot()) return { kind: "running", attempts };
  return next <= maxAttempts ? { kind: "count", attempts: next } : restoreOr("attempts", facts, next);
}

function restoreOr(reason: RestoreReason, facts: BootFacts, attempts: number): Verdict {
  const lastGood = facts.lastGood();
  // A last-good that this machine cannot start must not replace a program that it can start.
  const usable = lastGood === "startable" || (lastGood === "intact" && facts.live !== "startable");
  return { kind: usable ? "restore" : "degraded", reason, attempts };
}
