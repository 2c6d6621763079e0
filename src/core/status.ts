/**
 * The status: which builds are live, armed, kept and quarantined, for people and for fleet tools.
 *
 * @module
 */
import { generations } from "./builds/generations.ts";
import { keptData } from "./data/data_place.ts";
import { adoptAdvice, describesLive, inspectLive, type LiveBuild, liveDigest, liveVersion } from "./builds/live.ts";
import { memberProblems, type MemberStatus, memberStatus } from "./builds/members/member_status.ts";
import { nextBootText, type Protection, protectionOf } from "./protection.ts";
import { findQuarantinedBytes, quarantineEntries, readQuarantine } from "./state/quarantine.ts";
import { toldAttempts } from "./gate/boot_count.ts";
import type { EndedBoot } from "./state/ended_boot.ts";
import type { QuarantineEntry, Sentinel } from "./state/schemas.ts";
import type { Problem, ProblemCode } from "./problem.ts";
import type { State } from "./state/state.ts";
import { confirmedVersionOf, readCrashes } from "./state/crashes.ts";
import { shellWord } from "./shell_word.ts";
import { readWatcher, type Watcher } from "./state/watcher.ts";

/** A build of which a copy is kept beside the program. */
export interface KeptBuild {
  /** The build's version. */
  readonly version: string;
  /** Sha256, hex; empty for a last-good without a record. */
  readonly digest: string;
  /** Size in bytes. */
  readonly size: number;
  /** When the copy was made, ISO 8601; empty when there is no record of it. */
  readonly takenAt: string;
  /** Of a release: where its link leads, as it is written in it. */
  readonly release?: string | undefined;
}

/**
 * The status of a guarded program. The JSON of `status --json`.
 *
 * @example For a health page
 * ```ts
 * import { BootSentinel, type Status } from "@boot-sentinel/boot-sentinel";
 * import { memoryFs, memoryPorts } from "@boot-sentinel/boot-sentinel/testing";
 * import { assertEquals } from "@std/assert";
 *
 * const fs = memoryFs();
 * fs.put("/app", "#!1.0.0", 0o755);
 * fs.put("/update", "#!2.0.0", 0o755);
 * const sentinel = new BootSentinel({ dataDir: "/state", exe: "/app" }, memoryPorts(fs));
 *
 * sentinel.swap("/update", "2.0.0");
 * const { state, pending, problems }: Status = sentinel.status();
 * assertEquals([state, pending?.version, pending?.attempts, problems], ["probation", "2.0.0", 0, []]);
 * ```
 */
export interface Status {
  /** The version of this format; it rises when a field changes its meaning. */
  readonly schema: 1;
  /** The program's path. */
  readonly exe: string;
  /** The directory of the state files. */
  readonly dataDir: string;
  /** The build at the program's path now; `digest` is empty when it cannot be read. */
  readonly live: Omit<KeptBuild, "takenAt"> & { readonly startable: boolean };
  /**
   * `steady`: nothing is pending. `probation`: an armed build is live and not confirmed yet. `rolled-back`: the live
   * build was put back; lasts until the next arm or confirm. `exposed`: a bad build could not be put back now, whatever
   * else holds. `crash-looping`: the confirmed build ends by itself right after each start. `degraded`: the live build failed and
   * cannot be put back, or nothing is armed and the program cannot be started. `unseen`: this user may not read the state. The worst of them is told.
   */
  readonly state: "steady" | "probation" | "rolled-back" | "exposed" | "crash-looping" | "degraded" | "unseen";
  /**
   * The armed build that is not confirmed yet. `failed`: why it was declared bad; the next boot rolls back. `ends`: how
   * its last boots ended, oldest first; those of a build that was rolled back are in its entry in `quarantined`.
   */
  readonly pending:
    | {
      readonly version: string;
      /** Boots so far, `maxAttempts` at most. */
      readonly attempts: number;
      readonly maxAttempts: number;
      readonly failed?: string;
      readonly ends?: readonly EndedBoot[];
    }
    | null;
  /** The build that a rollback would put back; `proven`: it was confirmed. */
  readonly lastGood: KeptBuild & { readonly proven: boolean } | null;
  /** Older proven builds, newest first. */
  readonly generations: readonly KeptBuild[];
  /** The rollback that put the live build back; `null` if none did. */
  readonly rolledBack:
    | {
      readonly from: string;
      readonly to: string;
      readonly time: string;
      readonly reason: string;
      /** The data that were put back with it, and where the newer ones lie (`aside`). */
      readonly data?: { readonly path: string; readonly aside: string; readonly takenAt: string } | undefined;
    }
    | null;
  /**
   * The snapshot of the service's data that a rollback would put back, and where it lies; `bytes`: the sizes of its
   * files, `null` when unknown. `null`: there is none. After a rollback the newer data are told in `rolledBack`.
   */
  readonly data:
    | { readonly path: string; readonly at: string; readonly takenAt: string; readonly bytes: number | null }
    | null;
  /** Builds that must not be installed again, oldest first. */
  readonly quarantined: readonly QuarantineEntry[];
  /** The process that now waits for the live build to be healthy; `null`: none, or unknown where locks do not work. */
  readonly watcher: Watcher | null;
  /** The files that go and come back with the builds; not there for a program without. */
  readonly members?: readonly MemberStatus[];
  /** The problems found; empty when there are none. */
  readonly problems: readonly Problem<ProblemCode>[];
}

