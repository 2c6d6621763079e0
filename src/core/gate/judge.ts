/**
 * The verdict on a boot: pure, and the only place where it is decided.
 *
 * @module
 */
import { MAX_COUNT } from "../state/schemas.ts";

/** What is known when a boot is judged. The functions cost file reads and are asked only when it matters. */
export interface BootFacts {
  /** Whether the machine can start the program at the path. */
  readonly live: "startable" | "missing" | "empty" | "unstartable";
  /** The sentinel of an unconfirmed swap. */
  readonly sentinel: { readonly attempts: number; readonly failed: boolean } | undefined;
  /** The sentinel describes the live build. */
  readonly sentinelIsLive: boolean;
  /** The live build beside the last confirmed one; `unknown` when there is no record of one. */
  readonly liveIs: "lastGood" | "other" | "unknown";
  /** The live build's bytes are quarantined. */
  readonly liveIsHeld: () => boolean;
  /** How far last-good can be trusted: `startable` is also a program that this machine starts. */
  readonly lastGood: () => "startable" | "intact" | "unusable";
}

/** Why a build is put back. */
export type RestoreReason = "unstartable" | "quarantined" | "failed" | "attempts";

/** What to do about a boot. */
export type Verdict =
  /** Start the program; a sentinel that describes another build goes. */
  | { readonly kind: "proceed"; readonly discard: boolean }
  /** Replaced behind our back: put it on probation, this boot being its first. */
  | { readonly kind: "autoArm"; readonly discard: boolean }
  /** On probation: persist the count, then start the program. */
  | { readonly kind: "count"; readonly attempts: number }
  /** Put last-good back. */
  | { readonly kind: "restore"; readonly reason: RestoreReason; readonly attempts: number }
  /** It should be put back, and there is nothing to put: start it all the same. */
  | { readonly kind: "degraded"; readonly reason: RestoreReason; readonly attempts: number };

/**
 * Judges a boot.
 *
 * @param facts What is known.
 * @param maxAttempts Boots that an unconfirmed build gets; the next one restores.
 */
export function judgeBoot(facts: BootFacts, maxAttempts: number): Verdict {
  const attempts = facts.sentinel?.attempts ?? 0;
  if (facts.live !== "startable") {
    const lastGood = facts.lastGood();
    const gone = facts.live === "missing" || facts.live === "empty";
    if (lastGood === "startable" || (gone && lastGood === "intact")) {
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
  if (facts.liveIsHeld()) return restoreOr("quarantined", facts, pending === undefined ? 0 : next);
  if (pending === undefined) return { kind: "autoArm", discard };
  if (pending.failed) return restoreOr("failed", facts, next);
  return next <= maxAttempts ? { kind: "count", attempts: next } : restoreOr("attempts", facts, next);
}

function restoreOr(reason: RestoreReason, facts: BootFacts, attempts: number): Verdict {
  const lastGood = facts.lastGood();
  // A last-good that this machine cannot start is no improvement on a program that it can.
  const usable = lastGood === "startable" || (lastGood === "intact" && facts.live !== "startable");
  return { kind: usable ? "restore" : "degraded", reason, attempts };
}
