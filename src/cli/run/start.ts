/** The main job, once it is known which program is to be started and how: judge the boot, then become the program. @module */
import { messageOf } from "../../core/errors.ts";
import { boot } from "../../core/gate/boot.ts";
import type { BootToken } from "../../core/gate/boot_token.ts";
import type { Ports } from "../../core/ports.ts";
import { shellWord } from "../../core/shell_word.ts";
import type { Subject } from "../../core/subject.ts";
import { bootReports } from "../../core/changes/reports.ts";
import { startFaultOf } from "../../service/not_started.ts";
import { type RunEnd, runGated } from "../../service/run.ts";
import { cancelAttempt } from "../../service/cancel_attempt.ts";
import type { ExecOptions, Program } from "../../system/linux/exec.ts";
import type { ProcessIo } from "../../system/process/process_io.ts";
import { EXIT } from "../../core/exit_codes.ts";

/** A program that is to be started behind the gate. */
export interface Start {
  readonly subject: Subject;
  /** The program as it was named. */
  readonly word: string;
  readonly program: Program;
  readonly nofile: Pick<ExecOptions, "nofile">;
  readonly afterRollback: "run" | "exit";
  /** The gate's own words: a watcher is to know them. */
  readonly own: readonly string[];
  /** Start the program only when the watcher has looked at what the program will change. */
  readonly watcherFirst: () => boolean;
}

/** What that takes of the process. */
type StartingIo = Pick<ProcessIo, "exec" | "pid" | "processStart" | "sleep" | "spawnDetached">;

/** Judges the boot and becomes the program; returns the exit code when that could not be. */
export async function startGated(start: Start, io: StartingIo, ports: Ports): Promise<number> {
  const { subject, program, nofile } = start;
  const end = await runGated({
    boot: () => boot(ports, subject),
    couldNotStart: (fault) => boot(ports, subject, fault),
    cancelAttempt: (reason, token) =>
      cancelAttempt({ reports: bootReports(ports, subject), log: ports.log }, reason, token),
    exec: () => io.exec(program, nofile),
    watch: (token) => startWatcher(start, token, io, ports),
    sleep: io.sleep,
    log: ports.log,
    maxAttempts: subject.maxAttempts,
  }, start.afterRollback);
  return report(end, start.word, ports);
}

/** Has this boot watched, by a process that is not the service's child. */
async function startWatcher(start: Start, token: BootToken, io: StartingIo, ports: Ports): Promise<void> {
  const { exe, dataDir } = start.subject;
  const failure = await tryStart();
  if (failure === undefined) return;
  ports.log(
    "warn",
    `Cannot watch this boot: ${failure}; the service is started all the same; once it is healthy, confirm it: ` +
      `boot-sentinel confirm --exe ${shellWord(exe)} --data-dir ${shellWord(dataDir)}`,
  );

  async function tryStart(): Promise<string | undefined> {
    try {
      const began = io.processStart(io.pid);
      if (began === undefined) return "this system has no /proc";
      const which = [String(io.pid), began, JSON.stringify(token)];
      const about = [...start.own, "--exe", exe, "--data-dir", dataDir];
      return await io.spawnDetached(["watch", ...which, ...about], { ready: start.watcherFirst() });
    } catch (error) {
      return messageOf(error);
    }
  }
}

/** Says what a judged boot would come to. */
export function rehearse({ subject, word, afterRollback }: Start, ports: Ports): number {
  const outcome = boot(ports, subject);
  const exits = outcome.kind === "rolledBack" && afterRollback === "exit";
  ports.log("info", exits ? `would exit ${EXIT.rolledBack}` : `would start ${word}`);
  return EXIT.ok;
}

function startProblem(errno: string): string {
  const { fault, exitCode } = startFaultOf(errno);
  if (fault === undefined) return `the system answered ${errno}, which is no fault of the program; start it again`;
  const missing = exitCode === EXIT.notFound;
  return missing
    ? `it does not exist (${errno}), and there is no valid last-good; install it`
    : `${fault}, and there is no valid last-good; install a good build`;
}

function report(end: RunEnd, word: string, { log }: Ports): number {
  switch (end.kind) {
    case "rolledBack":
      return EXIT.rolledBack;
    case "notStarted":
      log("error", `Cannot start ${word}: ${startProblem(end.errno)}`);
      return end.exitCode;
  }
}
