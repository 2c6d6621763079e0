/** `rollback`: puts last-good back now. @module */
import { answer, type Command } from "../../command.ts";
import { EXIT } from "../../../core/exit_codes.ts";
import { DATA, EVENTS } from "../../options/options.ts";
import { putBackText } from "../../../core/data/put_data_back.ts";
import { reloadUnits } from "../../reload_units.ts";
import { sentinelOf } from "../../sentinel_of.ts";

/** The command. */
export const command: Command = {
  usage: "[--to VERSION] [--hold] --exe PATH [options]",
  summary: "Put last-good (or an older confirmed build) back now and quarantine the live build",
  details:
    "With --hold the version that is left is refused, whatever its bytes, until another version is swapped in\n" +
    "and confirmed. Without it these bytes are quarantined until they are cleared.\n" +
    "With --data the service has to be stopped before: its data from before the build are put back, too.",
  examples: [
    "boot-sentinel rollback --exe /opt/app/server && systemctl restart app",
    "boot-sentinel rollback --to 1.8.2 --exe /opt/app/server",
    "boot-sentinel rollback --hold --exe /opt/app/server",
  ],
  page: "docs/deploy.md",
  options: ["to", "hold", "reason", ...DATA, "afterRollbackHook", "dataHookTimeout", ...EVENTS],
  positionals: [0, 0],
  async run(context) {
    const { to, reason, hold } = context.settings;
    const sentinel = sentinelOf(context);
    const done = sentinel.rollback({
      hold,
      ...(to === undefined ? {} : { to }),
      ...(reason === undefined ? {} : { reason }),
    });
    await reloadUnits(context);
    const end = hold ? "held until another version is confirmed" : "quarantined";
    const data = done.data === undefined ? "" : `${putBackText(done.data)}; `;
    // Not of a program that was lost, nor on a full disk, where the next boot does it.
    const isBad = sentinel.quarantinedVersions().includes(done.from);
    const verdict = isBad ? `${done.from} is ${end}; ` : "";
    const text = `Rolled back ${done.from} to ${done.to}: ${verdict}${data}restart the service`;
    answer(context, text, { ...done });
    return EXIT.ok;
  },
};
