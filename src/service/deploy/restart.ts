/** Restarts a service after its program was replaced. @module */
import type { ProcessIo } from "../../system/process/process_io.ts";

/** How a service is restarted. */
export interface Restart {
  /** A shell command; it goes before the unit. */
  readonly command: string | undefined;
  readonly commandTimeoutMs: number;
  /** A systemd unit, or a template. */
  readonly unit: string | undefined;
}

/** Why a service could not be restarted, or how it was. */
export type Restarted = { readonly by: string } | { readonly fault: string };

/** Restarts a service; does not wait until it is up. `undefined`: nobody says how. */
export async function restart(
  { command, commandTimeoutMs, unit }: Restart,
  io: Pick<ProcessIo, "shell" | "systemctl">,
): Promise<Restarted | undefined> {
  if (command !== undefined) {
    const code = await io.shell(command, commandTimeoutMs);
    return code === 0 ? { by: command } : { fault: `the command ${command} ended with ${code}` };
  }
  if (unit === undefined) return undefined;
  const found = await managerOf(unit, io);
  if (found === undefined) return { fault: `systemd has no unit ${unit}` };
  const units = unit.endsWith("@.service") ? await instancesOf(unit, found, io) : [unit];
  if (units.length === 0) return { fault: `no instance of ${unit} is up` };
  // A bad build must not keep this command waiting: the gate decides, and the verdict is waited for.
  const words = [...found, "restart", "--no-block", ...units];
  const { code, stderr } = await io.systemctl(...words);
  return code === 0 ? { by: `systemctl ${words.join(" ")}` } : { fault: stderr.trim() };
}

/** The options for the manager that knows the unit: the machine's, or this user's. */
async function managerOf(unit: string, io: Pick<ProcessIo, "systemctl">): Promise<string[] | undefined> {
  for (const options of [[], ["--user"]]) {
    if ((await io.systemctl(...options, "cat", unit)).code === 0) return options;
  }
  return undefined;
}

async function instancesOf(
  unit: string,
  options: readonly string[],
  io: Pick<ProcessIo, "systemctl">,
): Promise<string[]> {
  const words = ["list-units", "--state=active,activating", "--plain", "--no-legend", unit.replace("@.", "@*.")];
  const { stdout } = await io.systemctl(...options, ...words);
  return stdout.split("\n").map((line) => line.trim().split(/\s+/)[0] ?? "").filter((name) => name !== "");
}
