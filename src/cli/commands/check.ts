/** `check`: the gate alone. @module */
import { answer, type Command } from "../command.ts";
import { EXIT } from "../exit_codes.ts";
import { EVENTS } from "../options/options.ts";
import { sentinelOf } from "../sentinel_of.ts";

/** The command. */
export const command: Command = {
  usage: "--exe PATH [options]",
  summary: "Judge this boot only: exit 0 to proceed, 75 after a rollback",
  details: "For ExecStartPre=, or for a service's own first step.",
  examples: [
    "boot-sentinel check --exe /opt/app/server",
    "ExecStartPre=/opt/app/boot-sentinel check --exe /opt/app/server",
  ],
  options: ["after-rollback-hook", "data-hook-timeout", ...EVENTS],
  positionals: [0, 0],
  gate: true,
  run(context) {
    const { settings } = context;
    // Who knows its version asks as the library does; otherwise the bytes speak.
    const sentinel = sentinelOf(context, undefined, settings.appVersion === undefined);
    const outcome = sentinel.boot(settings.maxAttempts);
    if (settings.json) answer(context, "", { ...outcome });
    return outcome.kind === "rolledBack" ? EXIT.rolledBack : EXIT.ok;
  },
};
