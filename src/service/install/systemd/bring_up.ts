/** Starts or restarts a unit, and waits until it is up. @module */
import { parseShow } from "./ask_systemd.ts";
import { isTemplate, type Machine, systemctl } from "./scope.ts";

/** How long a process must have run before it counts as up. A program that fails at its start ends sooner. */
const SETTLED_MS = 3000;

const POLL_MS = 100;

/** The units that are up: the unit itself, or the instances of a template. */
export async function unitsUp(machine: Machine, unit: string): Promise<string[]> {
  const pattern = isTemplate(unit) ? unit.replace("@.", "@*.") : unit;
  const { stdout } = await systemctl(
    machine,
    "list-units",
    "--state=active,activating",
    "--plain",
    "--no-legend",
    pattern,
  );
  return stdout.split("\n").map((line) => line.trim().split(/\s+/)[0] ?? "").filter((name) => name !== "");
}

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
  for (const unit of units) {
    const fault = await faultOf(machine, unit, limitMs);
    if (fault !== undefined) return `${unit} ${fault}`;
  }
  return code === 0 ? undefined : stderr.trim();
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
