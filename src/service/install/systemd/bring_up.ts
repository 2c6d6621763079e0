/** Starts or restarts a unit, and waits until it is up. @module */
import { parseShow } from "./ask_systemd.ts";
import { type Machine, systemctl } from "./scope.ts";

/** How long a process must have run before it counts as up. A program that fails at its start ends sooner. */
const SETTLED_MS = 3000;

const POLL_MS = 100;

/**
 * Restarts units, and waits until each is up; resolves to what is wrong, or `undefined`.
 *
 * @param limitMs How long that may take.
 */
export async function bringUp(
  machine: Machine,
  units: readonly string[],
  limitMs: number,
): Promise<string | undefined> {
  const { code, stderr } = await systemctl(machine, "restart", ...units);
  const faults = await Promise.all(units.map(async (unit) => {
    const fault = await faultOf(machine, unit, limitMs);
    return fault === undefined ? undefined : `${unit} ${fault}`;
  }));
  return faults.find((fault) => fault !== undefined) ?? (code === 0 ? undefined : stderr.trim());
}

/** Why a unit is not up; `undefined` once the same process has run for a time. */
async function faultOf(machine: Machine, unit: string, limitMs: number): Promise<string | undefined> {
  const { io } = machine;
  const end = io.now() + limitMs;
  let running = { pid: "0", since: 0 };
  for (;;) {
    const { stdout } = await systemctl(machine, "show", "--property=ActiveState,SubState,MainPID,Result", unit);
    const { ActiveState = "", SubState = "", MainPID = "0", Result = "" } = parseShow(stdout);
    if (ActiveState === "failed") return `does not start: ${Result}`;
    if (ActiveState !== "active" || MainPID === "0" || MainPID !== running.pid) {
      running = { pid: ActiveState === "active" ? MainPID : "0", since: io.now() };
    }
    // `exited` units have no process, and are up.
    if (ActiveState === "active" && (SubState === "exited" || io.now() - running.since >= SETTLED_MS)) return undefined;
    if (io.now() >= end) return `is not up after ${Math.round(limitMs / 1000)} s: ${ActiveState}, ${SubState}`;
    await io.pause(POLL_MS);
  }
}
