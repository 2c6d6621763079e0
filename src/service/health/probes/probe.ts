/** The interface of a probe. @module */
import type { ProcessIo } from "../../../system/process/process_io.ts";

/** What probes use of the machine. Each call ends within its timeout and rejects with a message for people. */
export type ProbeIo = Pick<ProcessIo, "httpGet" | "tcpConnect" | "shell" | "fileStamp">;

/** What a probe gets in each round. */
export interface ProbeRound {
  readonly io: ProbeIo;
  /** How long the service has been running, milliseconds, by a monotonic clock. */
  readonly upMs: number;
  readonly timeoutMs: number;
  /** True once the service has sent READY=1; `undefined` without systemd or Type=notify. */
  readonly ready: () => Promise<boolean | undefined>;
}

/** Nobody can say whether the service is healthy. */
export interface Unknown {
  readonly unknown: string;
}

/** A check of the service's health. */
export interface Probe {
  /** The probe as it was configured. */
  readonly text: string;
  /** The probe cannot pass before the service has run for this long, milliseconds. */
  readonly leastUptimeMs?: number;
  /** Called when the service starts, before the first round. */
  begin?(io: Pick<ProbeIo, "fileStamp">): void;
  /**
   * Resolves to `undefined` when it passes, else to what is wrong, or to why that is unknown: an unknown never condemns
   * a build. A rejection is a failure, too.
   */
  check(round: ProbeRound): Promise<string | Unknown | undefined>;
}

/** Makes a probe of its whole text. Throws an `Error` that says what is wrong with the text. */
export type ProbeKind = (text: string) => Probe;
