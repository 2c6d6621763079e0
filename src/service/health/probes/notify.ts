/** `notify`: passes when systemd has received the service's READY=1. @module */
import type { Probe } from "./probe.ts";

/** Makes the probe. */
export function notifyProbe(text: string): Probe {
  if (text !== "notify") throw new Error("it is notify, without anything after it");
  return {
    text,
    async check({ ready }) {
      const isReady = await ready();
      if (isReady === undefined) return { unknown: "systemd does not answer, or the unit is not of Type=notify" };
      return isReady ? undefined : "the service has not sent READY=1";
    },
  };
}
