/** Reads all that a herd's store holds. @module */
import type { HerdStore } from "../herd_store.ts";
import type { Fleet } from "./fleet.ts";

/** What a judge reads. Verdicts and shares come first: reports are judged by what holds already. */
const PATTERNS = ["verdict.*", "admit.*", "report.>"];

/** Takes note of all that there is; returns where each pattern is to be followed from. */
export async function loadFleet(
  store: HerdStore,
  fleet: Fleet,
  now: () => number,
): Promise<[pattern: string, since: number][]> {
  const seen: [string, number][] = [];
  for (const pattern of PATTERNS) {
    let newest = 0;
    for await (const entry of store.entries(pattern)) {
      fleet.take(entry, now());
      newest = Math.max(newest, entry.revision);
    }
    seen.push([pattern, newest]);
  }
  return seen;
}
