/** `herd leave`: undoes `herd join`. @module */
import { EXIT } from "../../../core/exit_codes.ts";
import { answer, type Context } from "../../command.ts";
import { herdService, herdTimer, putHerdSettings } from "./registered_herd.ts";

/** Runs it. */
export async function run(context: Context): Promise<number> {
  const { name, path } = herdService(context);
  const messages = await (await herdTimer(context)).remove(name);
  putHerdSettings(context.ports.fs, path, {});
  const text = [`${name} is in no herd; its updates are withheld by nobody`, `Wrote ${path}`, ...messages];
  answer(context, text.join("\n"), { service: name, left: true, messages });
  return EXIT.ok;
}
