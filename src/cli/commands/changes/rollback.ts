/** `rollback`: puts last-good back now. @module */
import { answer, type Command } from "../../command.ts";
import { EXIT } from "../../../core/exit_codes.ts";
import { EVENTS } from "../../options/options.ts";
import { sentinelOf } from "../../sentinel_of.ts";

/** The command. */
export const command: Command = {
  usage: "[--to VERSION] [--hold] --exe PATH [options]",
  summary: "Put last-good (or an older confirmed build) back now and quarantine the live build",
  details:
    "With --hold the version that is left is refused, whatever its bytes, until another version is swapped in\n" +
    "and confirmed. Without it these bytes are quarantined until they are cleared.",
  examples: [
    "boot-sentinel rollback --exe /opt/app/server && systemctl restart app",
    "boot-sentinel rollback --to 1.8.2 --exe /opt/app/server",
    "boot-sentinel rollback --hold --exe /opt/app/server",
  ],
  page: "docs/deploy.md",
  options: ["to", "hold", "reason", "afterRollbackHook", "dataHookTimeout", ...EVENTS],
  positionals: [0, 0],
  run(context) {
    const { to, reason, hold } = context.settings;
    const done = sentinelOf(context).rollback({
      hold,
      ...(to === undefined ? {} : { to }),
      ...(reason === undefined ? {} : { reason }),
    });
    const end = hold ? "held until another version is confirmed" : "quarantined";
    answer(context, `Rolled back ${done.from} to ${done.to}: ${done.from} is ${end}; restart the service`, { ...done });
    return EXIT.ok;
  },
};
