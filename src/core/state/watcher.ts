/**
 * Shows in the status which process watches the boot. The process writes its id to a file and holds a lock. The file
 * can be out of date; the operating system releases the lock when the process ends, so a held lock proves that it
 * lives.
 *
 * @module
 */
import type { LockHandle, Ports } from "../ports.ts";
import { statePaths } from "./paths.ts";
import { flag, list, maybe, number, object, or, type Shape, text, words } from "./validators.ts";
import { readState } from "./state_files.ts";
import { writeState } from "./write_state.ts";

/**
 * What a probe answered last.
 *
 * @example Why the live build is not healthy yet
 * ```ts
 * import type { ProbeAnswer } from "@boot-sentinel/boot-sentinel";
 * import { assertEquals } from "@std/assert";
 *
 * const answers: ProbeAnswer[] = [
 *   { probe: "http://127.0.0.1:8080/health", fault: "it answers 503" },
 *   { probe: "tcp://127.0.0.1:8080", fault: null },
 * ];
 * const faults = answers.filter(({ fault }) => fault !== null).map(({ probe, fault }) => `${probe}: ${fault}`);
 * assertEquals(faults, ["http://127.0.0.1:8080/health: it answers 503"]);
 * ```
 */
export interface ProbeAnswer {
  /** The probe, without a password in its address. */
  readonly probe: string;
  /** Why it did not pass; `null`: it passed. */
  readonly fault: string | null;
}

/** The process that watches a boot. */
export interface Watcher {
  /** Its process id. With `--supervise`, and on Windows, that process is also the parent of the service. */
  readonly pid: number;
  /** When it started to watch, ISO 8601. */
  readonly since: string;
  /** The deadline by which the build has to be healthy, ISO 8601. */
  readonly until: string;
  /** It waits for somebody's confirm (`--confirm manual`), not for health. */
  readonly forConfirm?: boolean | undefined;
  /** What each probe answered last, after the first round. */
  readonly probes?: readonly ProbeAnswer[] | undefined;
}

/** The content of `.boot-watcher.json`. */
const watcherShape: Shape<Watcher> = object<Watcher>({
  pid: number,
  since: text,
  until: text,
  forConfirm: maybe(flag),
  probes: maybe(list(object<ProbeAnswer>({ probe: words, fault: or(words, null) }))),
});

/** A process that reads the status holds the lock for a moment, and the watcher waits for it, milliseconds. */
const LOCK_TIMEOUT_MS = 500;

/** What a watcher waits for. */
export interface Expected {
  /** Milliseconds from now until the build has to be healthy or confirmed. */
  readonly deadlineMs: number;
  /** It waits for somebody's confirm. */
  readonly forConfirm: boolean;
}

/** The announcement of a watcher. */
export interface Announced extends LockHandle {
  /** Shows what the probes answered. */
  answered(probes: readonly ProbeAnswer[]): void;
}

/**
 * Registers this process as the watcher of a boot, until the handle is released or the process ends. Never throws: the
 * service is watched even if this fails.
 */
export function announceWatcher(
  ports: Ports,
  dataDir: string,
  pid: number,
  { deadlineMs, forConfirm }: Expected,
): Announced {
  const paths = statePaths(dataDir);
  const now = ports.clock.now();
  let lock: LockHandle | undefined;
  let shown: string | undefined;
  const self = {
    pid,
    since: new Date(now).toISOString(),
    until: new Date(now + deadlineMs).toISOString(),
    ...(forConfirm ? { forConfirm } : {}),
  };
  try {
    ports.fs.makeDirectory(dataDir);
    // Shared, since the watcher of the previous boot may still hold it until it notices that its service has ended.
    const taken = ports.lock.acquire(paths.watcherLock, LOCK_TIMEOUT_MS, "shared");
    if (typeof taken === "string") return { release: () => {}, answered: () => {} };
    lock = taken;
    writeState(ports.fs, paths.watcher, self);
  } catch { /* full disk, read-only directory: the status does not show the watcher */ }
  return {
    answered(probes) {
      const text = JSON.stringify(probes);
      if (lock === undefined || text === shown) return;
      shown = text;
      try {
        writeState(ports.fs, paths.watcher, { ...self, probes });
      } catch { /* the status shows what they answered before */ }
    },
    release() {
      try {
        const read = readState(ports.fs, paths.watcher, watcherShape);
        if (read.kind === "value" && read.value.pid === pid) ports.fs.remove(paths.watcher);
      } catch { /* without the lock the file is ignored */ }
      lock?.release();
    },
  };
}

/** The watcher that is running; `null` when there is none, or where locks do not work. Never throws. */
export function readWatcher(ports: Ports, dataDir: string): Watcher | null {
  const paths = statePaths(dataDir);
  const read = readState(ports.fs, paths.watcher, watcherShape);
  if (read.kind !== "value") return null;
  const lock = ports.lock.acquire(paths.watcherLock, 0);
  if (lock === "busy") return read.value;
  if (lock !== "unavailable") lock.release();
  return null;
}
