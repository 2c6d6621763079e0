/** `rollback`: puts last-good back now. @module */
import { answer, type Command } from "../command.ts";
import { EXIT } from "../../core/exit_codes.ts";
import { EVENTS } from "../options/options.ts";
import { sentinelOf } from "../sentinel_of.ts";

/** The command. */
export const command: Command = {
  usage: "[--to VERSION] --exe PATH [options]",
  summary: "Put last-good (or an older confirmed build) back now and quarantine the live build",
  examples: [
    "boot-sentinel rollback --exe /opt/app/server && systemctl restart app",
    "boot-sentinel rollback --to 1.8.2 --exe /opt/app/server",
  ],
  page: "docs/deploy.md",
  options: ["to", "reason", "afterRollbackHook", "dataHookTimeout", ...EVENTS],
  positionals: [0, 0],
  run(context) {
    const { to, reason } = context.settings;
    const done = sentinelOf(context).rollback({
      ...(to === undefined ? {} : { to }),
      ...(reason === undefined ? {} : { reason }),
    });
    answer(context, `Rolled back ${done.from} to ${done.to}: ${done.from} is quarantined; restart the service`, {
      ...done,
    });
    return EXIT.ok;
  },
};
