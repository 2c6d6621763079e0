/** Restarts a service after its program was replaced. @module */
import type { ProcessIo } from "../../system/process/process_io.ts";
import { isTemplate, systemctlLine, systemctlOf, unitsUp } from "../install/systemd/ask_systemd.ts";

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
  // The machine's manager, or that of this user.
  for (const isUsers of [false, true]) {
    const systemctl = systemctlOf(io.systemctl, isUsers);
    if ((await systemctl("cat", unit)).code !== 0) continue;
    const units = isTemplate(unit) ? await unitsUp(systemctl, unit) : [unit];
    if (units.length === 0) return { fault: `no instance of ${unit} is up` };
    // A bad build must not keep this command waiting: the gate decides, and the verdict is waited for.
    const words = ["--no-block", ...units];
    const { code, stderr } = await systemctl("restart", ...words);
    return code === 0 ? { by: systemctlLine({ isUsers }, "restart", ...words) } : { fault: stderr.trim() };
  }
  return { fault: `systemd has no unit ${unit}` };
}
