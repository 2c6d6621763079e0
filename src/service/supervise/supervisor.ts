/**
 * Keeps a program running: starts it, starts it again by policy, stops it in order. The operating system comes in
 * through {@link Launcher}; each start is preceded by the gate, so each start counts as one boot.
 *
 * @module
 */
import type { Log } from "../../core/ports.ts";
import { NotStarted, START_RETRY } from "../not_started.ts";
import { decideRestart, type RestartDelays, type RestartPolicy } from "./restart_policy.ts";

/** A program that runs. */
export interface RunningProgram {
  readonly pid: number;
  /** Its exit code, when it has ended. */
  readonly exited: Promise<number>;
  /** The ways to ask it to end, mildest first; each is `false` when it could not be tried. */
  readonly asks: readonly (() => boolean)[];
  /** Ends it with all that it started, at once. */
  kill(): void;
  /** Gives back what it holds, and ends what is left of its tree. */
  close(): void;
}

/** Starts programs. */
export interface Launcher<Spec> {
  /** Rejects with {@link NotStarted} when the program cannot be started. */
  start(spec: Spec): Promise<RunningProgram>;
}

/** What is to be run next; the gate answers with this before each start. */
export type Next<Spec> =
  /**
   * Start this. `anew`: the pauses begin with the shortest again, since it is another program than before, or one whose
   * starts the gate counts: longer ones would only keep the service down.
   * `delayMs`: not before this time.
   */
  | { readonly kind: "start"; readonly spec: Spec; readonly anew?: boolean; readonly delayMs?: number }
  /** Start nothing more and end with this code. */
  | { readonly kind: "end"; readonly exitCode: number };

/** How a program is hosted. */
export interface SupervisorOptions<Spec> {
  readonly launcher: Launcher<Spec>;
  /** The gate. A throw ends the host with that error: the gate itself answers for always naming a program. */
  readonly beforeStart: () => Next<Spec> | Promise<Next<Spec>>;
  /**
   * The program could not be started: what is to be done instead, at once.
   * @default {undefined: the policy decides, as after a failed run}
   */
  readonly cannotStart?: (failure: NotStarted) => Next<Spec> | undefined;
  /** Called when the program runs. */
  readonly onStarted?: (program: RunningProgram, control: SupervisorControl) => void;
  /** Called when it has ended or could not be started; `requested` after {@link SupervisorControl.stop}. */
  readonly onEnded?: (exitCode: number, requested: boolean) => void;
  /** When it is started again. @default {"on-failure"} */
  readonly restart?: RestartPolicy;
  /** How long the pauses in between are. */
  readonly delays?: RestartDelays;
  /** How long the program has to end after it was asked, in milliseconds; then it is killed. @default {15000} */
  readonly stopTimeoutMs?: number;
  /** How long each way of asking may take before the next is tried, too, in milliseconds. @default {3000} */
  readonly askEveryMs?: number;
  readonly log: Log;
}

/** How the hosting ended. */
export interface SupervisionEnd {
  /** The code of the last run; 0 when the end was requested before anything ran. */
  readonly exitCode: number;
  /** {@link SupervisorControl.stop} was called. */
  readonly requested: boolean;
}

/** The ways to act on a program that is being hosted. */
export interface SupervisorControl {
  /** Asks the program to end, and kills its tree at the deadline. Called again: kills at once. */
  stop(reason: string): void;
  /** The same, but counted as a failure of the program, after which the policy decides (a failed health probe). */
  fail(reason: string): void;
  /** {@link SupervisorControl.stop} was called. */
  stopping(): boolean;
}

/** A program that is being hosted. */
export interface Host extends SupervisorControl {
  /** The end of the hosting; rejects only with what `beforeStart` threw. Nothing of the program runs any more then. */
  readonly done: Promise<SupervisionEnd>;
}

/** How one start went. */
type Run =
  | { readonly kind: "ended"; readonly exitCode: number }
  | { readonly kind: "notStarted"; readonly failure: NotStarted };

/** What `exitCode` a run has that a probe ended, if the program itself says 0. */
const FAILED = 1;

/** Starts hosting. The first `beforeStart` runs in this call. */
export function supervise<Spec>(options: SupervisorOptions<Spec>): Host {
  const { log, launcher, restart = "on-failure", stopTimeoutMs = 15_000, askEveryMs = 3_000 } = options;
  let running: RunningProgram | undefined;
  let stopping = false;
  let stopRequested = false;
  let failed = false;
  let wake: (() => void) | undefined;

  async function endInOrder(program: RunningProgram, reason: string): Promise<void> {
    log("info", `Stopping process ${program.pid}: ${reason}`);
    const deadline = Date.now() + stopTimeoutMs;
    for (const ask of program.asks) {
      const left = deadline - Date.now();
      if (left <= 0) break;
      if (ask() && await endsWithin(program, Math.min(askEveryMs, left))) return;
    }
    if (await endsWithin(program, deadline - Date.now())) return;
    log("warn", `Process ${program.pid} did not end within ${stopTimeoutMs} ms: killing it with all that it started`);
    program.kill();
  }

  function begin(reason: string): void {
    if (running === undefined || stopping) return wake?.();
    stopping = true;
    endInOrder(running, reason).catch((error) => log("error", `Cannot stop the program, it may still run: ${error}`));
  }

  /** A listener's fault must not take the program down with it. */
  function notify(call: () => void): void {
    try {
      call();
    } catch (error) {
      log("error", `A listener of the host failed, the program is not affected: ${error}`);
    }
  }

  /** Tries again what may work in a moment. */
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
    // Asked while it was being started.
    if (stopRequested) begin("a stop was requested");
    try {
      notify(() => options.onStarted?.(program, control));
      const exitCode = await program.exited;
      return { kind: "ended", exitCode: failed && exitCode === 0 ? FAILED : exitCode };
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
      const next = await options.beforeStart();
      if (next.kind === "end") return { exitCode: next.exitCode, requested: stopRequested };
      await pause(next.delayMs ?? 0);
      if (stopRequested) break;
      if (next.anew === true) restarts = 0;
      const startedAt = Date.now();
      failed = false;
      let run = await runOnce(next.spec);
      if (run.kind === "notStarted") {
        const instead = options.cannotStart?.(run.failure);
        if (instead?.kind === "end") return { exitCode: instead.exitCode, requested: stopRequested };
        if (instead?.kind === "start") run = await runOnce(instead.spec);
      }
      exitCode = run.kind === "ended" ? run.exitCode : run.failure.exitCode;
      notify(() => options.onEnded?.(exitCode, stopRequested));
      const end = { exitCode, requested: stopRequested, ranMs: Date.now() - startedAt, restarts };
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
      begin(reason);
    },
    fail(reason) {
      if (running === undefined || stopRequested) return;
      failed = true;
      begin(reason);
    },
    stopping: () => stopRequested,
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
  const answer = await Promise.race([ended, late]);
  clearTimeout(timer);
  return answer;
}
