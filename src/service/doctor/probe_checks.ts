/**
 * Tries each probe now. One that fails would roll back every build; one that somebody else answers would confirm every
 * build.
 *
 * @module
 */
import { messageOf } from "../../core/errors.ts";
import type { HttpAnswer } from "../../system/process/probe_calls.ts";
import { parseProbe } from "../health/probes/parse_probe.ts";
import type { Probe, ProbeIo } from "../health/probes/probe.ts";
import {
  again,
  againAsRoot,
  bad,
  commandFor,
  type Finding,
  good,
  type Machine,
  note,
  type Runner,
  type Target,
  unknown,
} from "./check.ts";
import { ownerFinding } from "./probe_owner.ts";
import type { LiveUnit } from "./live_unit.ts";

/** What the checks of probes look at. */
export interface ExaminedProbes {
  readonly target: Target;
  readonly machine: Machine;
  /** `undefined`: no unit is known, and so not whether the service runs. */
  readonly unit: LiveUnit | undefined;
  readonly runner: Runner;
}

/** Tries all probes. */
export async function examineProbes(examined: ExaminedProbes): Promise<Finding[]> {
  const { target } = examined;
  const texts = target.probes;
  const byHand = `--confirm manual: no update is last-good before it is confirmed: ${commandFor(target, "confirm")}`;
  const findings = target.isConfirmedByHand ? [note("probe", "by-hand", byHand)] : [];
  if (texts.length === 0 && !target.isConfirmedByHand) {
    return [note("probe", "no-probe", "none is set: a build that stays up for 60 s is healthy")];
  }
  // One after the other: a service may serve one connection at a time.
  for (const text of texts) findings.push(...await examineProbe(text, examined));
  return findings;
}

async function examineProbe(text: string, examined: ExaminedProbes): Promise<Finding[]> {
  let probe: Probe;
  try {
    probe = parseProbe(text);
  } catch (error) {
    return [bad("probe", "probe-invalid", messageOf(error), "boot-sentinel run --help   (shows the kinds of probes)")];
  }
  const scheme = /^[a-z]+/.exec(text.trim())?.[0] ?? "";
  if (scheme === "uptime") return [good("probe", `${text} needs nothing but time`)];
  if (scheme === "notify") return [notifyFinding(text, examined)];
  if (scheme === "file") return [fileFinding(text, examined)];
  return await triedFindings(probe, scheme, examined);
}

function notifyFinding(text: string, { unit, target, machine }: ExaminedProbes): Finding {
  if (unit === undefined) {
    return unknown(
      "probe",
      "probe-not-tried",
      `${text}: which unit sends READY=1 is not known`,
      withUnit(target, machine),
    );
  }
  const type = unit.fact("Type");
  if (type.startsWith("notify")) return good("probe", `${text}: ${unit.name} is of Type=${type}`);
  const why = `${unit.name} is of Type=${type}: systemd never hears READY=1, and no build is confirmed`;
  return bad("probe", "probe-fails", `${text}: ${why}`, `choose a probe that fits: --probe uptime:60s`);
}

function fileFinding(text: string, examined: ExaminedProbes): Finding {
  const { unit, machine } = examined;
  const path = text.trim().slice("file:".length).replace(/^\/\/(?=\/)/, "");
  const isThere = machine.io.fileStamp(path) !== undefined;
  if (unit === undefined || !isRunning(unit)) {
    return note("probe", "probe-not-tried", `${text}: the service does not run`);
  }
  if (isThere) return good("probe", `${text}: the file exists; whether each start writes it shows at a start`);
  return failing(text, "the file does not exist while the service runs", examined);
}

