/** `arm`: an updater announces that it is about to replace the program. @module */
import { answer, type Command, exeOf, positional } from "../../command.ts";
import { beforeChange } from "../../before_change.ts";
import { EXIT } from "../../../core/exit_codes.ts";
import { DATA, EVENTS } from "../../options/options.ts";
import { sentinelOf } from "../../sentinel_of.ts";

/** The command. */
export const command: Command = {
  usage: "VERSION --exe PATH [options]",
  summary: "Keep the live build as last-good and put VERSION on probation at its first boot",
  details: "For an updater that replaces the program itself. Run it before the program is replaced.",
  examples: ["boot-sentinel arm 2.0.0 --exe /opt/app/server"],
  page: "docs/deploy.md",
  options: ["beforeSwap", ...DATA, "dataHookTimeout", ...EVENTS],
  positionals: [1, 1],
  async run(context) {
    const version = positional(context, 0);
    const exe = exeOf(context);
    const before = await beforeChange(context);
    sentinelOf(context).armForSwap(exe, version, { since: context.io.startedAt, before });
    answer(context, `Armed ${version}: last-good is kept; replace ${exe} now`, { armed: version });
    return EXIT.ok;
  },
};
