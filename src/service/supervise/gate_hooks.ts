/**
 * Connects a supervisor with the gate: the gate judges each start, and each boot is watched. Independent of the
 * operating system.
 *
 * @module
 */
import type { BootToken } from "../../core/gate/boot_token.ts";
import type { BootOutcome } from "../../core/gate/outcome.ts";
import type { BootReports } from "../../core/changes/reports.ts";
import { messageOf } from "../../core/errors.ts";
import { EXIT } from "../../core/exit_codes.ts";
import type { Log } from "../../core/ports.ts";
import type { Announced, Expected } from "../../core/state/watcher.ts";
import { startPause } from "../start_pause.ts";
import { type CrashLoopOptions, recordEndOfConfirmed } from "../crash_loop.ts";
import { expectedBy, prepareWatch, waitFor, type WatchedBoot } from "../health/watched_boot.ts";
import type { HealthWatch, WatchPolicy } from "../health/wait_for_health.ts";
import type { BootOutput } from "./boot_output.ts";
import type { Next, SupervisorControl, SupervisorOptions } from "./supervisor.ts";
import { confirmHealthy } from "../health/watcher.ts";
import { cancelAttempt } from "../cancel_attempt.ts";

/** What the gate of a supervisor depends on. */
export interface GateParts<Spec> {
  readonly spec: Spec;
  /** The same for another program: a kept build that is started from where it lies. */
  readonly standIn: (path: string) => Spec;
  /** Judges a boot. `startFault`: why the program could not be started, if that was tried just now. */
  readonly boot: (startFault?: string) => BootOutcome;
  readonly reports: BootReports;
  readonly maxAttempts: number;
  readonly afterRollback: "run" | "exit";
  /** What a boot is watched for. Made for each, since probes store state. */
  readonly policy: (token: BootToken) => WatchPolicy;
  /** When a confirmed build is in a crash loop. */
  readonly crashLoop: CrashLoopOptions;
  /** The token of a start after one of the confirmed build that ended by itself. */
  readonly tokenAfterCrash?: () => BootToken | undefined;
  /** Exit codes that are not a failure. */
  readonly exitOk: readonly number[];
  /** Begins to note what a boot writes. @default {none: it is not kept} */
  readonly output?: () => BootOutput;
  readonly io: HealthWatch["io"];
  readonly log: Log;
  /** Shows in the status that this process watches the boot, until the handle is released. */
  readonly announce?: (expected: Expected) => Announced;
}

/** The {@link SupervisorOptions} that the gate provides. */
export type GateHooks<Spec> = Required<
  Pick<SupervisorOptions<Spec>, "beforeStart" | "cannotStart" | "onStarted" | "onEnded">
>;

