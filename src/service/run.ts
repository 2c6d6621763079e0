/** The main job: judge the boot, then become the service. @module */
import type { BootOutcome } from "../core/gate/outcome.ts";
import type { Log } from "../core/ports.ts";
import type { BootTicket } from "../core/gate/boot_token.ts";

/** What {@link runGated} needs. */
export interface RunParts {
  /** Judges this boot. */
  boot(): BootOutcome;
  /** The program could not be started: puts last-good back, if that is another one. */
  couldNotStart(fault: string): BootOutcome;
  /** Becomes the program at the path; returns only when that failed, with the errno's name. */
  become(): string;
  /** Has somebody watch this boot; called right before the process becomes the program. Never throws. */
  watch(ticket: BootTicket): Promise<void>;
  sleep(ms: number): void;
  readonly log: Log;
  readonly maxAttempts: number;
}

/** How `run` ended without becoming a program. */
export type RunEnd =
  | { readonly kind: "rolledBack" }
  | { readonly kind: "notFound" | "notExecutable"; readonly errno: string };

/** Longest pause before a start of a build that failed and cannot be replaced. */
const LONGEST_PAUSE_MS = 60_000;

/** How often a program that is being written is tried again, and after how long. */
const WRITERS_PATIENCE = { tries: 20, pauseMs: 100 };

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

  const errno = await becomePatiently(parts, outcome.ticket);
  // Too many arguments or too little memory say nothing about the program.
  if (["E2BIG", "ENOMEM", "EAGAIN", "EMFILE", "ENFILE"].includes(errno)) return { kind: "notExecutable", errno };
  const second = parts.couldNotStart(`the system answered ${errno}`);
  if (second.kind !== "rolledBack") return ended(errno);
  if (afterRollback === "exit") return { kind: "rolledBack" };
  return ended(await becomePatiently(parts, second.ticket));
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

/** A program that somebody still writes to cannot be executed yet. */
async function becomePatiently(parts: RunParts, ticket: BootTicket | undefined): Promise<string> {
  if (ticket !== undefined) await parts.watch(ticket);
  for (let left = WRITERS_PATIENCE.tries;; left--) {
    const errno = parts.become();
    if (errno !== "ETXTBSY" || left === 0) return errno;
    parts.sleep(WRITERS_PATIENCE.pauseMs);
  }
}

function ended(errno: string): RunEnd {
  return { kind: errno === "ENOENT" || errno === "ENOTDIR" ? "notFound" : "notExecutable", errno };
}
