/** `herd refuse`: no machine installs a build any more. @module */
import { EXIT } from "../../../core/exit_codes.ts";
import { plainText } from "../../../core/plain_text.ts";
import { answer, type Context } from "../../command.ts";
import { UsageError } from "../../cli_errors.ts";
import { decide, shownBuild } from "../../herd/decide.ts";

/** The verb. */
export async function run(context: Context): Promise<number> {
  const { reason } = context.settings;
  if (reason === undefined) throw new UsageError("No reason is named, which every machine shows: add --reason TEXT");
  const { build } = await decide(context, (common) => ({
    ...common,
    kind: "refuse",
    reason: plainText(reason),
  }));
  answer(context, `Refused: ${shownBuild(build)}; machines that have it keep it`, { refused: build });
  return EXIT.ok;
}