/** Makes the hooks that put the gate before each start of a supervisor: each start is one boot. */
export function gateHooks<Spec>(parts: GateParts<Spec>): GateHooks<Spec> {
  const { maxAttempts, log } = parts;
  let boot:
    | {
      readonly outcome: BootOutcome;
      readonly watched: WatchedBoot | undefined;
      readonly output: BootOutput | undefined;
      alive: boolean;
    }
    | undefined;
  let started = false;

  function startAfter(outcome: BootOutcome): Next<Spec> {
    const isOnProbation = isCounted(outcome);
    const token = outcome.token ?? (isOnProbation ? undefined : parts.tokenAfterCrash?.());
    const output = isOnProbation ? parts.output?.() : undefined;
    boot = { outcome, watched: prepareWatch(token, parts.policy, parts.io), output, alive: false };
    const rolledBack = outcome.kind === "rolledBack";
    if (rolledBack && parts.afterRollback === "exit") return { kind: "end", exitCode: EXIT.rolledBack };
    const resetDelays = rolledBack || outcome.state === "probation";
    // Only for the first start of this process, which continues the delays of the previous one. Before later starts the
    // supervisor itself waits, longer each time.
    const delayMs = started ? 0 : startPause(outcome, maxAttempts, log);
    const standIn = rolledBack ? undefined : outcome.standIn;
    return { kind: "start", spec: standIn === undefined ? parts.spec : parts.standIn(standIn), resetDelays, delayMs };
  }

  return {
    beforeStart: () => startAfter(parts.boot()),
    cannotStart({ fault, message, exitCode }) {
      if (fault === undefined) {
        if (isCounted(boot?.outcome)) {
          cancelAttempt(parts, `the program is not at fault: ${message}`, boot?.outcome.token);
        }
        return undefined;
      }
      const outcome = parts.boot(fault);
      if (outcome.kind === "rolledBack" || outcome.standIn !== undefined) return startAfter(outcome);
      // It ran before, so an installer may be replacing it now: it is tried again after a pause.
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
        const announced = parts.announce?.(expectedBy(watched.policy, watched.token));
        watch(parts, watched, control, () => current.alive, announced?.answered)
          .catch((error) => log("error", `Cannot watch this boot any longer: ${messageOf(error)}; its attempt counts`))
          .finally(() => announced?.release());
      }
    },
    async onEnded(exitCode, requested, { how, ranMs }) {
      if (boot === undefined) return;
      const { outcome, output, alive } = boot;
      boot.alive = false;
      if (!isCounted(outcome)) {
        const asked = requested ? "the service was stopped on request" : undefined;
        const wasOk = parts.exitOk.includes(exitCode) ? `it exited with ${exitCode}` : undefined;
        return recordEndOfConfirmed(parts, { how, ranMs, reason: asked ?? wasOk });
      }
      if (!alive) return;
      if (requested) cancelAttempt(parts, "the service was stopped on request", outcome.token);
      else if (parts.exitOk.includes(exitCode)) cancelAttempt(parts, `it exited with ${exitCode}`, outcome.token);
      else await recordEnd(parts, how, output, outcome.token);
    },
  };
}

/** Keeps how a boot ended, for people. */
async function recordEnd(
  { reports, log }: Pick<GateParts<unknown>, "reports" | "log">,
  how: string,
  output: BootOutput | undefined,
  token?: BootToken,
): Promise<void> {
  try {
    reports.ended(how, await output?.(), { token });
  } catch (error) {
    log("warn", `How the program ended (${how}) cannot be recorded: ${messageOf(error)}; its attempt counts`);
  }
}

/** True for a boot that was counted as an attempt. */
function isCounted(outcome: BootOutcome | undefined): boolean {
  return outcome !== undefined && (outcome.kind === "rolledBack" || outcome.state !== "steady");
}

/** Watches one boot. This process is the program's parent and stays, so it needs no separate watcher process. */
async function watch<Spec>(
  parts: GateParts<Spec>,
  { token, policy }: WatchedBoot,
  control: SupervisorControl,
  alive: () => boolean,
  answered: HealthWatch["answered"],
): Promise<void> {
  const { reports, io, log } = parts;
  const verdict = await waitFor(
    policy,
    {
      alive,
      io,
      // The service sends READY=1 to systemd, not to this process.
      ready: () => Promise.resolve(undefined),
      cancelled: () => control.stopping(),
      answered,
      log,
    },
    token,
    reports,
  );
  if (verdict.kind === "healthy") {
    await confirmHealthy({ reports, token, log, alive, io }, verdict.upMs);
  } else if (verdict.kind === "unhealthy") {
    try {
      if (!reports.unhealthy(token, verdict.reason)) return;
    } catch (error) {
      // This attempt is not recorded as failed. To stop the program would lead to endless restarts without a rollback.
      const why = messageOf(error);
      return log("warn", `The program is ${verdict.reason}; it is left running, since that cannot be recorded: ${why}`);
    }
    log("error", `The program is ${verdict.reason}: stopping it; the attempt counts`);
    control.fail(verdict.reason);
  }
}
