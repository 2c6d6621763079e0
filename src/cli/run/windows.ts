/** `run` on Windows: this process stays and supervises the program, in a console or as a service. @module */
import type { Log } from "../../core/ports.ts";
import { fileLog } from "../../service/supervise/log_file.ts";
import { serviceLog } from "../../service/supervise/service_log.ts";
import { hostInConsole } from "../../service/supervise/windows_launcher.ts";
import { hostAsService } from "../../service/supervise/windows_service.ts";
import type { ProgramSpec } from "../../system/windows/process.ts";
import { type Context, skippedSettingText } from "../command.ts";
import type { Start } from "./start.ts";
import { supervisionOf } from "./supervision.ts";

/** The event log source of a service that was not installed by `service install`. */
const EVENT_SOURCE = "boot-sentinel";

/** Supervises the program; resolves to the exit code when it has ended and is not started again. */
export async function runOnWindows(context: Context, start: Start): Promise<number> {
  const { settings, rest = [] } = context;
  const spec = (exe: string): ProgramSpec => ({ exe, args: rest.slice(1), breakaway: settings.breakaway });
  const options = (log: Log) => supervisionOf(context, start, spec, { log, restart: "on-failure" });
  const asService = await hostAsService(() => {
    const log = serviceLogOf(context);
    // They were logged before it was known that this is a service, to a standard error that nobody reads.
    for (const problem of context.problems) log("warn", skippedSettingText(problem));
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
