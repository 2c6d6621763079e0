/** `herd admit`: so many machines may take a build now. @module */
import { EXIT } from "../../../core/exit_codes.ts";
import { answer, type Context } from "../../command.ts";
import { UsageError } from "../../cli_errors.ts";
import { decide, shownBuild } from "../../herd/decide.ts";

/** The verb. */
export async function run(context: Context): Promise<number> {
  if (context.settings.share === undefined) {
    throw new UsageError("No share is named: add --share SHARE, from 0 to 1; --share 1 admits all machines");
  }
  const share = Number(context.settings.share);
  const { build, isRefused } = await decide(context, (common) => ({
    ...common,
    share,
  }));
  const part = `${Number((share * 100).toPrecision(3))} % of the machines`;
  const next = isRefused
    ? `it is refused all the same: boot-sentinel herd clear ${build.digest}`
    : "the judge goes on from there";
  answer(context, `Admitted on ${part}: ${shownBuild(build)}; ${next}`, { share, admitted: build, refused: isRefused });
  return EXIT.ok;
}