/** Bounds the retries below. A writer changes two files within far less time than 100 reads take. */
const MAX_READS = 100;

/**
 * Reads the status; changes nothing. It takes no lock, so another process may write in between, and one file would
 * show the state before that change and another the state after it: then all is read again.
 */
export function status(read: () => State): Status {
  let state = read();
  for (let left = MAX_READS;; left--) {
    const found = statusOf(state);
    const after = read();
    if (left === 0 || isUnchanged(state, after)) return found;
    state = after;
  }
}

function isUnchanged(a: State, b: State): boolean {
  const files = ({ sentinelRead, record }: State) => JSON.stringify([sentinelRead, record]);
  return files(a) === files(b);
}

function statusOf(state: State): Status {
  const { sentinel, record, subject: { maxAttempts } } = state;
  const live = inspectLive(state);
  const digest = liveDigest(state, live);
  const pending = sentinel !== undefined && describesLive(state, sentinel, () => digest) ? sentinel : undefined;
  const protection = protectionOf(state, live);
  const check = protection.lastGood;
  const hidden = hiddenProblem(state, protection);
  const members = state.subject.members === undefined ? undefined : memberStatus(state, digest);
  const problems = hidden === undefined
    ? [...problemsOf(state, live, pending, protection), ...memberProblems(state, members ?? [])]
    : [hidden];
  const kept = check.kind === "intact" ? check.snapshot?.digest : undefined;
  return {
    schema: 1,
    exe: state.subject.exe,
    dataDir: state.subject.dataDir,
    live: {
      version: pending?.version ?? liveVersion(state, digest),
      digest: digest ?? "",
      size: live.info?.size ?? 0,
      startable: live.condition === "startable",
      ...releaseAt(state, state.exe),
    },
    state: hidden === undefined ? visibleState(state, live, pending, protection) : "unseen",
    pending: sentinel === undefined ? null : {
      version: sentinel.version,
      attempts: toldAttempts(state.subject, sentinel.attempts),
      maxAttempts,
      ...(sentinel.failed === undefined ? {} : { failed: sentinel.failed }),
      ...(sentinel.ends === undefined ? {} : { ends: sentinel.ends }),
    },
    lastGood: check.kind !== "intact" ? null : {
      version: check.snapshot?.version ?? "unknown",
      digest: check.snapshot?.digest ?? "",
      size: check.snapshot?.size ?? state.ports.fs.info(state.lastGood).size,
      takenAt: check.snapshot?.takenAt ?? "",
      proven: check.snapshot?.proven ?? false,
      ...releaseAt(state, state.lastGood),
    },
    generations: generations(state).filter((older) => older.digest !== kept).map((
      { version, digest, size, takenAt = "", path },
    ) => ({
      version,
      digest,
      size,
      takenAt,
      ...releaseAt(state, path),
    })),
    rolledBack: record.rolledBack ?? null,
    data: dataOf(state),
    quarantined: quarantineEntries(readQuarantine(state)),
    watcher: readWatcher(state.ports, state.subject.dataDir),
    ...(members === undefined ? {} : { members }),
    problems,
  };
}

function releaseAt({ ports: { fs } }: State, path: string): Pick<KeptBuild, "release"> {
  try {
    const release = fs.linkTarget(path);
    return release === undefined ? {} : { release };
  } catch {
    return {};
  }
}

