/** The main job: judge the boot, then become the service. @module */
import type { BootOutcome } from "../core/gate/outcome.ts";
import type { Log } from "../core/ports.ts";
import type { BootToken } from "../core/gate/boot_token.ts";
import { START_RETRY, startFaultOf } from "./not_started.ts";

/** What {@link runGated} needs. */
export interface RunParts {
  /** Judges this boot. */
  boot(): BootOutcome;
  /** The program could not be started: puts last-good back, if that is another one. */
  couldNotStart(fault: string): BootOutcome;
  /** This boot does not count: that the program could not be started is not its fault. Never throws. */
  cancelAttempt(reason: string, token: BootToken | undefined): void;
  /** Becomes the program at the path; returns only when that failed, with the errno's name. */
  exec(): string;
  /** Has somebody watch this boot; called right before the process becomes the program. Never throws. */
  watch(token: BootToken): Promise<void>;
  sleep(ms: number): void;
  readonly log: Log;
  readonly maxAttempts: number;
}

/** How `run` ended without becoming a program. */
export type RunEnd =
  | { readonly kind: "rolledBack" }
  | { readonly kind: "notStarted"; readonly errno: string; readonly exitCode: 126 | 127 };

/** Longest pause before a start of a build that failed and cannot be replaced. */
const LONGEST_PAUSE_MS = 60_000;

/**
 * Judges this boot and becomes the service. Returns only when there is nothing to become, or when the caller wants to
 * exit after a rollback.
 */
export async function runGated(parts: RunParts, afterRollback: "run" | "exit"): Promise<RunEnd> {
  const outcome = parts.boot();
  if (outcome.kind === "rolledBack" && afterRollback === "exit") return { kind: "rolledBack" };
  if (outcome.kind === "proceed" && (outcome.state === "degraded" || outcome.state === "environment")) {
    pause(parts, outcome.attempts);
  }

  const errno = await execWithRetry(parts, outcome.token);
  const { fault } = startFaultOf(errno);
  if (fault === undefined) {
    parts.cancelAttempt(`it could not be started, by no fault of its own: ${errno}`, outcome.token);
    return notStarted(errno);
  }
  const second = parts.couldNotStart(fault);
  if (second.kind !== "rolledBack") return notStarted(errno);
  if (afterRollback === "exit") return { kind: "rolledBack" };
  return notStarted(await execWithRetry(parts, second.token));
}

/** How long a start of a build that cannot be replaced waits: longer each time, so that a restart loop is bearable. */
export function pauseBefore(attempts: number, maxAttempts: number): number {
  const over = Math.max(0, attempts - maxAttempts - 1);
  return Math.min(LONGEST_PAUSE_MS, 1000 * 2 ** Math.min(over, 16));
}

function pause(parts: RunParts, attempts: number): void {
  const ms = pauseBefore(attempts, parts.maxAttempts);
  parts.log("warn", `Waiting ${ms / 1000} s before the next start of a build that keeps failing`);
  parts.sleep(ms);
}

async function execWithRetry(parts: RunParts, token: BootToken | undefined): Promise<string> {
  if (token !== undefined) await parts.watch(token);
  for (let left: number = START_RETRY.tries;; left--) {
    const errno = parts.exec();
    if (!startFaultOf(errno).retry || left === 0) return errno;
    parts.sleep(START_RETRY.pauseMs);
  }
}

function notStarted(errno: string): RunEnd {
  return { kind: "notStarted", errno, exitCode: startFaultOf(errno).exitCode };
}
