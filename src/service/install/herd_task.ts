/** The Windows task that asks the herd of a service again and again. @module */
import { SentinelError } from "../../core/errors.ts";
import type { ProcessIo } from "../../system/process/process_io.ts";
import { commandLine } from "../../system/windows/quote.ts";

/** How often it is asked, minutes. */
const MINUTES = "2";

/** Installs it; one that is there is replaced. */
export async function installTask(
  runTool: ProcessIo["runTool"],
  { name, self }: { readonly name: string; readonly self: string },
): Promise<string[]> {
  const command = commandLine(self, ["herd", "sync", "--name", name]);
  const words = [
    "/Create",
    "/TN",
    taskName(name),
    "/TR",
    command,
    "/SC",
    "MINUTE",
    "/MO",
    MINUTES,
    "/RU",
    "SYSTEM",
    "/F",
  ];
  const { code, stderr } = await runTool("schtasks", ...words);
  if (code === 0) return [`Made the task ${taskName(name)}`];
  throw new SentinelError("nothing", `Cannot make the task ${taskName(name)}: ${stderr.trim()}`);
}

/** Removes it; returns what was removed. */
export async function removeTask(runTool: ProcessIo["runTool"], name: string): Promise<string[]> {
  if (!await isTaskThere(runTool, name)) return [];
  const { code, stderr } = await runTool("schtasks", "/Delete", "/TN", taskName(name), "/F");
  if (code === 0) return [`Removed the task ${taskName(name)}`];
  throw new SentinelError("nothing", `Cannot remove the task ${taskName(name)}: ${stderr.trim()}`);
}

/** Whether there is one. */
export async function isTaskThere(runTool: ProcessIo["runTool"], name: string): Promise<boolean> {
  return (await runTool("schtasks", "/Query", "/TN", taskName(name))).code === 0;
}

/** Its name. */
export function taskName(service: string): string {
  return `boot-sentinel-herd-${service}`;
}
