/** The supervisor's options from the options of `run`, for Linux and Windows. @module */
import { bootReports } from "../../core/changes/reports.ts";
import type { Log } from "../../core/ports.ts";
import { tokenAfterCrash } from "../../core/state/crashes.ts";
import { State } from "../../core/state/state.ts";
import { announceWatcher } from "../../core/state/watcher.ts";
import { parseExitCodes } from "../../service/stopped.ts";
import { gateHooks } from "../../service/supervise/gate_hooks.ts";
import { beginOutput } from "../../service/supervise/boot_output.ts";
import type { RestartPolicy } from "../../service/supervise/restart_policy.ts";
import type { SupervisorOptions } from "../../service/supervise/supervisor.ts";
import type { Context } from "../command.ts";
import { gateOf } from "./gate_of.ts";
import type { Start } from "./start.ts";
import { stopTimeoutOf, watchPolicy } from "./run_settings.ts";

/** How a program is supervised. The launcher depends on the operating system. */
export function supervisionOf<Spec>(
  context: Context,
  start: Pick<Start, "subject" | "unguarded" | "exe">,
  specOf: (exe: string) => Spec,
  { log, restart }: { readonly log: Log; readonly restart: RestartPolicy },
): Omit<SupervisorOptions<Spec>, "launcher"> {
  const { settings, io } = context;
  const ports = { ...context.ports, log };
  const { subject } = start;
  return {
    ...gateHooks({
      spec: specOf(start.exe),
      standIn: specOf,
      boot: gateOf(start, ports),
      reports: bootReports(ports, subject),
      maxAttempts: subject.maxAttempts,
      afterRollback: settings.afterRollback,
      policy: (token) => watchPolicy(settings, token),
      crashLoop: { limit: start.unguarded === undefined ? settings.crashLoop : 0, withinMs: settings.healthyAfter },
      tokenAfterCrash: () => start.unguarded === undefined ? tokenAfterCrash(new State(ports, subject)) : undefined,
      exitOk: settings.exitOk === undefined ? [] : parseExitCodes(settings.exitOk),
      io,
      ...(settings.noLastWords ? {} : { output: () => beginOutput(io) }),
      log,
      announce: (expected) => announceWatcher(ports, subject.dataDir, io.pid, expected),
    }),
    restart: settings.restart ?? restart,
    stopTimeoutMs: stopTimeoutOf(context),
    log,
  };
}
