/** Which findings the chart shows, and under which names. @module */
import { medianOf, type Results } from "./results.ts";
import { EMPTY_BUN, EMPTY_DENO } from "./subjects/empty.ts";
import { direct } from "./subjects/direct.ts";
import { REFERENCE_NAME } from "./subjects/reference.ts";
import { memory, time } from "./figures.ts";
import { OURS, OURS_UNDER_DENO, WATCHED } from "./suites/gate.ts";
import { LARGE, SMALL } from "./suites/growth.ts";
import { ON_PROBATION, SUPERVISING } from "./suites/managers.ts";
import { RESTARTING } from "./suites/recovery.ts";
import { ofSize } from "./suites/size.ts";

/** One bar. */
export interface Bar {
  readonly label: string;
  readonly value: number;
  /** Of the value, drawn full; the rest is pale. */
  readonly part?: number | undefined;
  /** The value, for people. */
  readonly text: string;
  readonly ours: boolean;
}

/** One diagram. */
export interface Panel {
  readonly title: string;
  readonly note: string;
  /** Logarithmic, in milliseconds; else bars that begin at 0. */
  readonly log: boolean;
  readonly bars: readonly Bar[];
}

/** Where a bar is found: suite, row, column; and what it is called here. */
type Source = readonly [label: string, suite: string, row: string, column?: string];

const MANAGERS = ["runit (runsv)", "s6 (s6-supervise)", "monit", "supervisord", "pm2"];

/** The panels of which anything was measured. */
export function panelsOf(results: Results): Panel[] {
  const panel = (title: string, note: string, log: boolean, sources: readonly Source[], text = time): Panel => ({
    title,
    note,
    log,
    bars: sources.flatMap(([label, suite, row, column = "ms"]) => {
      const value = medianOf(results, suite, row, column);
      if (value === undefined) return [];
      const part = column === "pss" ? medianOf(results, suite, row, "anonymous") : undefined;
      return [{ label, value, part, text: text(value), ours: row.startsWith(OURS) || suite === "growth" }];
    }),
  });
  const managers = (rows: readonly string[], column: string): Source[] =>
    rows.map((row) => [row.replace(`${OURS} --`, "--").replace(`${OURS},`, "…,"), "managers", row, column]);
  const sizes: Source[] = ["1 MB", "100 MB", "1 GB"].flatMap((size) =>
    [OURS, REFERENCE_NAME].map((name): Source => [`${size}, ${name}`, "size", ofSize(name, size), "rollback"])
  );
  return [
    panel("To the service’s first instruction", "from the manager’s own start; log scale", true, [
      ...managers([direct.name, REFERENCE_NAME, ...MANAGERS.slice(0, 2), OURS, ...MANAGERS.slice(2)], "ms"),
    ]),
    panel(
      "Memory left beside the running service",
      "PSS of all that the manager leaves; pale: pages of files",
      false,
      managers([OURS, ON_PROBATION, SUPERVISING, REFERENCE_NAME, ...MANAGERS], "pss"),
      memory,
    ),
    panel("The gate as one whole process", "start to end of a service that ends at once", false, [
      ["started directly", "steady", direct.name],
      [REFERENCE_NAME, "steady", REFERENCE_NAME],
      ["…, on probation", "armed", REFERENCE_NAME],
      [EMPTY_BUN, "steady", EMPTY_BUN],
      [OURS, "steady", OURS],
      ["…, on probation", "armed", OURS],
      ["…, with the watcher", "armed", WATCHED],
      [EMPTY_DENO, "steady", EMPTY_DENO],
      [`${OURS}, Deno`, "steady", OURS_UNDER_DENO],
    ]),
    panel("Rolling back a program", "by its size; log scale", true, sizes),
    panel("From a bad build to a good answer", "three attempts, restarted at once; log scale", true, [
      [OURS, "recovery", OURS, "new"],
      ["…, known bad bytes", "recovery", OURS, "known"],
      ["--supervise", "recovery", RESTARTING, "new"],
      ["…, known bad bytes", "recovery", RESTARTING, "known"],
      [REFERENCE_NAME, "recovery", REFERENCE_NAME, "new"],
    ]),
    panel("After years", "10,000 events, 1,000 quarantined, 50 kept builds", false, [
      ["steady", "growth", SMALL.steady],
      ["…, large state", "growth", LARGE.steady],
      ["on probation", "growth", SMALL.armed],
      ["…, large state", "growth", LARGE.armed],
    ]),
  ].filter(({ bars }) => bars.length > 0);
}
