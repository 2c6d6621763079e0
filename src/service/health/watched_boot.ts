/** A boot that is watched, for its health or for somebody else's confirm. @module */
import type { BootReports } from "../../core/changes/reports.ts";
import type { BootToken } from "../../core/gate/boot_token.ts";
import type { Expected } from "../../core/state/watcher.ts";
import type { ProbeIo } from "./probes/probe.ts";
import { waitForConfirm } from "./wait_for_confirm.ts";
import {
  beginProbes,
  deadlineOf,
  type HealthVerdict,
  type HealthWatch,
  waitForHealth,
  type WatchPolicy,
} from "./wait_for_health.ts";

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

/** What it waits for, and until when at the latest. */
export function expectedBy(policy: WatchPolicy, token: BootToken): Expected {
  const forConfirm = "confirmWithinMs" in policy;
  return { deadlineMs: forConfirm ? policy.confirmWithinMs : deadlineOf(policy, token), forConfirm };
}
