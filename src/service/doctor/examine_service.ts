/** The doctor's examination of a service, and its parts for those who need not all of them. @module */
import { messageOf } from "../../core/errors.ts";
import { checkReadable } from "./readable.ts";
import { subjectOf } from "../../core/sentinel_options.ts";
import { lastGoodPath } from "../../core/state/paths.ts";
import { State } from "../../core/state/state.ts";
import { exists, resolveOrSelf } from "../../core/state/state_files.ts";
import { readHistory } from "../../core/state/history.ts";
import { status } from "../../core/status.ts";
import type { Problem } from "../../core/problem.ts";
import {
  againAsRoot,
  type Check,
  type ExaminedPlace,
  type Finding,
  type Machine,
  type Target,
  unknown,
} from "./check.ts";
import { examineProbes } from "./probe_checks.ts";
import { examineUnit } from "./examine_unit.ts";
import { ACCESS_CHECKS, PLACE_CHECKS } from "./place_checks.ts";
import { STATE_CHECKS } from "./state_checks.ts";

/** What the command line adds. */
export interface ServiceOptions {
  /** The path of the configuration file, which need not exist. */
  readonly configFile?: string | undefined;
  /** The problems of the settings in the environment and the configuration file. @default none */
  readonly configProblems?: readonly Problem[];
}

/**
 * Examines a service: places, unit and probes, and after an installation also the gate's lines and the state. Changes
 * nothing.
 *
 * @returns The findings, in the order in which to mend them.
 */
export async function examineService(
  target: Target,
  machine: Machine,
  options: ServiceOptions = {},
): Promise<Finding[]> {
  const program = resolveOrSelf(machine.ports.fs, target.exe);
  const found = await examineUnit(target, program, machine);
  const place: ExaminedPlace = {
    target,
    machine,
    program,
    lastGood: lastGoodOf(target, machine, program),
    command: found.command,
    runner: found.runner,
    serviceWriter: found.serviceWriter,
    configFile: options.configFile,
    configProblems: options.configProblems ?? [],
  };
  return [
    ...examinePlace(place),
    ...target.isInstalled ? examineState(place, found.isGateSeen) : [],
    ...examineAccess(place),
    ...found.findings,
    ...await examineProbes({ target: found.target, machine, unit: found.unit, runner: found.runner }),
  ];
}

/** Can the gate replace the program and write the state? */
export function examinePlace(place: ExaminedPlace): Finding[] {
  return carryOut(PLACE_CHECKS, place, place);
}

/** Who else can? And do lock and clock work? */
export function examineAccess(place: ExaminedPlace): Finding[] {
  return carryOut(ACCESS_CHECKS, place, place);
}

/** Is there what a rollback needs, and has the gate done its work? */
export function examineState(place: ExaminedPlace, isGateSeen: boolean): Finding[] {
  const { target, machine } = place;
  try {
    const read = () => stateOf(target, machine);
    const state = read();
    return carryOut(STATE_CHECKS, {
      ...place,
      isGateSeen,
      wasWatched: exists(machine.ports.fs, state.paths.watcherLock),
      status: status(read),
      ...checkReadable(state, () => readHistory(machine.ports.fs, state.paths.history)),
      generations: new Map((state.record.generations ?? []).map(({ digest, path }) => [digest, path])),
    }, place);
  } catch (error) {
    const text = `it cannot be read: ${messageOf(error)}`;
    return [unknown("state files", "state-unseen", text, againAsRoot(target, machine))];
  }
}

function stateOf({ exe, dataDir, isStarted, members, pin, maxAttempts, version }: Target, { ports }: Machine): State {
  return new State(ports, subjectOf({ exe, dataDir, isStarted, members, pin, maxAttempts, version }));
}

/** Where status finds last-good: beside the program, or, after a link was changed, beside the release before. */
function lastGoodOf(target: Target, machine: Machine, program: string): string {
  try {
    return stateOf(target, machine).lastGood;
  } catch {
    return lastGoodPath(program);
  }
}

/** Carries out checks. One that throws is a finding, not the end. */
export function carryOut<E>(
  checks: Readonly<Record<string, Check<E>>>,
  examined: E,
  { target, machine }: Pick<ExaminedPlace, "target" | "machine">,
): Finding[] {
  return Object.entries(checks).flatMap(([name, check]) => {
    try {
      return check(examined);
    } catch (error) {
      const text = `it cannot be checked: ${messageOf(error)}`;
      return unknown(name, "check-failed", text, againAsRoot(target, machine));
    }
  });
}

/** What the findings say of the protection; `undefined`: it could not be seen. */
export function isProtected(findings: readonly Finding[]): boolean | undefined {
  if (findings.some(({ verdict }) => verdict === "bad")) return false;
  return findings.some(({ verdict }) => verdict === "unknown") ? undefined : true;
}
