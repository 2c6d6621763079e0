/** `watch`: this program beside the service, while a build is on probation. Called by `run`. @module */
import type { BootTicket } from "../../core/ticket.ts";
import { watchService } from "../../run/watch.ts";
import { type Command, sentinelOf } from "../command.ts";
import { EXIT, UsageError } from "../exit_codes.ts";
import { healthPolicy } from "../health_settings.ts";
import { RUN_OPTIONS } from "../run_options.ts";

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
    await watchService({
      ticket: readTicket(ticket),
      service,
      policy: healthPolicy(settings),
      stopTimeoutMs: settings.stopTimeout,
      reports: sentinelOf(context, undefined, true, { watched: true }),
      io,
      log: ports.log,
    });
    return EXIT.ok;
  },
};

function readTicket(text: string): BootTicket {
  try {
    return JSON.parse(text) as BootTicket;
  } catch {
    throw new UsageError("Cannot watch: the ticket is not JSON; this command is called by run");
  }
}
