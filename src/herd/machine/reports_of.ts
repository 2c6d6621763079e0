/** What a machine has to report, from its state files. @module */
import { describesLive } from "../../core/builds/live.ts";
import { ownCrashes } from "../../core/state/crashes.ts";
import type { EndedBoot } from "../../core/state/ended_boot.ts";
import type { QuarantineEntry } from "../../core/state/schemas.ts";
import { quarantineEntries, readQuarantine } from "../../core/state/quarantine.ts";
import type { State } from "../../core/state/state.ts";
import { status } from "../../core/status.ts";
import type { Report } from "../messages/report.ts";
import type { Wanted } from "./herd_file.ts";

/** Who reports. */
export interface Reporter {
  readonly group?: "canary" | undefined;
  readonly host?: string | undefined;
}

/** The newest reports are sent, and no more than so many. */
const MOST = 8;

/** The reports of a machine by the digests of the builds. */
export function reportsOf(state: State, wanted: readonly Wanted[], { group, host }: Reporter): Map<string, Report> {
  const found = new Map<string, Report>();
  const add = (digest: string | undefined, report: Omit<Report, "schema" | "group" | "host">) => {
    if (!digest || found.has(digest) || found.size >= MOST) return;
    const { version, reason, arming } = report;
    // What is longer would be ignored.
    const cut = { version: version.slice(0, 200), reason: reason.slice(0, 500), arming: arming.slice(0, 100) };
    found.set(digest, { schema: 1, ...report, ...cut, group, host: host?.slice(0, 255) });
  };
  const { live, pending } = status(() => state);
  const { sentinel, record } = state;
  // What is armed and not in place yet is not live: the older build, which is confirmed, is.
  const isLive = sentinel !== undefined && describesLive(state, sentinel, () => live.digest || undefined);
  if (pending !== null && isLive) {
    const { armedAt = "", arming } = sentinel;
    add(live.digest, {
      version: pending.version,
      outcome: "probation",
      attempts: pending.attempts,
      reason: pending.failed ?? "",
      ...endOf(pending.ends),
      at: timeOf(armedAt),
      arming: String(arming ?? armedAt),
    });
  }
  for (const entry of quarantineEntries(readQuarantine(state)).toReversed()) {
    const rolledBack = record.rolledBack?.digest === entry.digest ? record.rolledBack : undefined;
    // Without a boot and without a rollback it was somebody's word, and not what happened here.
    if (entry.attempts === 0 && rolledBack === undefined) continue;
    add(entry.digest, {
      version: entry.version,
      outcome: "failed",
      attempts: entry.attempts,
      reason: entry.reason,
      ...endOf(entry.ends),
      at: timeOf(entry.time),
      arming: entry.time,
      environment: environmentOf(state, entry),
    });
  }
  const { lastGood, generations = [] } = record;
  const crashes = ownCrashes(state);
  for (const build of lastGood === undefined ? generations : [lastGood, ...generations]) {
    if (!build.proven) continue;
    const about = { version: build.version, attempts: 0, at: timeOf(build.takenAt ?? "") };
    const arming = String(build.arming ?? build.takenAt ?? "");
    if (build === lastGood && crashes?.looping === true) {
      const reason = `it was confirmed and crash-loops: ${crashes.how}`;
      add(build.digest, { ...about, outcome: "failed", reason, arming, environment: false });
    } else add(build.digest, { ...about, outcome: "confirmed", reason: "", arming });
  }
  for (const { digest, version, at } of wanted) {
    add(digest, { version, outcome: "waiting", attempts: 0, reason: "", at, arming: "" });
  }
  return found;
}

/** Whether what was put back in the place of a failed build fails as well; `undefined` while that is not known. */
function environmentOf({ record: { rolledBack, lastGood } }: State, entry: QuarantineEntry): boolean | undefined {
  if (entry.doubtful === true) return true;
  if (rolledBack === undefined || rolledBack.digest !== entry.digest) {
    return lastGood?.proven === true ? false : undefined;
  }
  if (rolledBack.environment === true) return true;
  return rolledBack.healthy === undefined ? undefined : false;
}

/** The last words of the last boot that has some. */
function endOf(ends: readonly EndedBoot[] | undefined): Pick<Report, "lastWords"> {
  const words = ends?.findLast(({ words }) => words !== undefined)?.words;
  return words === undefined ? {} : { lastWords: words.slice(-5).join("\n").slice(-1000).toWellFormed() };
}

function timeOf(text: string): number {
  const time = Date.parse(text);
  return Number.isNaN(time) ? 0 : time;
}
