/** Waits until somebody else confirms a build: the service itself, or an operator. @module */
import { messageOf } from "../../core/errors.ts";
import type { BootReports } from "../../core/changes/reports.ts";
import type { BootToken } from "../../core/gate/boot_token.ts";
import { showDuration } from "../duration.ts";
import type { ProbeIo } from "./probes/probe.ts";
import {
  beginProbes,
  deadlineOf,
  type HealthVerdict,
  type HealthWatch,
  pause,
  waitForHealth,
  type WatchPolicy,
} from "./wait_for_health.ts";

/** How often the state is read. */
const INTERVAL_MS = 1000;

/** A boot that is watched. {@link beginProbes} was called for its policy. */
export interface WatchedBoot {
  readonly token: BootToken;
  readonly policy: WatchPolicy;
}

/** Prepares to watch the next boot, if it has a token. Each boot gets new probes, since probes store state. */
export function prepareWatch(
  token: BootToken | undefined,
  makePolicy: (token: BootToken) => WatchPolicy,
  io: ProbeIo,
): WatchedBoot | undefined {
  if (token === undefined) return undefined;
  const policy = makePolicy(token);
  beginProbes(policy, io);
  return { token, policy };
}

/** Waits as the policy says. */
export function waitFor(
  policy: WatchPolicy,
  watch: HealthWatch,
  token: BootToken,
  { isOpen }: Pick<BootReports, "isOpen">,
): Promise<HealthVerdict> {
  if (!("confirmWithinMs" in policy)) return waitForHealth(policy, watch, token);
  return waitForConfirm(policy.confirmWithinMs, watch, token, isOpen);
}

/** Until when it waits at the latest, milliseconds from the boot. */
export function limitOf(policy: WatchPolicy, token: BootToken): number {
  return "confirmWithinMs" in policy ? policy.confirmWithinMs : deadlineOf(policy, token);
}

async function waitForConfirm(
  withinMs: number,
  watch: HealthWatch,
  token: BootToken,
  isOpen: BootReports["isOpen"],
): Promise<HealthVerdict> {
  const { io, log } = watch;
  const startedAt = io.now();
  const reason = `not confirmed within ${showDuration(withinMs)}`;
  for (let late = false;;) {
    if (watch.cancelled?.() === true) return { kind: "cancelled" };
    if (!watch.alive()) return { kind: "gone" };
    if (!isStillOpen()) return { kind: "settled" };
    const left = withinMs - (io.now() - startedAt);
    if (left <= 0 && !token.lenient) return { kind: "unhealthy", reason };
    if (left <= 0 && !late) {
      late = true;
      log("warn", `The service is ${reason}; it is left running, since a rollback would not help`);
    }
    await pause(left > 0 ? Math.min(INTERVAL_MS, left) : INTERVAL_MS, watch);
  }

  function isStillOpen(): boolean {
    try {
      return isOpen(token);
    } catch (error) {
      log("debug", `Cannot see whether the build is confirmed: ${messageOf(error)}; looking again`);
      return true;
    }
  }
}
