/** `tcp://HOST:PORT`: passes when a connection is accepted. @module */
import type { Probe } from "./probe.ts";

/** Makes the probe. */
export function tcpProbe(text: string): Probe {
  const match = /^tcp:\/\/(\[[0-9a-f:.%]+\]|[^:/?#]+):(\d{1,5})\/?$/i.exec(text);
  const port = Number(match?.[2]);
  if (match === null || port < 1 || port > 65535) throw new Error("it is tcp://HOST:PORT");
  const host = (match[1] ?? "").replace(/^\[|\]$/g, "");
  return {
    text,
    async check({ io, timeoutMs }) {
      await io.tcpConnect(host, port, timeoutMs);
      return undefined;
    },
  };
}
