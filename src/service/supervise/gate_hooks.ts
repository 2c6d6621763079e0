/**
 * The gate before each start of a hosted program, and the watch over each of its boots. Without Windows: what it takes
 * comes in.
 *
 * @module
 */
import type { BootOutcome } from "../../core/gate/outcome.ts";
import type { BootReports } from "../../core/changes/reports.ts";
import { messageOf } from "../../core/errors.ts";
import { EXIT } from "../../core/exit_codes.ts";
import type { LockHandle, Log } from "../../core/ports.ts";
import { pauseBefore } from "../run.ts";
import {
  deadlineOf,
  type HealthPolicy,
  type HealthWatch,
  prepareWatch,
  waitForHealth,
  type WatchedBoot,
} from "../health/wait_for_health.ts";
import type { Next, SupervisorControl, SupervisorOptions } from "./supervisor.ts";
import { confirmHealthy } from "../health/watcher.ts";
import { cancelAttempt } from "../cancel_attempt.ts";

/** What the gate of a supervisor needs. */
export interface GateParts<Spec> {
  readonly spec: Spec;
  /** Judges a boot. `startFault`: why the program could not be started just now. */
  readonly boot: (startFault?: string) => BootOutcome;
  readonly reports: BootReports;
  readonly maxAttempts: number;
  readonly afterRollback: "run" | "exit";
  /** What healthy means; made for each boot, because probes remember what they have seen. */
  readonly policy: () => HealthPolicy;
  /** Exit codes with which the program ends when all is well. */
  readonly exitOk: readonly number[];
  readonly io: HealthWatch["io"];
  readonly log: Log;
  /** Makes the watch over a boot known, until it is released. */
  readonly announce?: (deadlineMs: number) => LockHandle;
}

/** The parts of {@link SupervisorOptions} that the gate fills in. */
export type GateHooks<Spec> = Required<
  Pick<SupervisorOptions<Spec>, "beforeStart" | "cannotStart" | "onStarted" | "onEnded">
>;

/** Puts the gate before a supervisor's starts: each start is one boot. */
export function gateHooks<Spec>(parts: GateParts<Spec>): GateHooks<Spec> {
  const { maxAttempts, log } = parts;
  let boot: { readonly outcome: BootOutcome; readonly watched: WatchedBoot | undefined; alive: boolean } | undefined;
  let started = false;

  function startAfter(outcome: BootOutcome): Next<Spec> {
    boot = { outcome, watched: prepareWatch(outcome.token, parts.policy, parts.io), alive: false };
    const rolledBack = outcome.kind === "rolledBack";
    if (rolledBack && parts.afterRollback === "exit") return { kind: "end", exitCode: EXIT.rolledBack };
    const anew = rolledBack || outcome.state === "probation";
    const failing = !rolledBack && (outcome.state === "degraded" || outcome.state === "environment");
    // After the first start the host's own pauses grow; a new host has to take up where the one before left off.
    const delayMs = failing && !started ? pauseBefore(outcome.attempts, maxAttempts) : 0;
    if (delayMs > 0) log("warn", `Waiting ${delayMs / 1000} s before the next start of a build that keeps failing`);
    return { kind: "start", spec: parts.spec, anew, delayMs };
  }

  return {
    beforeStart: () => startAfter(parts.boot()),
    cannotStart({ fault, message, exitCode }) {
      if (fault === undefined) {
        if (pending(boot?.outcome)) cancelAttempt(parts, `by no fault of its own: ${message}`, boot?.outcome.token);
        return undefined;
      }
      const outcome = parts.boot(fault);
      if (outcome.kind === "rolledBack") return startAfter(outcome);
      // One that ran before may be in the hands of an installer: the pauses give him time.
      if (started) return undefined;
      log("error", `Cannot start the program, and there is no valid last-good: ${fault}; install a good build`);
      return { kind: "end", exitCode };
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
      if (!alive || !pending(outcome)) return;
      if (requested) cancelAttempt(parts, "it was asked to end", outcome.token);
      else if (parts.exitOk.includes(exitCode)) cancelAttempt(parts, `it exited with ${exitCode}`, outcome.token);
    },
  };
}

/** True of a boot that was counted. */
function pending(outcome: BootOutcome | undefined): boolean {
  return outcome !== undefined && (outcome.kind === "rolledBack" || outcome.state !== "steady");
}

/** Waits for the health of one start: this process is the program's parent, so nobody else has to watch. */
async function watch<Spec>(
  parts: GateParts<Spec>,
  { token, policy }: WatchedBoot,
  control: SupervisorControl,
  alive: () => boolean,
): Promise<void> {
  const { reports, io, log } = parts;
  const verdict = await waitForHealth(policy, {
    alive,
    io,
    // Only systemd hears READY=1.
    ready: () => Promise.resolve(undefined),
    cancelled: () => control.stopping(),
    log,
  }, { warnOnly: token.lenient });
  if (verdict.kind === "healthy") {
    await confirmHealthy({ reports, token, log, alive, io }, verdict.upMs);
  } else if (verdict.kind === "unhealthy") {
    try {
      if (!reports.unhealthy(token, verdict.reason)) return;
    } catch (error) {
      // Not counted, its end would only be repeated for ever.
      const why = messageOf(error);
      return log("warn", `The program is ${verdict.reason}; it is left running, since that cannot be recorded: ${why}`);
    }
    log("error", `The program is ${verdict.reason}: stopping it, so that the next boot counts on`);
    control.fail(verdict.reason);
  }
}
