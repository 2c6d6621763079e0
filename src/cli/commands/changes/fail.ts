/** `fail`: reports that the live build is bad, or that an update could not be installed. @module */
import { failInstall as countFailedInstall } from "../../../core/changes/failed_install.ts";
import { answer, type Command, type Context, positional, subjectFrom } from "../../command.ts";
import { EXIT } from "../../../core/exit_codes.ts";
import { UsageError } from "../../cli_errors.ts";
import { EVENTS } from "../../options/options.ts";
import { sentinelOf } from "../../sentinel_of.ts";

/** The command. */
export const command: Command = {
  usage: "[REASON] --exe PATH [options] | VERSION [REASON] --stage install --exe PATH [options]",
  summary: "Report that the live build is bad: the next boot rolls it back",
  details:
    "With --stage install: report that VERSION could not be installed. After --max-attempts failures in a row\n" +
    "VERSION is quarantined, so that the updater stops trying it.",
  examples: [
    'boot-sentinel fail "answers 500" --exe /opt/app/server && systemctl restart app',
    'boot-sentinel fail 2.0.0 "the download does not verify" --stage install --exe /opt/app/server',
  ],
  page: "docs/deploy.md",
  options: ["stage", ...EVENTS],
  positionals: [0, 2],
  run(context) {
    if (context.settings.stage === "install") return failInstall(context);
    if (context.positionals.length > 1) {
      throw new UsageError("There is more than one argument: put the reason in quotes");
    }
    const version = sentinelOf(context).fail(context.positionals[0]);
    answer(context, `${version} is rolled back at the next boot: restart the service`, { failed: version });
    return EXIT.ok;
  },
};

function failInstall(context: Context): number {
  const { maxAttempts } = context.settings;
  const [version, reason = "declared bad"] = [positional(context, 0), context.positionals[1]];
  const failed = countFailedInstall(context.ports, subjectFrom(context), version, reason);
  const text = failed.held
    ? `${failed.version} could not be installed ${failed.failures} times: it is quarantined`
    : `${failed.version} could not be installed: failure ${failed.failures} of ${maxAttempts}`;
  answer(context, text, { ...failed });
  return EXIT.ok;
}
