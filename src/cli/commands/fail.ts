/** `fail`: the live build is bad. @module */
import { answer, type Command, sentinelOf } from "../command.ts";
import { EXIT } from "../exit_codes.ts";
import { EVENTS } from "../options.ts";

/** The command. */
export const command: Command = {
  usage: "[REASON] --exe PATH [options]",
  summary: "The live build is bad: roll back at the next boot",
  examples: ['boot-sentinel fail "answers 500" --exe /opt/app/server && systemctl restart app'],
  options: EVENTS,
  positionals: [0, 1],
  run(context) {
    const version = sentinelOf(context).fail(context.positionals[0]);
    answer(context, `${version} goes at the next boot: restart the service`, { failed: version });
    return EXIT.ok;
  },
};
