/** Asking systemd. @module */

import type { ProcessIo } from "../../../system/process/process_io.ts";

/** Runs `systemctl`. */
export type Systemctl = ProcessIo["systemctl"];

/** True while systemd stops or restarts the unit because it was asked to; `undefined` when it cannot be asked. */
export async function isStopAsked(unit: string, systemctl: Systemctl): Promise<boolean | undefined> {
  const { code, stdout } = await systemctl("list-jobs", "--no-legend", "--plain", "--full");
  return code === 0 ? hasStopJob(stdout, unit) : undefined;
}

/** Reads the output of `systemctl list-jobs`: one job a line, `ID UNIT TYPE STATE`. */
export function hasStopJob(jobs: string, unit: string): boolean {
  return jobs.split("\n").some((line) => {
    const [, name, type = ""] = line.trim().split(/\s+/);
    return name === unit && (type === "stop" || type === "restart" || type === "try-restart");
  });
}

/** True once systemd has counted the unit's start as done with this main process; `undefined` when it cannot be asked. */
export async function isReady(unit: string, pid: number, systemctl: Systemctl): Promise<boolean | undefined> {
  const { code, stdout } = await systemctl("show", "--property=Type,MainPID,ActiveState,SubState", unit);
  if (code !== 0) return undefined;
  const facts = parseShow(stdout);
  if (facts["Type"]?.startsWith("notify") !== true) return undefined;
  // An ExecStartPost= command runs after READY=1, and before the unit is active.
  const started = facts["ActiveState"] === "active" || facts["SubState"] === "start-post";
  return started && facts["MainPID"] === String(pid);
}

/** The names in `Environment=` or `UnsetEnvironment=`, as `systemctl show` prints them. */
export function variableNames(text = ""): string[] {
  const words = text.match(/"(?:[^"\\]|\\.)*"|\S+/g) ?? [];
  return words.map((word) => word.replace(/^"/, "").replace(/=[^]*|"$/, ""));
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
