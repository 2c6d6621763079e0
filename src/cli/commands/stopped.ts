/** `stopped`: after the end of the service, for `ExecStopPost=`. @module */
import { parseExitCodes } from "../../service/exit_code_list.ts";
import { reasonOfStop } from "../../service/stopped.ts";
import { isStopAsked } from "../../service/install/systemd/systemctl.ts";
import { answer, type Command } from "../command.ts";
import { EXIT } from "../exit_codes.ts";
import { EVENTS } from "../options/options.ts";
import { sentinelOf } from "../sentinel_of.ts";

/** The command. */
export const command: Command = {
  usage: "--exe PATH [--unit UNIT] [--exit-ok CODES] [options]",
  summary: "Give a boot back whose end was asked for (systemctl stop, shutdown): it is no failure",
  details: "For ExecStopPost=, where systemd says how the service ended. A crash stays counted. Always exits 0.",
  examples: ["ExecStopPost=/opt/app/boot-sentinel stopped --exe /opt/app/server --unit %n"],
  options: ["unit", "exit-ok", ...EVENTS],
  positionals: [0, 0],
  gate: true,
  async run(context) {
    const { settings, io, ports } = context;
    const { env } = io;
    const invocation = env["INVOCATION_ID"];
    const sentinel = sentinelOf(context, undefined, true, { watched: true });
    try {
      const unit = settings.unit;
      const stopJob = unit === undefined ? undefined : await isStopAsked(unit, (await io.watching()).systemctl);
      const reason = reasonOfStop({
        result: env["SERVICE_RESULT"],
        exitCode: env["EXIT_CODE"],
        exitStatus: env["EXIT_STATUS"],
        stopJob,
      }, settings.exitOk === undefined ? [] : parseExitCodes(settings.exitOk));
      const refunded = reason !== undefined &&
        sentinel.reportStopped(reason, invocation === undefined ? {} : { invocation });
      if (refunded) ports.log("info", `This boot does not count: ${reason}`);
      if (settings.json) answer(context, "", { refunded, reason: reason ?? null });
    } catch (error) {
      // A stop must not fail for our trouble: the unit's result is the service's.
      ports.log("warn", `Cannot record the end of the service: ${error instanceof Error ? error.message : error}`);
    }
    return EXIT.ok;
  },
};
