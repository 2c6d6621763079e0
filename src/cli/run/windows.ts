/** `run` on Windows: the program is hosted, in a console or as a service. @module */
import type { Log } from "../../core/ports.ts";
import type { Subject } from "../../core/subject.ts";
import { fileLog } from "../../service/supervise/log_file.ts";
import { serviceLog } from "../../service/supervise/service_log.ts";
import { hostInConsole } from "../../service/supervise/windows_launcher.ts";
import { hostAsService } from "../../service/supervise/windows_service.ts";
import type { ProgramSpec } from "../../system/windows/process.ts";
import { type Context, withoutIt } from "../command.ts";
import { supervisionOf } from "./supervision.ts";

/** The event source of a service that was not installed by `service install`. */
const EVENT_SOURCE = "boot-sentinel";

/** Hosts the program; resolves to the exit code when it has ended for good. */
export async function runOnWindows(context: Context, subject: Subject): Promise<number> {
  const { settings, rest = [] } = context;
  const spec: ProgramSpec = { exe: subject.exe, args: rest.slice(1), breakaway: settings.breakaway };
  const options = (log: Log) => supervisionOf(context, subject, spec, { log, restart: "on-failure" });
  const asService = await hostAsService(() => {
    const log = serviceLogOf(context);
    // Written before anybody knew that this is a service, they are on a standard error that leads nowhere.
    for (const problem of context.problems) log("warn", withoutIt(problem));
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
