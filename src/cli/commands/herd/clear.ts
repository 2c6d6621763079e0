/** `herd clear`: a build that was refused is free again, as far as its share goes. @module */
import { EXIT } from "../../../core/exit_codes.ts";
import { plainText } from "../../../core/plain_text.ts";
import { answer, type Context } from "../../command.ts";
import { decide, shownBuilds } from "../../herd/decide.ts";

/** The verb. */
export async function run(context: Context): Promise<number> {
  const { reason = "cleared by hand" } = context.settings;
  const builds = await decide(context, (build, common) => ({
    ...common,
    ...build.version === undefined ? {} : { version: build.version },
    kind: "clear",
    reason: plainText(reason),
  }));
  const text = `Cleared: ${shownBuilds(builds)}; the judge does not refuse it any more, and its share grows as before`;
  answer(context, text, { cleared: builds });
  return EXIT.ok;
}
