/**
 * Keeps a program running: starts it, restarts it by policy, and stops it gracefully. The operating system is behind
 * {@link Launcher}. The gate runs before each start, so each start counts as one boot.
 *
 * @module
 */
import type { Log } from "../../core/ports.ts";
import { NotStarted, START_RETRY } from "../not_started.ts";
import { decideRestart, type RestartDelays, type RestartPolicy } from "./restart_policy.ts";

/** A running program. */
export interface RunningProgram {
  readonly pid: number;
  /** Resolves to the exit code when the program has ended. */
  readonly exited: Promise<number>;
  /** How it ended, in words, where its exit code does not say it. Called when it has ended. @default {exit CODE} */
  readonly howEnded?: (exitCode: number) => string | undefined;
  /** The ways to ask the program to end, in order. Each returns `false` when it could not be tried. */
  readonly stopRequests: readonly (() => boolean)[];
  /** Kills the program and all its descendants at once. */
  kill(): void;
  /** Kills what is left of its descendants, and closes handles. Called when the program has ended. */
  close(): void;
}

/** Starts programs. */
export interface Launcher<Spec> {
  /** Rejects with {@link NotStarted} when the program cannot be started. */
  start(spec: Spec): Promise<RunningProgram>;
}

/** What to do next: the gate's answer before each start. */
export type Next<Spec> =
  /**
   * Start this program. `resetDelays`: the next pause is the shortest one again, since the program was replaced, or is
   * on probation: then the gate bounds the number of starts, and long pauses would only delay the rollback. `delayMs`:
   * wait this long before the start.
   */
  | { readonly kind: "start"; readonly spec: Spec; readonly resetDelays?: boolean; readonly delayMs?: number }
  /** Start nothing more and end with this code. */
  | { readonly kind: "end"; readonly exitCode: number };

/** How a start of the program ended. */
export interface ProgramEnd {
  /** In words, such as `exit 1`. */
  readonly how: string;
  /** How long it ran, milliseconds. */
  readonly ranMs: number;
}

/** How a program is hosted. */
export interface SupervisorOptions<Spec> {
  readonly launcher: Launcher<Spec>;
  /** The gate. It must not fail: if it throws, the supervisor ends with that error. */
  readonly beforeStart: () => Next<Spec> | Promise<Next<Spec>>;
  /**
   * Called when the program could not be started. Returns what to do instead, at once.
   * @default {undefined: the policy decides, as after a failed run}
   */
  readonly cannotStart?: (failure: NotStarted) => Next<Spec> | undefined;
  /** Called when the program was started. */
  readonly onStarted?: (program: RunningProgram, control: SupervisorControl) => void;
  /**
   * Called when it has ended or could not be started; `requested`: its end was asked for. Nothing is started before it
   * is done.
   */
  readonly onEnded?: (exitCode: number, requested: boolean, end: ProgramEnd) => void | Promise<void>;
  /** When the program is started again. @default {"on-failure"} */
  readonly restart?: RestartPolicy;
  /** The pauses between starts. */
  readonly delays?: RestartDelays;
  /**
   * How long the program may take to end after the first stop request, in milliseconds; then it is killed. @default
   * {15000}
   */
  readonly stopTimeoutMs?: number;
  /** The time between two stop requests, in milliseconds. @default {3000} */
  readonly nextRequestMs?: number;
  readonly log: Log;
}

/** How the supervision ended. */
export interface SupervisionEnd {
  /** The exit code of the last run; 0 when it was stopped before the first one. */
  readonly exitCode: number;
  /** {@link SupervisorControl.stop} was called. */
  readonly requested: boolean;
}

/** Controls a supervised program. */
export interface SupervisorControl {
  /** Asks the program to end, and kills its process tree at the timeout. A second call kills it at once. */
  stop(reason: string): void;
  /** Stops the program as failed (it is not healthy): the restart policy decides what follows. */
  fail(reason: string): void;
  /** Stops the program on request, and starts it again at once, whatever the restart policy is. */
  restart(reason: string): void;
  /** The program is being stopped on request. */
  stopping(): boolean;
}

/** A supervised program. */
export interface Host extends SupervisorControl {
  /** Resolves when the program has ended and is not started again. Rejects only with an error of `beforeStart`. */
  readonly done: Promise<SupervisionEnd>;
}

/** The result of one start. */
type Run =
  | { readonly kind: "ended"; readonly exitCode: number; readonly how: string | undefined }
  | { readonly kind: "notStarted"; readonly failure: NotStarted };

/** The exit code of a run that was stopped as failed, if the program itself exited with 0. */
const FAILED = 1;

