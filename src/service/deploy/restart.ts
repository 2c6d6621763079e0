/** Restarts a service after its program was replaced. @module */
import { messageOf } from "../../core/errors.ts";
import type { ProcessIo } from "../../system/process/process_io.ts";
import { isTemplate, systemctlLine, systemctlOf, unitStates, unitsUp } from "../install/systemd/ask_systemd.ts";

/** How a service is restarted: the first of these that there is. */
export interface Restart {
  /** A shell command. */
  readonly command: string | undefined;
  readonly commandTimeoutMs: number;
  /** Ends the command. */
  readonly callOff?: AbortSignal;
  /** A systemd unit, or a template. */
  readonly unit: string | undefined;
  /** A service of Windows' service manager; false when there is none of that name. */
  readonly service: { readonly name: string; restart(): Promise<boolean> } | undefined;
  /** The control sockets of supervisors; asks one, false when nobody answers there. */
  readonly supervisors: { readonly sockets: readonly string[]; ask(socket: string): Promise<boolean> };
}

/** Why a service could not be restarted, or how it was. */
export type Restarted = { readonly by: string } | { readonly fault: string };

/** Restarts a service; does not wait until it is up. `undefined`: nobody says how. */
export async function restart(
  { command, commandTimeoutMs, callOff, unit, service, supervisors }: Restart,
  io: Pick<ProcessIo, "shell" | "systemctl">,
): Promise<Restarted | undefined> {
  if (command !== undefined) {
    try {
      const code = await io.shell(command, commandTimeoutMs, callOff);
      return code === 0 ? { by: command } : { fault: `the command ${command} ended with ${code}` };
    } catch (error) {
      return { fault: `the command ${command} was ended before it was done: ${messageOf(error)}` };
    }
  }
  if (unit !== undefined) return await restartUnit(unit, io);
  try {
    if (await service?.restart() === true) return { by: `the service manager, service ${service?.name}` };
  } catch (error) {
    return { fault: messageOf(error) };
  }
  const asked = await Promise.all(supervisors.sockets.map(async (socket) => await supervisors.ask(socket)));
  const count = asked.filter(Boolean).length;
  return count === 0 ? undefined : { by: count === 1 ? "its supervisor" : `its ${count} supervisors` };
}

/** The lines below it name a log that says no more. */
function firstLine(text: string): string {
  return (text.trim().split("\n")[0] ?? "").replace(/\.$/, "");
}

async function restartUnit(unit: string, io: Pick<ProcessIo, "systemctl">): Promise<Restarted> {
  // The machine's manager, or that of this user.
  for (const isUsers of [false, true]) {
    const systemctl = systemctlOf(io.systemctl, isUsers);
    if ((await systemctl("cat", unit)).code !== 0) continue;
    const units = isTemplate(unit) ? await unitsUp(systemctl, unit) : [unit];
    if (units.length === 0) return { fault: `no instance of ${unit} is up` };
    const isDown = (await unitStates(systemctl, unit)).some((state) => state.isDown && units.includes(state.name));
    // Earlier starts count against the start limit: it could refuse this one, or the one that puts a build back.
    await systemctl("reset-failed", ...units);
    // A bad build must not keep this command waiting: the gate decides, and the verdict is waited for.
    const words = ["--no-block", ...units];
    const { code, stderr } = await systemctl("restart", ...words);
    if (code !== 0) return { fault: firstLine(stderr) };
    const line = systemctlLine({ isUsers }, "restart", ...words);
    return { by: isDown ? `${systemctlLine({ isUsers }, "reset-failed", ...units)} && ${line}` : line };
  }
  return { fault: `systemd has no unit ${unit}` };
}
