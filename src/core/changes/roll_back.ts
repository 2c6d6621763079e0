/**
 * Rolling back: quarantine first, then the restore, then the end of the sentinel. Every step can be repeated, so that
 * a kill anywhere ends in the same state.
 *
 * @module
 */
import { nextArming } from "./arm.ts";
import { messageOf, SentinelError } from "../errors.ts";
import { generations } from "../builds/generations.ts";
import { checkLastGood, restoreLastGood, sharesLastGood, takeLastGood } from "../builds/last_good.ts";
import { describesLive, inspectLive, liveDigest, liveVersion } from "../builds/live.ts";
import { addToQuarantine, clearFromQuarantine, holds, readQuarantine } from "../state/quarantine.ts";
import type { Sentinel } from "../state/schemas.ts";
import { shellWord } from "../shell_word.ts";
import type { State } from "../state/state.ts";
import { SCHEMA } from "../state/state_names.ts";
import { sameVersion } from "../builds/versions.ts";

/** A build that goes, and why. */
export interface Condemned {
  readonly version: string;
  readonly digest: string | undefined;
  readonly reason: string;
  readonly attempts: number;
}

/**
 * What a rollback came to.
 *
 * @example By hand
 * ```ts
 * import { BootSentinel, type Rollback } from "@boot-sentinel/boot-sentinel";
 * import { memoryFs, memoryPorts } from "@boot-sentinel/boot-sentinel/testing";
 * import { assertEquals } from "@std/assert";
 *
 * const fs = memoryFs();
 * fs.put("/app", "#!1.0.0", 0o755);
 * fs.put("/update", "#!2.0.0", 0o755);
 * const sentinel = new BootSentinel({ dataDir: "/state", exe: "/app" }, memoryPorts(fs));
 *
 * sentinel.confirmHealthy();
 * sentinel.swap("/update", "2.0.0");
 * const rollback: Rollback = sentinel.rollback({ reason: "customers complain" });
 * assertEquals(rollback.from, "2.0.0");
 * assertEquals(fs.texts()["/app"], "#!1.0.0");
 * ```
 */
export interface Rollback {
  /** The version that went. */
  readonly from: string;
  /** The version that is live now. */
  readonly to: string;
}

/**
 * Quarantines a build and puts last-good back. A quarantine that cannot be written (full disk) does not stop the
 * restore: the sentinel remembers it for the next boot, which `owed` says.
 *
 * @throws {FsError | SentinelError} Last-good could not be put back; the condemned build is still live, and held.
 */
export function rollBackTo(
  state: State,
  condemned: Condemned | undefined,
  from: string,
): Rollback & { pending: boolean } {
  const pending = condemned !== undefined && !quarantine(state, condemned);
  const check = checkLastGood(state);
  const snapshot = check.kind === "intact" ? check.snapshot : undefined;
  restoreLastGood(state, snapshot?.digest);
  const to = snapshot?.version ?? "last-good";
  const reason = condemned?.reason ?? "the program was lost";
  finish(state, { from, to, reason, digest: condemned?.digest }, pending ? condemned : undefined);
  noteRollback(state, { from, to }, condemned);
  return { from, to, pending };
}

/**
 * The operator's rollback: the live build goes, last-good (or an older proven build, by version) comes back.
 *
 * @throws {SentinelError} `nothing`: that build is live already; `noLastGood`: there is none to put back.
 */
export function rollBackByHand(state: State, toVersion: string | undefined, reason: string): Rollback {
  const live = inspectLive(state);
  const digest = liveDigest(state, live);
  const armed = state.sentinel !== undefined && describesLive(state, state.sentinel, () => digest)
    ? state.sentinel
    : undefined;
  const from = armed?.version ?? liveVersion(state, digest);
  const older = toVersion === undefined ? undefined : targetOf(state, toVersion);
  const check = checkLastGood(state);
  if (older === undefined && check.kind !== "intact") {
    const why = check.kind === "none" ? "there is none" : check.why;
    throw new SentinelError(
      "noLastGood",
      `Cannot roll back: last-good ${state.lastGood} cannot be used: ${why}; ${from} stays live; install a good build`,
    );
  }
  if (older === undefined && check.kind === "intact" && !check.startable && live.condition === "startable") {
    throw new SentinelError(
      "noLastGood",
      `Cannot roll back: last-good ${state.lastGood} is no program that starts here, and ${from} is; ` +
        `${from} stays live; install a good build`,
    );
  }
  const target = older?.digest ?? (check.kind === "intact" ? check.snapshot?.digest : undefined) ??
    state.ports.fs.digest(state.lastGood);
  if (target === digest) {
    const others = generations(state).filter((kept) => kept.digest !== digest).map((kept) => kept.version);
    const next = others.length === 0
      ? "no older build is kept; install another one"
      : `to go further back: boot-sentinel rollback --to VERSION --exe ${shellWord(state.subject.exe)} (kept: ${
        others.join(", ")
      })`;
    throw new SentinelError("nothing", `Cannot roll back: ${from} is the last good build, and it is live; ${next}`);
  }
  const condemned = live.condition === "missing" ? undefined : { version: from, digest, reason, attempts: 0 };
  const before = state.sentinel;
  if (condemned !== undefined) declareBad(state, condemned, armed);
  if (older !== undefined && older.digest !== state.record.lastGood?.digest) {
    try {
      takeLastGood(state, { version: older.version, digest: older.digest, proven: true, source: older.path });
    } catch (error) {
      if (before === undefined) state.clearSentinel();
      else state.writeSentinel(before);
      throw error;
    }
  }
  const { pending: _, ...done } = rollBackTo(state, condemned, from);
  if (older !== undefined) letGo(state, older);
  return done;
}