/** Starts to supervise a program. The first `beforeStart` runs in this call. */
export function supervise<Spec>(options: SupervisorOptions<Spec>): Host {
  const { log, launcher, restart = "on-failure", stopTimeoutMs = 15_000, nextRequestMs = 3_000 } = options;
  let running: RunningProgram | undefined;
  let stopping = false;
  let stopRequested = false;
  let restartRequested = false;
  let failed = false;
  let wake: (() => void) | undefined;

  async function stopGracefully(program: RunningProgram, reason: string): Promise<void> {
    log("info", `Stopping process ${program.pid}: ${reason}`);
    const deadline = Date.now() + stopTimeoutMs;
    for (const request of program.stopRequests) {
      const left = deadline - Date.now();
      if (left <= 0) break;
      if (request() && await endsWithin(program, Math.min(nextRequestMs, left))) return;
    }
    if (await endsWithin(program, deadline - Date.now())) return;
    log("warn", `Process ${program.pid} did not end within ${stopTimeoutMs} ms: killing it and its child processes`);
    program.kill();
  }

  function beginStop(reason: string): void {
    if (running === undefined || stopping) return wake?.();
    stopping = true;
    stopGracefully(running, reason)
      .catch((error) => log("error", `Cannot stop the program: ${error}; it may still be running`));
  }

  /** An error in a callback must not end the supervisor, and the program with it. */
  async function notify(call: () => void | Promise<void>): Promise<void> {
    try {
      await call();
    } catch (error) {
      log("error", `Internal error in a callback of the supervisor: ${error}; the program is not affected`);
    }
  }

  /** Starts the program; tries again after a temporary error. */
  async function start(spec: Spec): Promise<RunningProgram | NotStarted> {
    for (let left: number = START_RETRY.tries;; left--) {
      try {
        return await launcher.start(spec);
      } catch (error) {
        if (!(error instanceof NotStarted)) throw error;
        if (!error.retry || left === 0 || stopRequested) {
          log("error", error.message);
          return error;
        }
      }
      await pause(START_RETRY.pauseMs);
    }
  }

  async function runOnce(spec: Spec): Promise<Run> {
    const program = await start(spec);
    if (program instanceof NotStarted) return { kind: "notStarted", failure: program };
    running = program;
    if (control.stopping()) beginStop("that was requested while it was started");
    try {
      void notify(() => options.onStarted?.(program, control));
      const exitCode = await program.exited;
      const how = program.howEnded?.(exitCode);
      return { kind: "ended", exitCode: failed && exitCode === 0 ? FAILED : exitCode, how };
    } finally {
      running = undefined;
      stopping = false;
      program.close();
    }
  }

  async function pause(milliseconds: number): Promise<void> {
    if (milliseconds <= 0 || stopRequested) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    wake = undefined;
  }

  async function loop(): Promise<SupervisionEnd> {
    let restarts = 0;
    let exitCode = 0;
    while (!stopRequested) {
      restartRequested = false;
      const next = await options.beforeStart();
      if (next.kind === "end") return { exitCode: next.exitCode, requested: stopRequested };
      await pause(next.delayMs ?? 0);
      if (stopRequested) break;
      if (next.resetDelays === true) restarts = 0;
      const startedAt = Date.now();
      failed = false;
      let run = await runOnce(next.spec);
      if (run.kind === "notStarted") {
        const instead = options.cannotStart?.(run.failure);
        if (instead?.kind === "end") return { exitCode: instead.exitCode, requested: stopRequested };
        if (instead?.kind === "start") run = await runOnce(instead.spec);
      }
      exitCode = run.kind === "ended" ? run.exitCode : run.failure.exitCode;
      const ranMs = Date.now() - startedAt;
      const how = (run.kind === "ended" ? run.how : undefined) ?? `exit ${exitCode}`;
      await notify(() => options.onEnded?.(exitCode, control.stopping(), { how, ranMs }));
      if (restartRequested) {
        restarts = 0;
        continue;
      }
      const end = { exitCode, requested: stopRequested, ranMs, restarts };
      const decision = decideRestart(restart, end, options.delays);
      if (decision.kind === "end") break;
      restarts = decision.restarts;
      log("warn", `The program ended with ${exitCode}: starting it again in ${decision.delayMs} ms`);
      await pause(decision.delayMs);
    }
    return { exitCode, requested: stopRequested };
  }

  const control: SupervisorControl = {
    stop(reason) {
      if (stopRequested && running !== undefined) {
        log("warn", `Killing process ${running.pid} at once: ${reason}`);
        return running.kill();
      }
      stopRequested = true;
      beginStop(reason);
    },
    fail(reason) {
      if (running === undefined || control.stopping()) return;
      failed = true;
      beginStop(reason);
    },
    restart(reason) {
      restartRequested = true;
      beginStop(reason);
    },
    stopping: () => stopRequested || restartRequested,
  };
  return { ...control, done: loop() };
}

/** True when the program ends within this time. */
async function endsWithin(program: RunningProgram, milliseconds: number): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), Math.max(0, milliseconds));
  });
  const ended = program.exited.then(() => true as const);
  const hasEnded = await Promise.race([ended, late]);
  clearTimeout(timer);
  return hasEnded;
}
