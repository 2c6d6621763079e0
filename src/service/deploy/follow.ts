/** Follows a build from its swap to the verdict on it. @module */
import type { EndedBoot } from "../../core/state/ended_boot.ts";
import type { SentinelEvent } from "../../core/state/history.ts";
import type { Status } from "../../core/status.ts";

/** What following a build depends on. */
export interface Followed {
  status(): Status;
  /** The history, oldest first. */
  history(): readonly SentinelEvent[];
  /** A monotonic clock, milliseconds. */
  now(): number;
  /** The time, milliseconds since the epoch. */
  clock(): number;
  pause(ms: number): Promise<void>;
  /** Somebody does not want to look on any longer. */
  isLeft(): boolean;
  /** Called with each event that has come since. */
  tell(event: SentinelEvent): void;
  /** Called with each status that was read. */
  show?(status: Status): void;
  /** Finds out whether the service stays down, and says what is to be done. Called when nothing happens for a while. */
  down?(): Promise<string | undefined>;
}

/** What became of a build. */
export type Verdict =
  | { readonly kind: "confirmed" }
  /** It is not live any more, or it failed and cannot be replaced. `ends`: how its last boots ended. */
  | { readonly kind: "failed"; readonly reason: string; readonly ends: readonly EndedBoot[] }
  | Undecided;

/** It is live, and not confirmed. */
export interface Undecided {
  readonly kind: "undecided";
  readonly reason: string;
  /** Why it was not waited for any longer: somebody left, it is late, or nothing happens without somebody's doing. */
  readonly why: "left" | "late" | "stuck";
  /** Only the next start of the service goes on with it. */
  readonly needsStart: boolean;
}

const POLL_MS = 200;

/** How long nothing may happen before it is asked whether the service is down. */
const QUIET_MS = 1000;

/** How long a build that was declared bad is waited for: its watcher, or whoever declared it, may restart the service. */
const RESTART_MS = 5000;

/**
 * Waits for the verdict on a build that was put in place.
 *
 * @param digest The build's sha256.
 * @param seen How many events of the history are older than it.
 */
export async function followBuild(
  { version, digest, seen }: { readonly version: string; readonly digest: string; readonly seen: number },
  watch: Followed,
  timeoutMs: number,
): Promise<Verdict> {
  const end = watch.now() + timeoutMs;
  let told = seen;
  let quietSince = watch.now();
  const tellNew = () => {
    const events = watch.history();
    // The older half of a long history is removed when it grows.
    if (events.length < told) told = events.length;
    for (const event of events.slice(told)) watch.tell(event);
    if (events.length > told) quietSince = watch.now();
    told = events.length;
  };
  let down: string | undefined;
  let badSince: number | undefined;
  for (;;) {
    tellNew();
    const status = watch.status();
    watch.show?.(status);
    const verdict = verdictOf(status, version, digest);
    if (verdict !== undefined) {
      // The event of a verdict is written after the state that tells of it.
      await watch.pause(POLL_MS);
      tellNew();
      return verdict;
    }
    // It went down before this status was read, so no boot changes what the status says.
    if (down !== undefined) return { kind: "undecided", reason: down, why: "stuck", needsStart: true };
    if (status.pending?.failed === undefined) badSince = undefined;
    else if (watch.now() - (badSince ??= watch.now()) >= RESTART_MS) {
      return { kind: "undecided", why: "stuck", ...stateText(status, watch.clock()) };
    }
    const left = watch.isLeft();
    if (left || watch.now() >= end) {
      return { kind: "undecided", why: left ? "left" : "late", ...stateText(status, watch.clock()) };
    }
    if (watch.now() - quietSince >= QUIET_MS) {
      down = await watch.down?.();
      quietSince = watch.now();
      if (down !== undefined) continue;
    }
    await watch.pause(POLL_MS);
  }
}

/** The verdict that a status tells of; `undefined`: there is none yet. */
function verdictOf(status: Status, version: string, digest: string): Verdict | undefined {
  const { live, lastGood, pending, rolledBack, quarantined, problems, state } = status;
  const isLive = live.digest === digest;
  if (isLive && pending === null && lastGood?.digest === digest && lastGood.proven) return { kind: "confirmed" };
  const held = quarantined.find((entry) => entry.digest === digest);
  if (!isLive) {
    // The program was lost, and this is what the next start puts back.
    if (!live.startable && lastGood?.digest === digest) return undefined;
    // A rollback quarantines the build, replaces the file, and then records itself: this one is not at its end.
    if (held !== undefined && pending?.version === version && rolledBack?.from !== version) return undefined;
    const why = rolledBack?.from === version ? rolledBack.reason : held?.reason;
    const put = rolledBack?.from === version ? `${rolledBack.to} was put back` : `${live.version} is live now`;
    return { kind: "failed", reason: `${put}: ${why ?? "somebody else replaced the program"}`, ends: held?.ends ?? [] };
  }
  if (state !== "degraded") return undefined;
  const text = problems.find(({ code }) => code === "degraded")?.text ?? problems[0]?.text;
  return { kind: "failed", reason: text ?? "it failed, and nothing can be put back", ends: pending?.ends ?? [] };
}

function stateText(
  { pending, watcher, live, lastGood }: Status,
  now: number,
): Pick<Undecided, "reason" | "needsStart"> {
  const goesOn = (reason: string) => ({ reason, needsStart: false });
  const awaitsStart = (reason: string) => ({ reason, needsStart: true });
  if (pending === null && !live.startable && lastGood !== null) {
    return awaitsStart(`the program cannot be started now; the next start puts ${lastGood.version} back`);
  }
  if (pending === null) return goesOn(`${live.version} is not confirmed yet`);
  const { version, attempts, maxAttempts, failed } = pending;
  if (failed !== undefined) {
    return awaitsStart(
      `it was declared bad: ${failed}; the next start puts ${lastGood?.version ?? "an older one"} back`,
    );
  }
  if (attempts === 0) return awaitsStart(`no boot of ${version} was counted yet`);
  const boot = `boot ${attempts} of ${maxAttempts} of ${version}`;
  if (watcher !== null && Date.parse(watcher.until) < now) return awaitsStart(`${boot} was not healthy in time`);
  return goesOn(
    watcher === null ? `${boot}: nobody waits for it to be healthy` : `${boot} is watched until ${watcher.until}`,
  );
}
