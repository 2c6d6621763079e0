/**
 * The watcher: runs beside the service while its build is on probation. It confirms a healthy build. It stops one that
 * is not healthy at the deadline, so that the next boot counts, and in the end rolls it back.
 *
 * @module
 */
import type { HealthReport } from "../../core/changes/reports.ts";
import { messageOf } from "../../core/errors.ts";
import type { Log } from "../../core/ports.ts";
import type { Announced } from "../../core/state/watcher.ts";
import type { BootToken } from "../../core/gate/boot_token.ts";
import type { BootReports } from "../../core/changes/reports.ts";
import type { ProcessIo } from "../../system/process/process_io.ts";
import { cancelAttempt } from "../cancel_attempt.ts";
import type { WatchedProcess } from "../../system/linux/watched_process.ts";
import { isReady, isStopRequested } from "../install/systemd/ask_systemd.ts";
import { waitFor } from "./watched_boot.ts";
import { beginProbes, type HealthWatch, type WatchPolicy } from "./wait_for_health.ts";

/** What the watcher uses of the process. */
export type WatcherIo =
  & HealthWatch["io"]
  & Pick<ProcessIo, "onTermination" | "sayReady" | "systemctl" | "unitOf">;

/** A boot to watch. */
export interface Watch {
  readonly token: BootToken;
  readonly service: WatchedProcess;
  readonly policy: WatchPolicy;
  /** How long the service may take to end after SIGTERM, before it gets SIGKILL. */
  readonly stopTimeoutMs: number;
  readonly reports: BootReports;
  readonly io: WatcherIo;
  /** Shows that this process watches the boot. Called once it notices that it is asked to end. */
  readonly announce?: () => Announced;
  /** The files as they were before the service was started. @default {Watch.io} */
  readonly before?: Pick<WatcherIo, "fileStamp">;
  readonly log: Log;
}

/** A report that cannot be written is tried again after this pause, which doubles each time. */
const RETRY_MS = 5000;
const RETRIES = 6;

/** Watches one boot, until it is confirmed or the service ends. */
export async function watchService(watch: Watch): Promise<void> {
  const { service, io, token } = watch;
  const unit = io.unitOf(service.pid);
  let terminated: { serviceAlive: boolean } | undefined;
  // systemd sends SIGTERM to the whole cgroup: when the unit is stopped, and also after the service has crashed. Only
  // in the first case is the service still alive now.
  io.onTermination(() => terminated ??= { serviceAlive: service.alive() });
  const announced = watch.announce?.();
  const health = healthWatch(service, io, watch.log);
  beginProbes(watch.policy, watch.before ?? io);
  io.sayReady();
  const watched = { ...health, cancelled: () => terminated !== undefined, answered: announced?.answered };
  try {
    const verdict = await waitFor(watch.policy, watched, token, watch.reports);
    switch (verdict.kind) {
      case "healthy":
        return await confirmHealthy({ ...watch, ...health }, verdict.upMs);
      case "unhealthy":
        return await endUnhealthy(watch, verdict.reason);
      case "cancelled":
        // "Unknown" is no "no": a good build must not be condemned because systemd did not answer.
        if (
          terminated?.serviceAlive === true &&
          (unit === undefined || await isStopRequested(unit, io.systemctl) !== false)
        ) {
          cancelAttempt(watch, "the service was stopped on request", token);
        }
        return;
      case "settled":
      case "gone":
        return; // it is confirmed, or the gate has counted this boot already
    }
  } finally {
    announced?.release();
  }
}

/** What {@link waitForHealth} depends on, for a process of this machine. */
export function healthWatch(service: WatchedProcess, io: WatcherIo, log: Log): HealthWatch {
  const unit = io.unitOf(service.pid);
  return {
    alive: () => service.alive(),
    io,
    ready: () => unit === undefined ? Promise.resolve(undefined) : isReady(unit, service.pid, io.systemctl),
    log,
  };
}

/** Reports that the service is healthy. If that fails, it is tried again while the service lives. */
export async function confirmHealthy(
  { reports, token, alive, io, log }:
    & Pick<Watch, "reports" | "token" | "log">
    & Pick<HealthWatch, "alive" | "io">,
  upMs: number,
): Promise<void> {
  for (let failures = 0; alive();) {
    try {
      return log("info", `${showReport(reports.healthy(token))} (healthy after ${Math.round(upMs / 1000)} s)`);
    } catch (error) {
      // The state could not be written. The service is healthy all the same, so it is not stopped.
      const failure = `The service is healthy, but that cannot be recorded: ${messageOf(error)}`;
      if (failures === 0) log("warn", `${failure}; trying again`);
      if (++failures > RETRIES) {
        return log("warn", `${failure}; giving up: run boot-sentinel confirm once that is fixed`);
      }
    }
    for (let left = RETRY_MS * 2 ** (failures - 1); left > 0 && alive(); left -= 100) await io.pause(100);
  }
}

/** The result of a report as a sentence. */
export function showReport(report: HealthReport): string {
  switch (report.kind) {
    case "restored": {
      const lifted = report.lifted.length === 0 ? "" : `; no longer quarantined: ${report.lifted.join(", ")}`;
      return `${report.version}, which was put back, is healthy${lifted}`;
    }
    case "lasted":
      return `${report.version} runs again: its failed starts are no longer counted`;
    case "superseded":
      return `Nothing was confirmed: another boot or build came since`;
    case "promoted":
      return `Confirmed ${report.version}: it is last-good now`;
    case "seeded":
      return `Kept ${report.version} as last-good`;
    case "already":
      return `${report.version} is last-good already`;
    case "notLive":
      return `Nothing was confirmed: the program's file is not the build that was watched (${report.version})`;
  }
}

async function endUnhealthy(watch: Watch, reason: string): Promise<void> {
  const { reports, token, service, log, stopTimeoutMs, io } = watch;
  try {
    if (!reports.unhealthy(token, reason)) return;
  } catch (error) {
    // This attempt is not recorded as failed. To stop the service would lead to endless restarts without a rollback.
    return log(
      "warn",
      `The service is ${reason}; it is left running, since that cannot be recorded: ${messageOf(error)}`,
    );
  }
  log("error", `The service is ${reason}: stopping it; the attempt counts`);
  service.signal("SIGTERM");
  const end = io.now() + stopTimeoutMs;
  while (service.alive() && io.now() < end) await io.pause(50);
  if (!service.alive()) return;
  log("error", `The service did not end within ${stopTimeoutMs / 1000} s of SIGTERM: killing its process group`);
  service.signal("SIGKILL", { group: true });
}
