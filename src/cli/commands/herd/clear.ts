/** `herd clear`: a build that was refused is free again, as far as its share goes. @module */
import { EXIT } from "../../../core/exit_codes.ts";
import { plainText } from "../../../core/plain_text.ts";
import { answer, type Context } from "../../command.ts";
import { decide, shownBuild } from "../../herd/decide.ts";

/** The verb. */
export async function run(context: Context): Promise<number> {
  const { reason = "cleared by hand" } = context.settings;
  const { build, isAdmitted } = await decide(context, (common) => ({
    ...common,
    kind: "clear",
    reason: plainText(reason),
  }));
  const next = isAdmitted
    ? "the judge does not refuse it any more, and its share grows as before"
    : "it is admitted on no machine until the judge hears of one that waits for it; to admit it now: " +
      `boot-sentinel herd admit ${build.digest} --share 1`;
  const text = `Cleared: ${shownBuild(build)}; ${next}`;
  answer(context, text, { cleared: build });
  return EXIT.ok;
}
