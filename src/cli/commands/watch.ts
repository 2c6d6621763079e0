/** `watch`: this program beside the service, while a build is on probation. Called by `run`. @module */
import type { Log } from "../../core/ports.ts";
import type { BootTicket } from "../../core/gate/boot_token.ts";
import { deadlineOf } from "../../service/health/wait_for_health.ts";
import { watchService } from "../../service/health/watcher.ts";
import type { WatchedProcess } from "../../system/linux/watched_process.ts";
import type { Command } from "../command.ts";
import { EXIT, UsageError } from "../exit_codes.ts";
import { healthPolicy } from "../health_settings.ts";
import { RUN_OPTIONS } from "../options/run_options.ts";
import { sentinelOf } from "../sentinel_of.ts";

/** The command. */
export const command: Command = {
  usage: "begin|on PID START TICKET [options]",
  summary: "Wait for the health of a service; run starts it while a build is on probation",
  examples: [],
  options: RUN_OPTIONS,
  positionals: [4, 4],
  gate: true,
  internal: true,
  async run(context) {
    const [verb, pid = "", start = "", ticket = ""] = context.positionals;
    const io = await context.io.watching();
    if (verb === "begin") {
      return await io.detachAndLeave([...context.io.selfWords, "watch", "on", ...context.words.slice(1)])
        ? EXIT.ok
        : EXIT.no;
    }
    const service = io.watchProcess(Number(pid), start);
    if (service === undefined) {
      io.sayReady();
      return EXIT.ok;
    }
    const { settings, ports } = context;
    const policy = healthPolicy(settings);
    const reports = sentinelOf(context, undefined, true, { watched: true });
    const known = reports.announceWatcher(io.pid, deadlineOf(policy));
    try {
      await watchService({
        ticket: readTicket(ticket),
        service: settings.dryRun ? spared(service, ports.log) : service,
        policy,
        stopTimeoutMs: settings.stopTimeout,
        reports,
        io,
        log: ports.log,
      });
    } finally {
      known.release();
    }
    return EXIT.ok;
  },
};

/** A dry run says what it would do to the service. */
function spared(service: WatchedProcess, log: Log): WatchedProcess {
  let ended = false;
  return {
    ...service,
    alive: () => !ended && service.alive(),
    signal(signal) {
      log("info", `would send ${signal} to process ${service.pid}`);
      return ended = true;
    },
  };
}

function readTicket(text: string): BootTicket {
  try {
    return JSON.parse(text) as BootTicket;
  } catch {
    throw new UsageError("Cannot watch: the ticket is not JSON; this command is called by run");
  }
}
