/** `uptime:60s`: passes when the service has been running for this long. @module */
import { parseDuration } from "../../duration.ts";
import type { Probe } from "./probe.ts";

/** Makes the probe. */
export function uptimeProbe(text: string): Probe {
  const leastUptimeMs = parseDuration(text.slice("uptime:".length));
  if (leastUptimeMs === undefined) throw new Error("it is uptime:DURATION, such as uptime:60s");
  return {
    text,
    leastUptimeMs,
    check: ({ upMs }) => Promise.resolve(upMs >= leastUptimeMs ? undefined : "it has not been running that long yet"),
  };
}