/** Whoever asks for a build by name vouches for it. */
function letGo(state: State, { version, digest }: { version: string; digest: string }): void {
  try {
    clearFromQuarantine(state, version, digest);
  } catch (error) {
    state.ports.log("warn", `Cannot let ${version} out of quarantine: ${messageOf(error)}; it is live all the same`);
  }
}

/** Written first: were the rollback cut short, the next boot would complete it. */
function declareBad(state: State, { version, digest, reason }: Condemned, armed: Sentinel | undefined): void {
  try {
    const sentinel = armed ?? { version, attempts: 0, schema: SCHEMA, digest, arming: nextArming(state) };
    state.writeSentinel({ ...sentinel, failed: reason });
  } catch (error) {
    state.ports.log("warn", `Cannot note that ${version} is bad: ${messageOf(error)}; it goes all the same`);
  }
}

/**
 * Records a rollback that was cut short after the restore: the build that the sentinel counted is held, and last-good
 * is live. `undefined` when there was none.
 */
export function completeRollback(state: State): Rollback | undefined {
  const { sentinel, record: { lastGood, rolledBack } } = state;
  if (sentinel === undefined || lastGood === undefined || rolledBack?.from === sentinel.version) return undefined;
  if (!sameVersion(state.subject.version ?? lastGood.version, lastGood.version)) return undefined;
  const entry = holds(readQuarantine(state), sentinel.version, sentinel.digest);
  if (entry === undefined || (sentinel.attempts === 0 && sentinel.failed === undefined)) return undefined;
  const rollback = { from: sentinel.version, to: lastGood.version };
  finish(state, { ...rollback, reason: entry.reason, digest: sentinel.digest ?? entry.digest }, undefined);
  noteRollback(state, rollback, entry);
  return rollback;
}

function noteRollback(state: State, { from, to }: Rollback, why: { attempts: number; reason: string } | undefined) {
  state.event({ event: "rolled-back", version: from, other: to, attempts: why?.attempts, reason: why?.reason });
}

function targetOf(state: State, version: string): { version: string; digest: string; path: string } {
  const known = [state.record.lastGood, ...generations(state)].filter((snapshot) => snapshot !== undefined);
  const found = known.find((snapshot) => sameVersion(snapshot.version, version) && state.has(snapshot.path));
  if (found !== undefined) return found;
  const list = known.map((snapshot) => snapshot.version).join(", ") || "none";
  throw new SentinelError(
    "noLastGood",
    `Cannot roll back to ${version}: it is not kept; nothing changed; kept are: ${list}`,
  );
}

/** True when the build is held now, durably. */
function quarantine(state: State, condemned: Condemned): boolean {
  try {
    const held = holds(readQuarantine(state), condemned.version, condemned.digest);
    const sure = held !== undefined && held.digest === condemned.digest && state.sentinel?.owedQuarantine !== true;
    if (!sure) addToQuarantine(state, { ...condemned, time: state.now() });
    return true;
  } catch (error) {
    state.ports.log(
      "error",
      `Cannot quarantine ${condemned.version} now: ${messageOf(error)}; the next boot tries again`,
    );
    return false;
  }
}

function finish(
  state: State,
  rollback: Rollback & { reason: string; digest?: string | undefined },
  pending: Condemned | undefined,
): void {
  const { fs } = state.ports;
  try {
    const { lastGood } = state.record;
    const live = lastGood === undefined ? {} : {
      lastGood: { ...lastGood, stamp: fs.info(state.lastGood).stamp },
      // While the two share a file the next boot is no common one: it parts them.
      live: sharesLastGood(state) ? undefined : { digest: lastGood.digest, stamp: fs.info(state.exe).stamp },
    };
    state.writeRecord({ ...state.record, ...live, rolledBack: { ...rollback, time: state.now() } });
  } catch (error) {
    state.ports.log(
      "warn",
      `Cannot record the rollback: ${messageOf(error)}; the restored build is in place all the same`,
    );
  }
  try {
    if (pending === undefined) return state.clearSentinel();
    const { version, digest, attempts } = pending;
    state.writeSentinel({ ...state.sentinel, version, attempts, digest, owedQuarantine: true });
  } catch (error) {
    state.ports.log("warn", `Cannot drop the sentinel: ${messageOf(error)}; the next boot does it`);
  }
}
