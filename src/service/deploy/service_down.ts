/** Whether a service stays down until somebody starts it. @module */
import { type Systemctl, systemctlLine, systemctlOf, unitStates } from "../install/systemd/ask_systemd.ts";

/**
 * What is to be told of a unit that systemd does not start again by itself; of a template: when all of its instances
 * are so. `undefined`: it is not so, or systemd does not say.
 */
export async function downText(unit: string, systemctl: Systemctl): Promise<string | undefined> {
  for (const isUsers of [false, true]) {
    const states = await unitStates(systemctlOf(systemctl, isUsers), unit);
    const [first] = states;
    if (first === undefined) continue;
    return states.every(({ isDown }) => isDown)
      ? `the service is down: systemd gave up (${first.result}): ${startAgain(isUsers, states.map(({ name }) => name))}`
      : undefined;
  }
  return undefined;
}

/** The command that starts units that systemd gave up. */
export function startAgain(isUsers: boolean, units: readonly string[]): string {
  return ["reset-failed", "start"].map((verb) => systemctlLine({ isUsers }, verb, ...units)).join(" && ");
}
