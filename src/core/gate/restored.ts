/**
 * The probation of a restored build: its boots are counted, too. If it fails as the update did, the environment is
 * probably at fault and not the update, so the update's quarantine is marked suspect.
 *
 * @module
 */
import type { BootOutcome } from "./outcome.ts";
import { messageOf } from "../errors.ts";
import { markSuspect } from "../state/quarantine.ts";
import type { State } from "../state/state.ts";
import { isUnprovenRestore } from "./steady.ts";
import { type BootToken, tokenOfRestored } from "./boot_token.ts";
import { attemptsOf, countedBoot, isStillRunning, toldAttempts } from "./boot_count.ts";

/** Counts a boot of a restored build after its first one; `undefined` when the live build is not a restored one. */
export function countRestored(state: State, digest: () => string | undefined): BootOutcome | undefined {
  const { record: { lastGood }, subject: { maxAttempts } } = state;
  if (state.subject.watched !== true || !isUnprovenRestore(state.record)) return undefined;
  if (lastGood === undefined || digest() !== lastGood.digest) return undefined;
  const before = state.record.rolledBack ?? {};
  if (isStillRunning(state, before)) return undefined;
  const attempts = attemptsOf(state, before) + 1;
  const environment = attempts > maxAttempts;
  if (!writeCount(state, attempts, environment)) return undefined;
  const { rolledBack } = state.record;
  const version = lastGood.version;
  if (environment) blameEnvironment(state, toldAttempts(state.subject, attempts));
  else state.ports.log("info", `${version} was put back: attempt ${attempts} of ${maxAttempts} to become healthy`);
  return {
    kind: "proceed",
    state: environment ? "environment" : "restored",
    version,
    attempts,
    token: tokenOfRestored(rolledBack ?? {}, environment),
  };
}

/** Counts the first boot of a restored build, which is the one that put it back, and returns its token. */
export function restoredToken(state: State): { token?: BootToken } {
  if (state.subject.watched !== true || state.record.rolledBack === undefined || !writeCount(state, 1, false)) {
    return {};
  }
  return { token: tokenOfRestored(state.record.rolledBack, false) };
}

function writeCount(state: State, attempts: number, environment: boolean): boolean {
  const { rolledBack } = state.record;
  if (rolledBack === undefined) return false;
  try {
    const bootId = state.ports.clock.bootId();
    const counted = countedBoot(state, rolledBack, attempts);
    state.writeRecord({ ...state.record, rolledBack: { ...rolledBack, ...counted, environment, bootId } });
    return true;
  } catch (error) {
    state.ports.log("warn", `Cannot count the restored build's boot: ${messageOf(error)}; the boot goes on`);
    return false;
  }
}

function blameEnvironment(state: State, attempts: number): void {
  const { rolledBack } = state.record;
  if (rolledBack === undefined) return;
  const { from, to, digest } = rolledBack;
  state.ports.log(
    "error",
    `${to} was put back and is not healthy either, after ${attempts} boots: the environment is more likely at ` +
      `fault than ${from}, whose quarantine is suspect until a build is healthy; ${to} is started, with a longer ` +
      "delay each time; check configuration, disk, network and other services",
  );
  try {
    if (markSuspect(state, from, digest)) {
      const reason = "the build that was put back is not healthy either";
      state.event({ event: "environment", version: from, other: to, attempts, reason });
    }
  } catch (error) {
    state.ports.log("warn", `The quarantine of ${from} cannot be marked suspect: ${messageOf(error)}`);
  }
}
