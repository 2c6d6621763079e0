/**
 * Stays the service's parent: gate, start, probes and the next start in one process. For containers, where nobody else
 * would watch, and for Windows.
 *
 * @module
 */
import type { BootOutcome } from "../../core/gate/outcome.ts";
import { messageOf } from "../../core/errors.ts";
import type { Held, Log } from "../../core/ports.ts";
import type { HostOptions, Launcher, Next, RunningProgram } from "./host.ts";
import type { RestartDelays, RestartPolicy } from "./restart_policy.ts";
import { pauseBefore } from "../run.ts";
import {
  deadlineOf,
  type HealthPolicy,
  type HealthWatch,
  lookOut,
  waitForHealth,
  type WatchedBoot,
} from "../health/wait_for_health.ts";
import { confirmHealthy, type HealthReports } from "../health/watcher.ts";

/** What is supervised, and how. */
export interface Supervision<Spec> {
  readonly launcher: Launcher<Spec>;
  readonly spec: Spec;
  /** The gate. */
  boot(): BootOutcome;
  /** The program could not be started: puts last-good back, if that is another one. */
  couldNotStart(fault: string): BootOutcome;
  readonly reports: HealthReports;
  /** Made anew for each start. */
  readonly policy: () => HealthPolicy;
  readonly world: Pick<HealthWatch, "now" | "sleep" | "io">;
  /** Exit codes that are no failure while a build is on probation. */
  readonly exitOk: readonly number[];
  readonly maxAttempts: number;
  readonly afterRollback: "run" | "exit";
  readonly restart: RestartPolicy;
  readonly delays?: RestartDelays;
  readonly stopTimeoutMs: number;
  readonly log: Log;
  /** Makes the watch over a boot known, until it is released. */
  readonly announce?: (deadlineMs: number) => Held;
}

/** For `hostProgram`, and what it must be told of. */
export interface Supervised<Spec> {
  readonly options: HostOptions<Spec>;
  /** Call it before the host's `stop`: no boot is counted and no pause waited out from then on. */
  stopping(): void;
  /** Has a build that is not healthy ended; the host's own `fail`. */
  onUnhealthy(fail: (reason: string) => void): void;
}

/** The code by which a service manager is asked for another start. */
const ROLLED_BACK = 75;

/** Puts the gate and the probes around the starts of a program. */
export function supervise<Spec>(supervision: Supervision<Spec>): Supervised<Spec> {
  const { launcher, spec, reports, log, world } = supervision;
  let watched: WatchedBoot | undefined;
  let stopping = false;
  let ended = { yes: true };
  let fail: (reason: string) => void = () => {};

  async function beforeStart(): Promise<Next<Spec>> {
    const outcome = supervision.boot();
    watched = lookOut(outcome.ticket, supervision.policy, world.io);
    if (outcome.kind === "rolledBack" && supervision.afterRollback === "exit") {
      return { kind: "end", exitCode: ROLLED_BACK };
    }
    if (outcome.kind === "proceed" && (outcome.state === "degraded" || outcome.state === "environment")) {
      const end = world.now() + pauseBefore(outcome.attempts, supervision.maxAttempts);
      log(
        "warn",
        `Waiting ${Math.round((end - world.now()) / 1000)} s before the next start of a build that keeps failing`,
      );
      while (!stopping && world.now() < end) await world.sleep(100);
    }
    return { kind: "start", spec, anew: outcome.kind === "rolledBack" || outcome.state === "probation" };
  }

  /** A program that cannot be started is put back at once, and the restored one started in its place. */
  const patient: Launcher<Spec> = {
    start(what) {
      try {
        return launcher.start(what);
      } catch (error) {
        const outcome = supervision.couldNotStart(messageOf(error));
        if (outcome.kind !== "rolledBack") throw error;
        watched = lookOut(outcome.ticket, supervision.policy, world.io);
        if (supervision.afterRollback === "exit") throw new RolledBack();
        return launcher.start(what);
      }
    },
    exitCodeOf: (error) => error instanceof RolledBack ? ROLLED_BACK : launcher.exitCodeOf(error),
  };

  async function watch({ ticket, policy }: WatchedBoot, mine: { yes: boolean }): Promise<void> {
    const alive = () => !mine.yes;
    const verdict = await waitForHealth(
      policy,
      // Nobody hears READY=1 here: it goes to the service manager, if there is one.
      { ...world, alive, ready: () => Promise.resolve(undefined), cancelled: () => stopping, log },
      { patient: ticket.lenient },
    );
    if (verdict.kind === "healthy") {
      await confirmHealthy({ reports, ticket, alive, sleep: world.sleep, log }, verdict.upMs);
    } else if (verdict.kind === "unhealthy") {
      try {
        if (reports.reportUnhealthy(ticket, verdict.reason) && alive()) fail(verdict.reason);
      } catch (error) {
        log(
          "warn",
          `The service is ${verdict.reason}; it is left running, since that cannot be recorded: ${messageOf(error)}`,
        );
      }
    }
  }

  function onEnded(exitCode: number, requested: boolean): void {
    ended.yes = true;
    const excused = requested
      ? "it was asked to end"
      : supervision.exitOk.includes(exitCode)
      ? `it exited with ${exitCode}`
      : undefined;
    if (watched === undefined || excused === undefined) return;
    try {
      reports.reportStopped(excused, { ticket: watched.ticket });
    } catch (error) {
      log("warn", `The boot cannot be given back: ${messageOf(error)}`);
    }
  }

  return {
    options: {
      launcher: patient,
      beforeStart,
      onStarted(_program: RunningProgram) {
        ended = { yes: false };
        if (watched !== undefined) {
          const known = supervision.announce?.(deadlineOf(watched.policy));
          watch(watched, ended).catch((error) => log("warn", `Cannot watch this boot: ${messageOf(error)}`))
            .finally(() => known?.release());
        }
      },
      onEnded,
      restart: supervision.restart,
      ...(supervision.delays === undefined ? {} : { delays: supervision.delays }),
      stopTimeoutMs: supervision.stopTimeoutMs,
      log,
    },
    stopping: () => void (stopping = true),
    onUnhealthy: (how) => void (fail = how),
  };
}

/** Last-good is back, and whoever started us is to start it. */
class RolledBack extends Error {
  override readonly name = "RolledBack";

  constructor() {
    super("Last-good was put back: start the service again");
  }
}
