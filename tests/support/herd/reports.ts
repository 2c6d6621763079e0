/** Reports and keys for tests of the herd. @module */
import type { Fleet } from "../../../src/herd/judge/fleet.ts";
import type { Report } from "../../../src/herd/messages/report.ts";

/** A sha256 of one digit. */
export const digestOf = (digit: string): string => digit.repeat(64);

/** A report with everything that it needs. */
export function report(outcome: Report["outcome"], more: Partial<Report> = {}): Report {
  return { schema: 1, version: "2.0.0", outcome, attempts: 0, reason: "", at: 0, arming: "1", ...more };
}

/** Names of machines. */
export const machinesOf = (count: number): string[] => Array.from({ length: count }, (_, i) => `M${i}`);

/** A fleet whose machines are known: each has confirmed an older build. */
export function withMachines(fleet: Fleet, names: readonly string[], more: Partial<Report> = {}): Fleet {
  for (const name of names) fleet.report(digestOf("0"), name, report("confirmed", { version: "1.0.0", ...more }));
  return fleet;
}