async function triedFindings(probe: Probe, scheme: string, examined: ExaminedProbes): Promise<Finding[]> {
  const { unit, target, machine, runner } = examined;
  const { text } = probe;
  let answer: HttpAnswer | undefined;
  const io: ProbeIo = {
    tcpConnect: machine.io.tcpConnect,
    fileStamp: machine.io.fileStamp,
    shell: (command, timeoutMs) => shellAs(command, timeoutMs, examined),
    httpGet: async (...request) => answer = await machine.io.httpGet(...request),
  };
  // A unit that a socket starts would be started by a try.
  if (unit !== undefined && !isRunning(unit) && unit.fact("TriggeredBy").includes(".socket")) {
    return [note("probe", "probe-not-tried", `${text}: a connection would start ${unit.name}, which its socket does`)];
  }
  const fault = await faultOf(probe, io, target.probeTimeoutMs);
  const isNew = unit === undefined && target.isNew === true;
  if (unit === undefined && !isNew) return [withoutUnit(text, fault, target, machine)];
  if (unit === undefined || !isRunning(unit)) {
    if (fault !== undefined) return [note("probe", "probe-not-tried", `${text}: the service does not run`)];
    const why = scheme === "exec"
      ? "it passes while the service does not run: it says nothing of the service"
      : "something answers while the service does not run: it would answer for a dead build, too";
    return [bad("probe", "probe-answered-by-another", `${text}: ${why}`, whoListens(text))];
  }
  if (fault !== undefined) {
    if (scheme === "exec" && isOtherUser(runner, machine) && machine.user.uid !== 0) {
      const why = `${fault} when ${machine.user.name} runs it, and ${runner.name} will`;
      return [unknown("probe", "probe-not-tried", `${text}: ${why}`, againAsRoot(target, machine))];
    }
    return [failing(text, fault, examined)];
  }
  const owner = scheme === "exec" ? undefined : await ownerFinding(text, unit, examined);
  return [owner ?? good("probe", `${text} passes now`), ...cacheFindings(text, answer)];
}

function withoutUnit(text: string, fault: string | undefined, target: Target, machine: Machine): Finding {
  const result = fault === undefined ? "it passes now" : `it fails now (${fault})`;
  const why = `${text}: ${result}; whether the service runs and is the one that answers is not known`;
  return machine.io.hasSystemd()
    ? unknown("probe", "probe-not-tried", why, withUnit(target, machine))
    : note("probe", "probe-not-tried", why);
}

function withUnit(target: Target, machine: Machine): string {
  const command = againAsRoot(target, machine);
  return target.unit === undefined ? `${command} --unit UNIT   (the service's unit)` : command;
}

function failing(text: string, why: string, { unit, target }: ExaminedProbes): Finding {
  const what = `${text}: ${why}, and ${unit?.name ?? "the service"} runs: every update would be rolled back`;
  const advice = `correct --probe, then: ${again(target)}`;
  return bad("probe", "probe-fails", what, advice);
}

/** Which process answers a probe. */
function whoListens(text: string): string {
  const port = /:(\d{1,5})(?:[/?#]|$)/.exec(text)?.[1];
  return port === undefined ? "choose a probe that only this service can answer" : `ss -ltnp "sport = :${port}"`;
}

function cacheFindings(text: string, answer: HttpAnswer | undefined): Finding[] {
  const headers = answer?.headers ?? {};
  const signs = [
    headers["age"] !== undefined && `Age: ${headers["age"]}`,
    /\bhit\b/i.test(headers["x-cache"] ?? "") && `X-Cache: ${headers["x-cache"]}`,
    headers["via"] !== undefined && `Via: ${headers["via"]}`,
  ].filter((sign) => sign !== false);
  if (signs.length === 0) return [];
  const why = `the answer has ${
    signs.join(", ")
  }: a cache or proxy may answer for a dead service; ask the service itself`;
  return [note("probe", "probe-cached", `${text}: ${why}`)];
}

/** True when the unit's service is up. */
function isRunning(unit: LiveUnit): boolean {
  return unit.fact("ActiveState") === "active" || unit.fact("ActiveState") === "reloading";
}

async function faultOf(probe: Probe, io: ProbeIo, timeoutMs: number): Promise<string | undefined> {
  try {
    const found = await probe.check({ io, upMs: Infinity, timeoutMs, ready: () => Promise.resolve(undefined) });
    return typeof found === "object" ? found.unknown : found;
  } catch (error) {
    return messageOf(error);
  }
}

function isOtherUser(runner: Runner, machine: Machine): boolean {
  return machine.user.uid !== undefined && runner.writer !== `user ${machine.user.uid}`;
}

/** A command of a probe is run as the gate's user, whose rights it will have. */
async function shellAs(command: string, timeoutMs: number, { runner, machine }: ExaminedProbes): Promise<number> {
  if (!isOtherUser(runner, machine) || machine.user.uid !== 0) return await machine.io.shell(command, timeoutMs);
  const seconds = String(Math.max(1, Math.ceil(timeoutMs / 1000)));
  const words = ["-u", runner.name, "--", "timeout", seconds, "sh", "-c", command];
  return (await machine.io.runTool("runuser", ...words)).code;
}
