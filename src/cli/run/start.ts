/** `run` without a supervisor: judges the boot, starts the watcher and executes the program. @module */
import type { Ports } from "../../core/ports.ts";
import { bootReports } from "../../core/changes/reports.ts";
import { startFaultOf } from "../../service/not_started.ts";
import { type RunEnd, runGated } from "../../service/run.ts";
import { cancelAttempt } from "../../service/cancel_attempt.ts";
import type { ExecOptions, Program } from "../../system/linux/exec.ts";
import type { ProcessIo } from "../../system/process/process_io.ts";
import { EXIT } from "../../core/exit_codes.ts";
import { gateOf, type Guarded } from "./gate_of.ts";
import { startWatcher } from "./watcher.ts";

/** A program to start through the gate. */
export interface Start extends Guarded {
  /** The path of the program. */
  readonly exe: string;
  /** The program as it was named in the arguments. */
  readonly name: string;
  readonly program: Program;
  readonly nofile: Pick<ExecOptions, "nofile">;
  readonly afterRollback: "run" | "exit";
  /** The gate's own arguments, which the watcher gets, too. */
  readonly ownArgs: readonly string[];
  /**
   * True when the program must not start before the watcher is ready: a `file:` probe first records the file's state.
   */
  readonly watcherFirst: () => boolean;
}

/** What the start uses of the process. */
type StartingIo = Pick<ProcessIo, "exec" | "pid" | "processStart" | "sleep" | "spawnDetached">;

/** Judges the boot and executes the program. Returns, with an exit code, only if no program was executed. */
export async function startGated(start: Start, io: StartingIo, ports: Ports): Promise<number> {
  const { subject, program, nofile } = start;
  const gate = gateOf(start, ports);
  const end = await runGated({
    boot: gate,
    couldNotStart: gate,
    cancelAttempt: (reason, token) =>
      cancelAttempt({ reports: bootReports(ports, subject), log: ports.log }, reason, token),
    exec: (standIn) =>
      io.exec(standIn === undefined ? program : { ...program, path: new TextEncoder().encode(standIn) }, nofile),
    watch: (token) => startWatcher({ ...start, pid: io.pid, ready: start.watcherFirst() }, token, io, ports),
    sleep: io.sleep,
    log: ports.log,
    maxAttempts: subject.maxAttempts,
  }, start.afterRollback);
  return report(end, start.name, ports);
}

/** Judges the boot in a dry run, and logs what would be started. */
export function previewBoot(start: Start, ports: Ports): number {
  const { name, afterRollback } = start;
  const outcome = gateOf(start, ports)();
  const exits = outcome.kind === "rolledBack" && afterRollback === "exit";
  ports.log("info", exits ? `would exit ${EXIT.rolledBack}` : `would start ${name}`);
  return EXIT.ok;
}

function startProblem(errno: string): string {
  const { fault, exitCode } = startFaultOf(errno);
  if (fault === undefined) return `the system reported ${errno}; the program is not at fault; start it again`;
  const missing = exitCode === EXIT.notFound;
  return missing
    ? `it does not exist (${errno}), and there is no valid last-good; install it`
    : `${fault}, and there is no valid last-good; install a good build`;
}

function report(end: RunEnd, name: string, { log }: Ports): number {
  switch (end.kind) {
    case "rolledBack":
      return EXIT.rolledBack;
    case "notStarted":
      log("error", `Cannot start ${name}: ${startProblem(end.errno)}`);
      return end.exitCode;
  }
}
