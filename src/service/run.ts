/** `run` without a supervisor: judges the boot, then replaces this process by the service. @module */
import type { BootOutcome } from "../core/gate/outcome.ts";
import type { Log } from "../core/ports.ts";
import type { BootToken } from "../core/gate/boot_token.ts";
import { START_RETRY, startFaultOf } from "./not_started.ts";
import { startPause } from "./start_pause.ts";

/** What {@link runGated} needs. */
export interface RunParts {
  /** Judges this boot. */
  boot(): BootOutcome;
  /** The program could not be started: judges the boot again, which puts back a last-good that can be started. */
  couldNotStart(fault: string): BootOutcome;
  /** Cancels the attempt of this boot, if the program is not at fault that it could not be started. Never throws. */
  cancelAttempt(reason: string, token: BootToken | undefined): void;
  /**
   * Executes the program in this process; returns only when that failed, with the name of the errno.
   *
   * @param standIn A kept build to execute in its place, from where it lies.
   */
  exec(standIn?: string): string;
  /** Starts a watcher for this boot; called right before {@link RunParts.exec}. Never throws. */
  watch(token: BootToken): Promise<void>;
  sleep(ms: number): void;
  readonly log: Log;
  readonly maxAttempts: number;
}

/** How `run` ended without starting a program. */
export type RunEnd =
  | { readonly kind: "rolledBack" }
  | { readonly kind: "notStarted"; readonly errno: string; readonly exitCode: 126 | 127 };

/**
 * Judges this boot and executes the program. Returns only when no program could be started, or after a rollback with
 * `afterRollback` "exit".
 */
export async function runGated(parts: RunParts, afterRollback: "run" | "exit"): Promise<RunEnd> {
  const outcome = parts.boot();
  if (outcome.kind === "rolledBack" && afterRollback === "exit") return { kind: "rolledBack" };
  const standIn = outcome.kind === "proceed" ? outcome.standIn : undefined;
  if (standIn !== undefined) await execWithRetry(parts, undefined, standIn); // if that fails, the program is tried
  const pauseMs = startPause(outcome, parts.maxAttempts, parts.log);
  if (pauseMs > 0) parts.sleep(pauseMs);

  const errno = await execWithRetry(parts, outcome.token);
  const { fault } = startFaultOf(errno);
  if (fault === undefined) {
    parts.cancelAttempt(`it could not be started, and the program is not at fault: ${errno}`, outcome.token);
    return notStarted(errno);
  }
  const second = parts.couldNotStart(fault);
  if (second.kind !== "rolledBack") {
    if (second.standIn !== undefined && second.standIn !== standIn) {
      await execWithRetry(parts, undefined, second.standIn);
    }
    return notStarted(errno);
  }
  if (afterRollback === "exit") return { kind: "rolledBack" };
  return notStarted(await execWithRetry(parts, second.token));
}

async function execWithRetry(parts: RunParts, token: BootToken | undefined, standIn?: string): Promise<string> {
  if (token !== undefined) await parts.watch(token);
  for (let left: number = START_RETRY.tries;; left--) {
    const errno = parts.exec(standIn);
    if (!startFaultOf(errno).retry || left === 0) return errno;
    parts.sleep(START_RETRY.pauseMs);
  }
}

function notStarted(errno: string): RunEnd {
  return { kind: "notStarted", errno, exitCode: startFaultOf(errno).exitCode };
}
