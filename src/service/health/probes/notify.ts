/** `notify`: the service has said READY=1. @module */
import type { Probe } from "./probe.ts";

/** Makes the probe. */
export function notifyProbe(text: string): Probe {
  if (text !== "notify") throw new Error("it is notify, without more");
  return {
    text,
    async check({ ready }) {
      const said = await ready();
      if (said === undefined) return "nobody can tell: it needs systemd and a unit with Type=notify";
      return said ? undefined : "the service has not said READY=1";
    },
  };
}
