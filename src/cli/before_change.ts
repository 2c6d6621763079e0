/** The option `--before-swap`: a command that runs before an update changes anything. @module */
import type { BeforeChange } from "../core/changes/arm.ts";
import { type Context, exeOf } from "./command.ts";
import { dataDirOf } from "./options/settings.ts";

/** The callback for `--before-swap`; `undefined` without it. The hook's code is loaded only if it is set. */
export async function beforeChange(context: Context): Promise<BeforeChange | undefined> {
  const { settings, io, ports } = context;
  const command = settings.beforeSwap;
  if (command === undefined) return undefined;
  if (settings.dryRun) return () => ports.log("info", `would run the before-swap hook: ${command}`);
  const { beforeSwapHook } = await import("../service/events/hooks.ts");
  const { runCommand } = await import("../system/tools/run_command.ts");
  const exe = exeOf(context);
  const options = { command, timeoutMs: settings.dataHookTimeout, run: runCommand, log: ports.log };
  return beforeSwapHook(options, { exe, dataDir: dataDirOf(settings, exe, io, ports.fs) });
}
