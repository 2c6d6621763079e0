/** `stopped`: cancels the attempt of a service that was stopped on request, for `ExecStopPost=`. @module */
import { howEnded } from "../../service/how_ended.ts";
import { journalWords } from "../../service/last_words.ts";
import { parseExitCodes, reasonOfStop } from "../../service/stopped.ts";
import { isStopRequested } from "../../service/install/systemd/ask_systemd.ts";
import { steadyOutcome } from "../../core/gate/steady.ts";
import { bootReports } from "../../core/changes/reports.ts";
import type { ServiceUnit } from "../../system/linux/proc.ts";
import { answer, type Command, type Context, type EarlyContext, subjectFrom } from "../command.ts";
import { EXIT } from "../../core/exit_codes.ts";
import { EVENTS } from "../options/options.ts";

/** The unit that has ended. It runs this command, so it is known without `--unit`, too. */
function unitFrom({ settings, io }: Context): ServiceUnit | undefined {
  const own = io.unitOf("self");
  return settings.unit === undefined ? own : { name: settings.unit, isUsers: own?.isUsers ?? false };
}

/** Whether this boot was not counted, as nearly all are. */
function isUncounted(context: EarlyContext): boolean {
  const { settings, ports } = context;
  return !settings.json && steadyOutcome(ports.fs, subjectFrom(context, { watched: true })) !== undefined;
}

/** The command. */
export const command: Command = {
  usage: "--exe PATH [--unit UNIT] [--exit-ok CODES] [options]",
  summary: "Do not count a boot that was stopped on request (systemctl stop, shutdown)",
  details: "For ExecStopPost=, where systemd passes how the service ended. A crash still counts. Always exits with 0.",
  examples: ["ExecStopPost=-+/usr/local/bin/boot-sentinel stopped --name app --unit %n"],
  page: "docs/systemd.md",
  options: ["unit", "instance", "exitOk", "noLastWords", ...EVENTS],
  positionals: [0, 0],
  gate: true,
  // Nothing is counted at nearly all boots; then systemd need not be asked.
  early: (context) => isUncounted(context) ? EXIT.ok : undefined,
  async run(context) {
    const { settings, io, ports } = context;
    const { env } = io;
    const reports = bootReports(ports, subjectFrom(context, { watched: true }));
    try {
      const unit = unitFrom(context);
      // Without systemd nobody was asked to stop the service.
      const stopJob = unit === undefined
        ? undefined
        : io.hasSystemd() || env.get("INVOCATION_ID") !== undefined
        ? await isStopRequested(unit, io.systemctl)
        : false;
      const end = {
        result: env.get("SERVICE_RESULT"),
        exitCode: env.get("EXIT_CODE"),
        exitStatus: env.get("EXIT_STATUS"),
      };
      const reason = reasonOfStop(
        { ...end, stopJob },
        settings.exitOk === undefined ? [] : parseExitCodes(settings.exitOk),
      );
      const invocation = env.get("INVOCATION_ID");
      const uncounted = reason !== undefined && reports.stopped(reason, { invocation });
      const how = reason === undefined ? howEnded(end) : undefined;
      if (how !== undefined) {
        reports.ended(how, settings.noLastWords ? undefined : await journalWords(invocation, io), { invocation });
      }
      if (uncounted) ports.log("info", `This boot does not count as an attempt: ${reason}`);
      if (settings.json) answer(context, "", { refunded: uncounted, reason: reason ?? null });
    } catch (error) {
      // An exit code other than 0 would make systemd mark the unit as failed.
      ports.log("warn", `Cannot record the end of the service: ${error instanceof Error ? error.message : error}`);
    }
    return EXIT.ok;
  },
};
