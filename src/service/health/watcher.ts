/**
 * The watcher: beside the service for as long as its build is on probation. It confirms a build that is healthy and
 * ends one that is not, so that the next boot counts on.
 *
 * @module
 */
import type { HealthReport } from "../../core/changes/reports.ts";
import { messageOf } from "../../core/errors.ts";
import type { Log } from "../../core/ports.ts";
import type { BootToken } from "../../core/gate/boot_token.ts";
import type { BootReports } from "../../core/changes/reports.ts";
import type { ProcessIo } from "../../system/process/process_io.ts";
import { cancelAttempt } from "../cancel_attempt.ts";
import type { WatchedProcess } from "../../system/linux/watched_process.ts";
import { isReady, isStopAsked } from "../install/systemd/ask_systemd.ts";
import { beginProbes, type HealthPolicy, type HealthWatch, waitForHealth } from "./wait_for_health.ts";

/** What watching takes of the process. */
export type WatcherIo =
  & HealthWatch["io"]
  & Pick<ProcessIo, "onTermination" | "sayReady" | "systemctl" | "unitOf">;

/** What is watched, and how. */
export interface Watch {
  readonly token: BootToken;
  readonly service: WatchedProcess;
  readonly policy: HealthPolicy;
  /** How long the service has to end after SIGTERM. */
  readonly stopTimeoutMs: number;
  readonly reports: BootReports;
  readonly io: WatcherIo;
  readonly log: Log;
}

/** A report that cannot be written is tried again after this long, then after twice as long, and so on. */
const RETRY_MS = 5000;
const RETRIES = 6;

/** Watches one boot to its end. */
export async function watchService(watch: Watch): Promise<void> {
  const { service, io, token } = watch;
  const unit = io.unitOf(service.pid);
  let asked: { alive: boolean } | undefined;
  // What was alive when the signal came was not ended by its own fault; systemd also sweeps up after a crash.
  io.onTermination(() => asked ??= { alive: service.alive() });
  const health = healthWatch(service, io, watch.log);
  const options = { warnOnly: token.lenient };
  beginProbes(watch.policy, io);
  io.sayReady();
  const verdict = await waitForHealth(watch.policy, { ...health, cancelled: () => asked !== undefined }, options);
  switch (verdict.kind) {
    case "healthy":
      return await confirmHealthy({ ...watch, ...health }, verdict.upMs);
    case "unhealthy":
      return await endUnhealthy(watch, verdict.reason);
    case "cancelled":
      if (asked?.alive === true && (unit === undefined || await isStopAsked(unit, io.systemctl) === true)) {
        cancelAttempt(watch, "it was asked to end", token);
      }
      return;
    case "gone":
      return; // its boot was counted at the gate
  }
}

/** What a wait for health needs, of a process on this machine. */
export function healthWatch(service: WatchedProcess, io: WatcherIo, log: Log): HealthWatch {
  const unit = io.unitOf(service.pid);
  return {
    alive: () => service.alive(),
    io,
    ready: () => unit === undefined ? Promise.resolve(undefined) : isReady(unit, service.pid, io.systemctl),
    log,
  };
}

/** Reports that the service is healthy, for as long as it takes and the service lives. */
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
      // Our own trouble is no evidence against the service.
      const trouble = `The service is healthy, and that cannot be recorded: ${messageOf(error)}`;
      if (failures === 0) log("warn", `${trouble}; trying again`);
      if (++failures > RETRIES) {
        return log("warn", `${trouble}; giving up: run boot-sentinel confirm once that is fixed`);
      }
    }
    for (let left = RETRY_MS * 2 ** (failures - 1); left > 0 && alive(); left -= 100) await io.pause(100);
  }
}

/** A report's answer in words. */
export function showReport(report: HealthReport): string {
  switch (report.kind) {
    case "restored": {
      const lifted = report.lifted.length === 0 ? "" : `; no longer quarantined: ${report.lifted.join(", ")}`;
      return `${report.version}, which was put back, is healthy${lifted}`;
    }
    case "superseded":
      return `Nothing to confirm: another build or boot has taken the place of the watched one`;
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
    // Not counted, its end would only be repeated for ever.
    return log(
      "warn",
      `The service is ${reason}; it is left running, since that cannot be recorded: ${messageOf(error)}`,
    );
  }
  log("error", `The service is ${reason}: stopping it, so that the next boot counts on`);
  service.signal("SIGTERM");
  const end = io.now() + stopTimeoutMs;
  while (service.alive() && io.now() < end) await io.pause(50);
  if (!service.alive()) return;
  log("error", `The service did not end within ${stopTimeoutMs / 1000} s of SIGTERM: killing it with its group`);
  service.signal("SIGKILL", { group: true });
}
