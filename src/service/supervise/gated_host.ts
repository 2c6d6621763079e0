/**
 * The gate before each start of a hosted program, and the watch over each of its boots. Without Windows: what it takes
 * comes in.
 *
 * @module
 */
import type { BootOutcome } from "../../core/gate/outcome.ts";
import { messageOf } from "../../core/errors.ts";
import type { Held, Log } from "../../core/ports.ts";
import type { BootTicket } from "../../core/gate/boot_token.ts";
import type { ProbeIo } from "../../system/process/probe_io.ts";
import type { HostControl, HostOptions, Next } from "./host.ts";
import { pauseBefore } from "../run.ts";
import { deadlineOf, type HealthPolicy, lookOut, waitForHealth, type WatchedBoot } from "../health/wait_for_health.ts";
import { confirmHealthy, type HealthReports } from "../health/watcher.ts";

/** The sentinel of the hosted program, as the host needs it. */
export interface HostedSentinel extends Omit<HealthReports, "reportStopped"> {
  boot(maxAttempts: number): BootOutcome;
  couldNotStart(fault: string, maxAttempts: number): BootOutcome;
  reportStopped(reason: string, which: { ticket?: BootTicket | undefined }): boolean;
}

/** What the gate of a host needs. */
export interface GatedParts<Spec> {
  readonly spec: Spec;
  readonly sentinel: HostedSentinel;
  readonly maxAttempts: number;
  readonly afterRollback: "run" | "exit";
  /** What healthy means; made for each boot, because probes remember what they have seen. */
  readonly policy: () => HealthPolicy;
  /** Exit codes with which the program ends when all is well. */
  readonly exitOk: readonly number[];
  /** Why a program that could not be started is none; `undefined` when that says nothing about the program. */
  readonly programFault: (error: unknown) => string | undefined;
  readonly exitCodeOf: (error: unknown) => number;
  readonly probes: ProbeIo;
  /** A monotonic clock, milliseconds. */
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  readonly log: Log;
  /** Makes the watch over a boot known, until it is released. */
  readonly announce?: (deadlineMs: number) => Held;
}

/** The parts of {@link HostOptions} that the gate fills in. */
export type GateHooks<Spec> = Required<
  Pick<HostOptions<Spec>, "beforeStart" | "cannotStart" | "onStarted" | "onEnded">
>;

/** What `run` exits with when the caller wants to start the restored program himself. */
const ROLLED_BACK = 75;

/** Puts the gate before a host's starts: each start is one boot. */
export function gatedHost<Spec>(parts: GatedParts<Spec>): GateHooks<Spec> {
  const { sentinel, maxAttempts, log } = parts;
  let boot: { readonly outcome: BootOutcome; readonly watched: WatchedBoot | undefined; alive: boolean } | undefined;
  let started = false;

  function startAfter(outcome: BootOutcome): Next<Spec> {
    boot = { outcome, watched: lookOut(outcome.ticket, parts.policy, parts.probes), alive: false };
    const rolledBack = outcome.kind === "rolledBack";
    if (rolledBack && parts.afterRollback === "exit") return { kind: "end", exitCode: ROLLED_BACK };
    const anew = rolledBack || outcome.state === "probation";
    const failing = !rolledBack && (outcome.state === "degraded" || outcome.state === "environment");
    // After the first start the host's own pauses grow; a new host has to take up where the one before left off.
    const delayMs = failing && !started ? pauseBefore(outcome.attempts, maxAttempts) : 0;
    if (delayMs > 0) log("warn", `Waiting ${delayMs / 1000} s before the next start of a build that keeps failing`);
    return { kind: "start", spec: parts.spec, anew, delayMs };
  }

  return {
    beforeStart: () => startAfter(sentinel.boot(maxAttempts)),
    cannotStart(error) {
      const fault = parts.programFault(error);
      if (fault === undefined) return undefined;
      const outcome = sentinel.couldNotStart(fault, maxAttempts);
      if (outcome.kind === "rolledBack") return startAfter(outcome);
      // One that ran before may be in the hands of an installer: the pauses give him time.
      if (started) return undefined;
      log("error", `Cannot start the program, and there is no valid last-good: ${fault}; install a good build`);
      return { kind: "end", exitCode: parts.exitCodeOf(error) };
    },
    onStarted(_program, control) {
      started = true;
      const current = boot;
      if (current === undefined) return;
      current.alive = true;
      const { watched } = current;
      if (watched !== undefined) {
        const known = parts.announce?.(deadlineOf(watched.policy));
        watch(parts, watched, control, () => current.alive)
          .catch((error) => log("error", `Nobody watches this boot any more: ${messageOf(error)}; it counts`))
          .finally(() => known?.release());
      }
    },
    onEnded(exitCode, requested) {
      if (boot === undefined) return;
      const { outcome, alive } = boot;
      boot.alive = false;
      const pending = outcome.kind === "rolledBack" || outcome.state !== "steady";
      if (!alive || !pending) return;
      if (requested) giveBack(parts, "it was asked to end", outcome.ticket);
      else if (parts.exitOk.includes(exitCode)) giveBack(parts, `it exited with ${exitCode}`, outcome.ticket);
    },
  };
}

function giveBack<Spec>({ sentinel, log }: GatedParts<Spec>, reason: string, ticket: BootTicket | undefined): void {
  try {
    if (sentinel.reportStopped(reason, { ticket })) log("info", `This boot does not count: ${reason}`);
  } catch (error) {
    log("warn", `The boot cannot be given back: ${messageOf(error)}`);
  }
}

/** Waits for the health of one start: this process is the program's parent, so nobody else has to watch. */
async function watch<Spec>(
  parts: GatedParts<Spec>,
  { ticket, policy }: WatchedBoot,
  control: HostControl,
  alive: () => boolean,
): Promise<void> {
  const { sentinel, probes, now, sleep, log } = parts;
  const verdict = await waitForHealth(policy, {
    alive,
    now,
    sleep,
    io: probes,
    // Only systemd hears READY=1.
    ready: () => Promise.resolve(undefined),
    cancelled: () => control.stopping(),
    log,
  }, { patient: ticket.lenient });
  if (verdict.kind === "healthy") {
    await confirmHealthy({ reports: sentinel, ticket, log, alive, sleep }, verdict.upMs);
  } else if (verdict.kind === "unhealthy") {
    try {
      if (!sentinel.reportUnhealthy(ticket, verdict.reason)) return;
    } catch (error) {
      // Not counted, its end would only be repeated for ever.
      const why = messageOf(error);
      return log("warn", `The program is ${verdict.reason}; it is left running, since that cannot be recorded: ${why}`);
    }
    log("error", `The program is ${verdict.reason}: stopping it, so that the next boot counts on`);
    control.fail(verdict.reason);
  }
}
