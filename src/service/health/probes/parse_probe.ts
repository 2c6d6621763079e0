/** Parses the text of a probe. @module */
import { execProbe } from "./exec.ts";
import { fileProbe } from "./file.ts";
import { httpProbe } from "./http.ts";
import { notifyProbe } from "./notify.ts";
import type { Probe, ProbeKind } from "./probe.ts";
import { tcpProbe } from "./tcp.ts";
import { uptimeProbe } from "./uptime.ts";

/** All kinds of probes by scheme. */
export const PROBE_KINDS: Readonly<Record<string, ProbeKind>> = {
  http: httpProbe,
  https: httpProbe,
  tcp: tcpProbe,
  exec: execProbe,
  file: fileProbe,
  notify: notifyProbe,
  uptime: uptimeProbe,
};

/** The probe that is used when none is configured. */
export const DEFAULT_PROBE = "uptime:60s";

/**
 * Makes the probe that a text describes.
 *
 * @throws {Error} The text is not valid; the message says why.
 */
export function parseProbe(text: string): Probe {
  const trimmed = text.trim();
  const scheme = /^[a-z]+/.exec(trimmed)?.[0] ?? "";
  const kind = Object.hasOwn(PROBE_KINDS, scheme) ? PROBE_KINDS[scheme] : undefined;
  const known = Object.keys(PROBE_KINDS).join(", ");
  if (kind === undefined) throw new Error(`Cannot use the probe ${text}: its kind is one of ${known}`);
  try {
    return kind(trimmed);
  } catch (error) {
    throw new Error(`Cannot use the probe ${text}: ${error instanceof Error ? error.message : error}`);
  }
}
