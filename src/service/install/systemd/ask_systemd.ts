/** Queries to systemd: to the manager of the machine, or to that of a user. @module */
import { shellWord } from "../../../core/shell_word.ts";
import type { ServiceUnit } from "../../../system/linux/proc.ts";
import type { ProcessIo } from "../../../system/process/process_io.ts";

/** Runs `systemctl`. */
export type Systemctl = ProcessIo["systemctl"];

/** True while systemd stops or restarts the unit on request; `undefined`: unknown, since systemd does not answer. */
export async function isStopRequested(
  { name, isUsers }: ServiceUnit,
  systemctl: Systemctl,
): Promise<boolean | undefined> {
  const { code, stdout } = await systemctlOf(systemctl, isUsers)("list-jobs", "--no-legend", "--plain", "--full");
  return code === 0 ? hasStopJob(stdout, name) : undefined;
}

/** `systemctl` of one manager. */
export function systemctlOf(systemctl: Systemctl, isUsers: boolean): Systemctl {
  return isUsers ? (...args) => systemctl("--user", ...args) : systemctl;
}

/** The same as a command to paste. */
export function systemctlLine({ isUsers }: Pick<ServiceUnit, "isUsers">, verb: string, ...words: string[]): string {
  return ["systemctl", ...isUsers ? ["--user"] : [], verb, ...words.map((word) => shellWord(word))].join(" ");
}

/** True for a template, of which any number of instances can be started. */
export function isTemplate(unit: string): boolean {
  return unit.endsWith("@.service");
}

/** The names of units; of none when systemd does not answer. */
export async function listUnits(systemctl: Systemctl, pattern: string, ...options: string[]): Promise<string[]> {
  const words = ["list-units", ...options, "--plain", "--no-legend", "--full", pattern];
  const { code, stdout } = await systemctl(...words);
  if (code !== 0) return [];
  return stdout.split("\n").map((line) => line.trim().split(/\s+/)[0] ?? "").filter((name) => name !== "");
}

/** The units that are up: the unit itself, or the instances of a template. */
export function unitsUp(systemctl: Systemctl, unit: string): Promise<string[]> {
  return listUnits(systemctl, withInstances(unit), "--state=active,activating");
}

/** A unit as systemd has it at a moment. */
export interface UnitState {
  readonly name: string;
  /** It failed, and systemd does not start it again by itself. */
  readonly isDown: boolean;
  /** Why it failed, such as `start-limit-hit`. */
  readonly result: string;
}

/** The state of a unit, or of the instances of a template; of none when systemd does not answer. */
export async function unitStates(systemctl: Systemctl, unit: string): Promise<UnitState[]> {
  const properties = "--property=Id,LoadState,ActiveState,SubState,Result,Job";
  const { code, stdout } = await systemctl("show", properties, withInstances(unit));
  if (code !== 0) return [];
  return stdout.split("\n\n").map(parseShow).filter(({ LoadState }) => LoadState === "loaded").map(
    ({ Id: name = unit, ActiveState, SubState, Result: result = "", Job = "" }) => ({
      name,
      // While a job waits, or in auto-restart, systemd starts it.
      isDown: ActiveState === "failed" && SubState === "failed" && ["", "0"].includes(Job),
      result,
    }),
  );
}

/** A unit, or a pattern for all instances of a template. */
function withInstances(unit: string): string {
  return isTemplate(unit) ? unit.replace("@.", "@*.") : unit;
}

/** The variables that every unit inherits from its manager (`DefaultEnvironment=`, `systemctl set-environment`). */
export async function managerVariables(systemctl: Systemctl): Promise<string[]> {
  const { code, stdout } = await systemctl("show-environment");
  return code === 0 ? Object.keys(parseShow(stdout)) : [];
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
  const { code, stdout } = await systemctlOf(systemctl, isUsers)("show", properties, name);
  if (code !== 0) return undefined;
  const facts = parseShow(stdout);
  if (facts["Type"]?.startsWith("notify") !== true) return undefined;
  // In start-post READY=1 was received, but the unit is active only after its ExecStartPost= commands: one of these may
  // be `boot-sentinel confirm --wait`, which would wait for itself.
  const started = facts["ActiveState"] === "active" || facts["SubState"] === "start-post";
  return started && facts["MainPID"] === String(pid);
}

/** How long the main process ran of a start that has just ended. */
export interface EndedRun {
  /** False: it was not started, since a command before it failed. */
  readonly started: boolean;
  readonly ranMs: number;
}

/** How long the unit's main process ran, when its start has just ended; `undefined` when systemd does not say. */
export async function endedRun({ name, isUsers }: ServiceUnit, systemctl: Systemctl): Promise<EndedRun | undefined> {
  const keys = ["InactiveExit", "ExecMainStart", "ExecMainExit"].map((key) => `${key}TimestampMonotonic`);
  const { code, stdout } = await systemctlOf(systemctl, isUsers)("show", `--property=${keys.join(",")}`, name);
  if (code !== 0) return undefined;
  const facts = parseShow(stdout);
  const [begin = Number.NaN, start = Number.NaN, exit = Number.NaN] = keys.map((key) => Number(facts[key])); // in µs
  // Of a start that never came to its main process, systemd keeps what it knows of the one before.
  if (start < begin) return { started: false, ranMs: 0 };
  return exit >= start && start > 0 ? { started: true, ranMs: (exit - start) / 1000 } : undefined;
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
