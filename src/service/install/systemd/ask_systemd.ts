/** Queries to systemd. @module */

import type { ServiceUnit } from "../../../system/linux/proc.ts";
import type { ProcessIo } from "../../../system/process/process_io.ts";

/** Runs `systemctl`. */
export type Systemctl = ProcessIo["systemctl"];

/** True while systemd stops or restarts the unit on request; `undefined`: unknown, since systemd does not answer. */
export async function isStopRequested(
  { name, isUsers }: ServiceUnit,
  systemctl: Systemctl,
): Promise<boolean | undefined> {
  const { code, stdout } = await systemctl(...managerOf(isUsers), "list-jobs", "--no-legend", "--plain", "--full");
  return code === 0 ? hasStopJob(stdout, name) : undefined;
}

function managerOf(isUsers: boolean): string[] {
  return isUsers ? ["--user"] : [];
}

/**
 * Searches the output of `systemctl list-jobs` (one job per line: `ID UNIT TYPE STATE`) for a job that stops the unit.
 */
export function hasStopJob(jobs: string, unit: string): boolean {
  return jobs.split("\n").some((line) => {
    const [, name, type = ""] = line.trim().split(/\s+/);
    return name === unit && (type === "stop" || type === "restart" || type === "try-restart");
  });
}

/**
 * True once systemd has received READY=1 from this main process of the unit; `undefined` when systemd cannot be queried
 * or the unit is not of Type=notify.
 */
export async function isReady(
  { name, isUsers }: ServiceUnit,
  pid: number,
  systemctl: Systemctl,
): Promise<boolean | undefined> {
  const properties = "--property=Type,MainPID,ActiveState,SubState";
  const { code, stdout } = await systemctl(...managerOf(isUsers), "show", properties, name);
  if (code !== 0) return undefined;
  const facts = parseShow(stdout);
  if (facts["Type"]?.startsWith("notify") !== true) return undefined;
  // In start-post READY=1 was received, but the unit is active only after its ExecStartPost= commands: one of these may
  // be `boot-sentinel confirm --wait`, which would wait for itself.
  const started = facts["ActiveState"] === "active" || facts["SubState"] === "start-post";
  return started && facts["MainPID"] === String(pid);
}

/** The variable names in `Environment=` or `UnsetEnvironment=`, as `systemctl show` prints them. */
export function variableNames(text = ""): string[] {
  const items = text.match(/"(?:[^"\\]|\\.)*"|\S+/g) ?? [];
  return items.map((item) => item.replace(/^"/, "").replace(/=[^]*|"$/, ""));
}

/** Reads the output of `systemctl show`: `NAME=value` lines. */
export function parseShow(text: string): Record<string, string> {
  const facts: Record<string, string> = {};
  for (const line of text.split("\n")) {
    const at = line.indexOf("=");
    if (at > 0) facts[line.slice(0, at)] = line.slice(at + 1);
  }
  return facts;
}
