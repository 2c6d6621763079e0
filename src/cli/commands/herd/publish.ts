/** `herd publish FILE`: a signed list of all verdicts and shares, to be put on a web server. @module */
import { EXIT } from "../../../core/exit_codes.ts";
import { replaceFile } from "../../../core/state/replace_file.ts";
import { publishedText } from "../../../herd/messages/published.ts";
import { answer, type Context, pathArgument } from "../../command.ts";
import { UsageError } from "../../cli_errors.ts";
import { signingKey } from "../../herd/decide.ts";
import { openStore, storeAddress } from "../../herd_of.ts";

/** The verb. */
export async function run(context: Context): Promise<number> {
  const [, name] = context.positionals;
  if (name === undefined) throw new UsageError("No file is named for the list: boot-sentinel herd publish FILE");
  const file = pathArgument(context, name);
  const key = signingKey(context);
  const { app } = storeAddress(context);
  const store = await openStore(context);
  const entries: [string, string][] = [];
  try {
    for (const pattern of ["verdict.*", "admit.*"]) {
      for await (const { key, value } of store.entries(pattern)) if (value !== undefined) entries.push([key, value]);
    }
  } finally {
    await store.close();
  }
  replaceFile(context.ports.fs, file, publishedText({ app, at: context.ports.clock.now(), entries }, key), 0o644);
  answer(context, `Published ${entries.length} verdicts and shares of ${app} in ${file}`, {
    file,
    entries: entries.length,
  });
  return EXIT.ok;
}
