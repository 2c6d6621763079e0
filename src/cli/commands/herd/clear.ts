/** `herd clear`: a build that was refused is free again, as far as its share goes. @module */
import { EXIT } from "../../../core/exit_codes.ts";
import { plainText } from "../../../core/plain_text.ts";
import { answer, type Context } from "../../command.ts";
import { decide, shownBuild } from "../../herd/decide.ts";

/** The verb. */
export async function run(context: Context): Promise<number> {
  const { reason = "cleared by hand" } = context.settings;
  const { build } = await decide(context, (meant, common) => ({
    ...common,
    ...meant.version === undefined ? {} : { version: meant.version },
    kind: "clear",
    reason: plainText(reason),
  }));
  const text = `Cleared: ${shownBuild(build)}; the judge does not refuse it any more, and its share grows as before`;
  answer(context, text, { cleared: build });
  return EXIT.ok;
}
