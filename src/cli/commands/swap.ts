/** `swap`: put an update in place. @module */
import { answer, type Command, exeOf, pathArgument, positional, sentinelOf } from "../command.ts";
import { EXIT, UsageError } from "../exit_codes.ts";

/** The command. */
export const command: Command = {
  usage: "FILE --to VERSION --exe PATH [--sha256 HEX] [options]",
  summary: "Verify FILE, arm VERSION and put a copy of FILE in place, atomically",
  details: "Refuses a quarantined build with exit 1. FILE stays as it is; restart the service afterwards.",
  examples: ["boot-sentinel swap /tmp/server-2.0.0 --to 2.0.0 --exe /opt/app/server && systemctl restart app"],
  options: ["to", "sha256"],
  positionals: [1, 1],
  run(context) {
    const { settings, io } = context;
    const version = settings.to?.trim();
    if (version === undefined || version === "") throw new UsageError("Which version is it? Name it: --to VERSION");
    const file = pathArgument(context, positional(context, 0));
    sentinelOf(context).swap(file, version, { sha256: settings.sha256, since: io.startedAt });
    answer(context, `Swapped: ${exeOf(context)} is ${version} now, on probation; restart the service`, {
      swapped: version,
    });
    return EXIT.ok;
  },
};