function dataOf(state: State): Status["data"] {
  const kept = keptData(state);
  if (kept === undefined) return null;
  const { at, snapshot: { path, takenAt, bytes = null } } = kept;
  return { path, at, takenAt, bytes };
}

/** The worst that is so. */
function visibleState(
  state: State,
  live: LiveBuild,
  pending: Sentinel | undefined,
  protection: Protection,
): Status["state"] {
  const isUnstartable = pending === undefined && live.condition !== "startable";
  if (isUnstartable || hasFailed(state, pending, protection)) return "degraded";
  if (loops(state).length > 0) return "crash-looping";
  if (!isProtected(state, protection)) return "exposed";
  if (pending !== undefined) return "probation";
  return state.record.rolledBack === undefined ? "steady" : "rolled-back";
}

/** The one problem of a user who may not read the state: anything else would be guessed. */
function hiddenProblem(state: State, { lastGood }: Protection): Problem<ProblemCode> | undefined {
  const found = state.fileProblems().find(({ code }) => code === "cannot-see");
  if (found !== undefined || lastGood.kind !== "unreadable" || lastGood.error.code !== "denied") return found;
  return state.hiddenProblem(lastGood.why);
}

/** The live build failed, and a boot cannot put last-good back, or has tried: then the build is quarantined. */
function hasFailed(state: State, pending: Sentinel | undefined, { restorable, fault }: Protection): boolean {
  if (pending === undefined) return false;
  const { attempts, failed, digest } = pending;
  const isUsedUp = attempts > state.subject.maxAttempts;
  if (isUsedUp && digest !== undefined && findQuarantinedBytes(state, digest) !== undefined) return true;
  return (isUsedUp || failed !== undefined) && (restorable === undefined || fault !== undefined);
}

/** A bad build could be put back now. A gate that must not touch the sentinel decides nothing. */
function isProtected({ untouchable }: State, { restorable, fault }: Protection): boolean {
  return restorable !== undefined && fault === undefined && !untouchable;
}

function problemsOf(
  state: State,
  live: LiveBuild,
  pending: Sentinel | undefined,
  protection: Protection,
): Problem<ProblemCode>[] {
  const { record: { rolledBack }, exe } = state;
  const problems = state.fileProblems();
  const report = (code: ProblemCode, text: string, advice: string) => problems.push({ code, text, advice });
  if (live.condition !== "startable") {
    const text = `The program ${exe} cannot be started: ${live.fault}`;
    report("program-unstartable", text, live.info?.kind === "directory" ? adoptAdvice(exe) : nextBootText(protection));
  }
  // What is not known of last-good, since the state cannot be used, is no second problem.
  if (!state.untouchable) problems.push(...protection.problems);
  if (hasFailed(state, pending, protection)) {
    const why = protection.fault !== undefined
      ? "last-good cannot be put back"
      : protection.restorable === undefined
      ? "there is no valid last-good to put back"
      : "the last boot could not put last-good back, and its log says why";
    const advice = protection.restorable === undefined ? "install a good build" : "mend that, then restart the service";
    report("degraded", `${pending?.version} is live although it failed: ${why}`, protection.fault?.advice ?? advice);
  }
  for (const [instance, { count, since, how }] of loops(state)) {
    const who = instance === "" ? "" : ` (${instance})`;
    const text = `${confirmedVersionOf(state)} is confirmed and ended by itself right after its ` +
      `start${who}, ${count} times in a row since ${since}: ${how}; nothing is rolled back by itself`;
    report("crash-looping", text, adviceInLoop(state));
  }
  if (rolledBack?.environment === true) {
    const { from, to } = rolledBack;
    const text = `${to} was put back and fails as ${from} did: the environment is probably at fault; the quarantine ` +
      `of ${from} is suspect and is lifted when a build is healthy; each start is delayed`;
    report("environment", text, "check the environment: configuration, disk, network, other services");
  }
  return problems;
}

/** The instances whose starts all end by themselves. */
function loops(state: State) {
  return Object.entries(readCrashes(state)).filter(([, { looping }]) => looping === true);
}

function adviceInLoop(state: State): string {
  const find = "find out why (its log, configuration, disk, network)";
  const older = generations(state).find((kept) => kept.digest !== state.record.lastGood?.digest);
  if (older === undefined) return `${find}, or install another build`;
  const command = `boot-sentinel rollback --to ${shellWord(older.version)} --exe ${shellWord(state.subject.exe)}`;
  return `${find}; to go back to ${older.version}: ${command}`;
}
