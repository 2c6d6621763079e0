/** The status as text for people. @module */
import { type Problem, showProblem } from "../../core/problem.ts";
import type { KeptBuild, Status } from "../../core/status.ts";
import { namedPage, pageAbout } from "./pages.ts";
import { putBackText } from "../../core/data/put_data_back.ts";
import { endsText } from "../../core/changes/ended.ts";
import { endsOfRolledBack, wordsBlock } from "./words_block.ts";
import { endOfEntry } from "../../core/state/quarantine.ts";
import { ago, bytes, clockTime, type Paint, type Tone } from "./format.ts";

const STATES: Record<Status["state"], readonly [tone: Tone, meaning: string]> = {
  "steady": ["good", "nothing is pending"],
  "probation": ["warn", "the live build is not confirmed yet"],
  "rolled-back": ["bad", "an update failed and was rolled back"],
  "exposed": ["warn", "a bad build could not be put back now"],
  "crash-looping": ["bad", "the confirmed build ends right after each start"],
  "degraded": ["bad", "the live build failed or cannot be started"],
  "unseen": ["warn", "this user may not read the state"],
};

/** The status with what only the command line finds out. */
export type ShownStatus = Omit<Status, "problems"> & { readonly problems: readonly Problem[] };

/** The meaning of a state. */
export function meaningOf(state: Status["state"]): string {
  return STATES[state][1];
}

/** How a state is to be seen. */
export function toneOf(state: Status["state"]): Tone {
  return STATES[state][0];
}

/** Whether somebody has to do something: what `--check` is for. */
export function needsAttention({ state, pending, problems }: ShownStatus): boolean {
  const isFine = state === "steady" || (state === "probation" && pending?.failed === undefined);
  return !isFine || problems.length > 0;
}

/** The status in one line: its live build, its last good one, and what there is to say. */
export function briefly(
  { live, lastGood, pending, rolledBack, problems }: ShownStatus,
): [live: string, lastGood: string, what: string] {
  const boots = pending === null ? undefined : `boot ${pending.attempts} of ${pending.maxAttempts}`;
  const failed = rolledBack === null ? "" : `${rolledBack.from} was rolled back: ${rolledBack.reason}`;
  return [live.version, lastGood?.version ?? "-", pending?.failed ?? problems[0]?.text ?? boots ?? failed];
}

/** The status as lines. */
export function statusView(status: ShownStatus, now: number, paint: Paint): string {
  const { state, live, pending, lastGood, generations, rolledBack, data, quarantined, watcher, problems } = status;
  const [tone, meaning] = STATES[state];
  const lines: string[] = [];
  const row = (label: string, text: string) => lines.push(`${paint("faint", label.padEnd(11))} ${text}`);
  const rows = <T>(label: string, items: readonly T[], show: (item: T) => string) =>
    items.forEach((item, i) => row(i === 0 ? label : "", show(item)));

  const block = (ends: Parameters<typeof wordsBlock>[0]) =>
    wordsBlock(ends).forEach((line) => row("", `  ${paint("faint", line)}`));

  row("program", status.exe);
  row("state", `${paint(tone, state)}  ${meaning}`);
  row(
    "live",
    `${paint("strong", live.version)}  ${placeOf(live)}${live.startable ? "" : paint("bad", "  not startable")}`,
  );
  if (pending !== null) {
    const { version, attempts, maxAttempts } = pending;
    row(
      "probation",
      `${paint("strong", version)}  boot ${attempts} of ${maxAttempts}  ${gauge(attempts, maxAttempts)}`,
    );
    const { ends } = pending;
    if (ends !== undefined) row("", `ended: ${endsText({ ends })}`);
    block(ends);
    if (pending.failed !== undefined) row("", paint("bad", declaredBad(status, pending.failed)));
  }
  if (watcher !== null) {
    const awaited = watcher.forConfirm === true ? "boot-sentinel confirm" : "a healthy build";
    row("watcher", `process ${watcher.pid}  waits for ${awaited} until ${clockTime(watcher.until)} UTC`);
  } else if (pending !== null && pending.version === live.version) {
    const why = pending.attempts === 0
      ? "no start was counted yet: restart the service"
      : "the service is down, or has to be confirmed by boot-sentinel confirm";
    row("watcher", paint("faint", `none: ${why}`));
  }
  row(
    "last-good",
    state === "unseen"
      ? paint("warn", "cannot be seen")
      : lastGood === null
      ? paint("warn", "none")
      : kept(lastGood, now, paint) + (lastGood.proven ? "" : "  never confirmed"),
  );
  rows("older", generations, (build) => kept(build, now, paint));
  if (data !== null) {
    const size = data.bytes === null ? "" : `  ${bytes(data.bytes)}`;
    row("data", `${data.path} from ${ago(data.takenAt, now)}${size}  kept at ${data.at}`);
  }
  rows("members", status.members ?? [], ({ path, state, kept }) => {
    const which =
      { own: "of the live build", changed: "changed by somebody", unknown: "not known to be its own" }[state];
    return `${path}  ${which}${kept ? "" : paint("warn", "  not kept with last-good")}`;
  });
  if (rolledBack !== null) {
    row("rolled back", `${rolledBack.from} → ${rolledBack.to}  ${ago(rolledBack.time, now)}: ${rolledBack.reason}`);
    if (rolledBack.data !== undefined) row("", putBackText(rolledBack.data));
    block(endsOfRolledBack(status));
  }
  rows("quarantine", quarantined, (entry) => {
    const { version, digest, reason, time } = entry;
    const which = digest === undefined ? "any bytes" : digest.slice(0, 12);
    const end = endOfEntry(entry);
    const text = end === undefined ? reason : `${reason}; ${end}`;
    return `${paint("strong", version)}  ${which}  ${time === "" ? "" : `${ago(time, now)}: `}${text}`;
  });
  for (const problem of problems) {
    row("problem", paint("bad", showProblem(problem)));
    // On a line of its own: what is above can be pasted.
    const page = pageAbout(problem.code);
    if (page !== undefined) row("", paint("faint", `manual: ${namedPage(page)}`));
  }
  return lines.map((line) => `${line}\n`).join("");
}

/** What follows from `fail`. */
export function declaredBad({ state, lastGood, generations }: ShownStatus, reason: string): string {
  const next = lastGood?.version ?? generations[0]?.version;
  const then = state === "degraded" || next === undefined
    ? "the next boot cannot put a good one back"
    : `the next boot puts ${next} back`;
  return `declared bad: ${reason}; ${then}`;
}

/** The size of a file; of a release where it lies. */
export function placeOf({ size, release }: Pick<KeptBuild, "size" | "release">): string {
  return release === undefined ? bytes(size) : `→ ${release}`;
}

function kept(build: KeptBuild, now: number, paint: Paint): string {
  const { version, digest, takenAt } = build;
  // The version of an unnamed build already is its digest.
  const which = digest === "" || version.startsWith("sha256:") ? [] : [digest.slice(0, 12)];
  const age = takenAt === "" ? [] : [`kept ${ago(takenAt, now)}`];
  return [paint("strong", version), ...which, placeOf(build), ...age].join("  ");
}

/** A bar of the used and the remaining attempts. */
export function gauge(attempts: number, maxAttempts: number): string {
  if (maxAttempts > 20) return "";
  const used = Math.min(attempts, maxAttempts);
  return "●".repeat(used) + "○".repeat(maxAttempts - used);
}
