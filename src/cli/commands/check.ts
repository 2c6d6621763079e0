/** `check`: runs the gate without starting the program. @module */
import { boot } from "../../core/gate/boot.ts";
import { answer, type Command, subjectFrom } from "../command.ts";
import { EXIT } from "../../core/exit_codes.ts";
import { EVENTS } from "../options/options.ts";

/** The command. */
export const command: Command = {
  usage: "--exe PATH [options]",
  summary: "Judge this boot without starting the program: exit 0 to proceed, 75 after a rollback",
  details: "For ExecStartPre=, or as the first step of a service.",
  examples: [
    "boot-sentinel check --exe /opt/app/server",
    "ExecStartPre=/opt/app/boot-sentinel check --exe /opt/app/server",
  ],
  options: ["afterRollbackHook", "dataHookTimeout", ...EVENTS],
  positionals: [0, 0],
  gate: true,
  run(context) {
    const { settings } = context;
    // With --app-version builds are identified by version, as with the library; without it by their sha256.
    const subject = subjectFrom(context, { watchBytes: settings.appVersion === undefined });
    const outcome = boot(context.ports, subject);
    if (settings.json) answer(context, "", { ...outcome });
    return outcome.kind === "rolledBack" ? EXIT.rolledBack : EXIT.ok;
  },
};
