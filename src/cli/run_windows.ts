/** `run` on Windows: the program is hosted, in a console or as a service. @module */
import { SentinelCore } from "../core/boot_sentinel.ts";
import type { Log } from "../core/ports.ts";
import type { SentinelOptions } from "../core/sentinel_options.ts";
import { parseExitCodes } from "../service/exit_code_list.ts";
import { gatedHost } from "../service/supervise/gated_host.ts";
import { hostInConsole, programFault, windowsLauncher } from "../service/supervise/windows_launcher.ts";
import { fileLog } from "../service/supervise/log_file.ts";
import { serviceLog } from "../service/supervise/service_log.ts";
import { hostAsService, type WindowsServiceOptions } from "../service/supervise/windows_service.ts";
import type { ProgramSpec } from "../system/windows/process.ts";
import type { Context } from "./command.ts";
import { healthPolicy } from "./health_settings.ts";
import { stopTimeoutOf } from "./stop_timeout.ts";

/** The event source of a service that was not installed by `service install`. */
const EVENT_SOURCE = "boot-sentinel";

/** Hosts the program; resolves to the exit code when it has ended for good. */
export async function runOnWindows(context: Context, guarded: SentinelOptions): Promise<number> {
  const { settings, rest = [], ports } = context;
  const spec: ProgramSpec = { exe: guarded.exe, args: rest.slice(1), breakaway: settings.breakaway };
  const { pid, probes, now, sleep } = await context.io.watching();
  const options = (log: Log): WindowsServiceOptions => {
    const sentinel = new SentinelCore(guarded, { ...ports, log });
    return {
      ...gatedHost({
        spec,
        sentinel,
        maxAttempts: settings.maxAttempts,
        afterRollback: settings.afterRollback,
        policy: () => healthPolicy(settings),
        exitOk: settings.exitOk === undefined ? [] : parseExitCodes(settings.exitOk),
        programFault,
        exitCodeOf: windowsLauncher.exitCodeOf,
        probes,
        now,
        sleep,
        log,
        announce: (deadlineMs) => sentinel.announceWatcher(pid, deadlineMs),
      }),
      restart: settings.restart ?? "on-failure",
      stopTimeoutMs: stopTimeoutOf(context),
      log,
    };
  };
  const asService = await hostAsService(() => {
    const log = serviceLogOf(context);
    // Written before anybody knew that this is a service, they are on a standard error that leads nowhere.
    for (const problem of context.problems) log("warn", `${problem}; the service is started without it`);
    return options(log);
  });
  if (asService !== undefined) return asService.requested ? 0 : asService.exitCode;
  return (await hostInConsole(options(consoleLogOf(context)))).exitCode;
}

function serviceLogOf({ settings }: Context): Log {
  const { logFile, eventSource: source = EVENT_SOURCE, quiet, verbose } = settings;
  const log = serviceLog({ source, ...(logFile === undefined ? {} : { file: logFile }) });
  return (level, message) => {
    if ((level === "debug" && !verbose) || (level === "info" && quiet)) return;
    log(level, message);
  };
}

function consoleLogOf({ settings, ports }: Context): Log {
  if (settings.logFile === undefined) return ports.log;
  const toFile = fileLog(settings.logFile, { onTrouble: (message) => ports.log("warn", message) });
  return (level, message) => {
    ports.log(level, message);
    if (level !== "debug" || settings.verbose) toFile(level, message);
  };
}
