/** Why a build failed, grouped by what the machines said. @module */
import type { Known } from "./build.ts";

/** Machines on which a build failed for one reason. */
export interface Failure {
  readonly reason: string;
  readonly machines: number;
  /** The last words of one of them. */
  readonly lastWords?: string | undefined;
  /** Some of the machines. */
  readonly hosts: readonly string[];
}

/** How many machines are named for a reason. */
const HOSTS = 5;

/** The failures, the most frequent ones first. Numbers that differ from machine to machine do not part them. */
export function failuresOf(reports: Iterable<Known>): Failure[] {
  const groups = new Map<
    string,
    { reason: string; machines: number; lastWords: string | undefined; hosts: string[] }
  >();
  for (const { outcome, reason, lastWords, host } of reports) {
    if (outcome !== "failed") continue;
    const key = `${reason}\n${lastWords ?? ""}`.replaceAll(/\d+/g, "0");
    const group = groups.get(key) ?? { reason, machines: 0, lastWords, hosts: [] };
    group.machines++;
    if (host !== undefined && group.hosts.length < HOSTS) group.hosts.push(host);
    groups.set(key, group);
  }
  return [...groups.values()].sort((a, b) => b.machines - a.machines);
}
