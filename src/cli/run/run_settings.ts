/** Settings of `run` that are derived from its options. @module */
import { DEFAULT_PROBE, parseProbe } from "../../service/health/probes/parse_probe.ts";
import type { BootToken } from "../../core/gate/boot_token.ts";
import type { HealthPolicy, WatchPolicy } from "../../service/health/wait_for_health.ts";
import type { Context } from "../command.ts";
import type { Settings } from "../options/options.ts";

/** Makes a policy for one wait. Its probes store state, so it must not be used twice. */
export function healthPolicy(settings: Settings): HealthPolicy {
  const { probe = [], advisoryProbe = [] } = settings;
  return {
    probes: (probe.length === 0 ? [DEFAULT_PROBE] : probe).map(parseProbe),
    advisory: advisoryProbe.map(parseProbe),
    intervalMs: settings.probeInterval,
    timeoutMs: settings.probeTimeout,
    passes: settings.probePasses,
    healthyAfterMs: settings.healthyAfter,
    deadlineMs: settings.healthyDeadline,
  };
}

/** What a boot is watched for. */
export function watchPolicy(settings: Settings, { kind }: BootToken): WatchPolicy {
  const { confirm, confirmWithin } = settings;
  // The confirmed build has proven itself: it only has to last.
  if (kind === "crashed") {
    return { ...healthPolicy(settings), probes: [], advisory: [], passes: 1, deadlineMs: settings.healthyAfter };
  }
  const isManual = confirm === "manual" && confirmWithin !== undefined;
  return isManual ? { confirmWithinMs: confirmWithin } : healthPolicy(settings);
}

/** The default on Windows: enough for two stop requests and a reserve, but less than Windows' service tools wait. */
const ON_WINDOWS_MS = 15_000;

/** Milliseconds from the first stop request until the program is killed. */
export function stopTimeoutOf({ settings, originOf, ports }: Context): number {
  const isDefault = ports.host.os === "windows" && originOf("stopTimeout").kind === "default";
  return isDefault ? ON_WINDOWS_MS : settings.stopTimeout;
}
