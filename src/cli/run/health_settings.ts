/** The health policy that the options set. @module */
import { DEFAULT_PROBE, parseProbe } from "../../service/health/probes/parse_probe.ts";
import type { HealthPolicy } from "../../service/health/wait_for_health.ts";
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
