/** What a probe is. @module */
import type { ProcessIo } from "../../../system/process/process_io.ts";

/** What probes ask of the machine. Each rejects with a message for people, and in time. */
export type ProbeIo = Pick<ProcessIo, "httpGet" | "tcpConnect" | "shell" | "fileStamp">;

/** What a probe is given in each round. */
export interface ProbeRound {
  readonly io: ProbeIo;
  /** How long the service has been running, milliseconds, by a clock that nobody sets. */
  readonly upMs: number;
  readonly timeoutMs: number;
  /** True once the service said READY=1; `undefined` where nobody can tell. */
  readonly ready: () => Promise<boolean | undefined>;
}

/** One question about the service's health. */
export interface Probe {
  /** As it was written. */
  readonly text: string;
  /** The probe cannot pass before the service has run for this long, milliseconds. */
  readonly leastUptimeMs?: number;
  /** Called when the service starts, before the first round. */
  begin?(io: ProbeIo): void;
  /** `undefined`: passed; else what is wrong. A rejection is a failure, too. */
  check(round: ProbeRound): Promise<string | undefined>;
}

/** Makes a probe of the text after its scheme. Throws an `Error` that says what is wrong with the text. */
export type ProbeKind = (text: string) => Probe;
