/** `watch`: the watcher of a boot, a process beside the service. `run` starts it, or the unit after the service. @module */
import type { Log } from "../../core/ports.ts";
import { steadyOutcome } from "../../core/gate/steady.ts";
import type { BootToken } from "../../core/gate/boot_token.ts";
import { filesBefore } from "../../service/health/before_start.ts";
import { expectedBy } from "../../service/health/watched_boot.ts";
import { watchService } from "../../service/health/watcher.ts";
import type { WatchedProcess } from "../../system/linux/watched_process.ts";
import { bootReports } from "../../core/changes/reports.ts";
import { isMissing } from "../../core/state/state_files.ts";
import { statePaths } from "../../core/state/paths.ts";
import { announceWatcher } from "../../core/state/watcher.ts";
import { type Command, type EarlyContext, subjectFrom, watchedBy } from "../command.ts";
import { EXIT } from "../../core/exit_codes.ts";
import { UsageError } from "../cli_errors.ts";
import { watchPolicy } from "../run/run_settings.ts";
import { RUN_OPTIONS } from "../options/options.ts";

/** The command. */
export const command: Command = {
  usage:
    "--exe PATH [--pid PID] [--unit UNIT] [options]  |  --follow [--to VERSION] [--name NAME] [--timeout 5m] [--json]",
  summary: "Start a watcher beside the service if this boot is on probation; --follow: look on until the verdict",
  details:
    "For ExecStartPost=, after check in ExecStartPre=. The watcher confirms a healthy build, and stops one that is\n" +
    "not healthy in time. With --follow it changes nothing: it tells what happens to the live build, or to the\n" +
    "one of that version, as deploy does.",
  examples: [
    "ExecStartPost=-+/usr/local/bin/boot-sentinel watch --name app --unit %n",
    "boot-sentinel watch --follow --name app",
  ],
  page: "docs/systemd.md",
  options: ["unit", "pid", "follow", "to", "timeout", ...RUN_OPTIONS],
  positionals: [0, 3],
  gate: true,
  early: (context) =>
    context.positionals.length === 0 && !context.settings.follow && watchNothing(context) ? EXIT.ok : undefined,
  async run(context) {
    const [pid = "", start = "", text = ""] = context.positionals;
    const { io } = context;
    if (context.settings.follow) {
      const { followNamed } = await import("../follow.ts");
      return await followNamed(context);
    }
    if (context.positionals.length < 3) {
      const { startWatcherBeside } = await import("../run/watcher.ts");
      return await startWatcherBeside(context);
    }
    const service = await io.watchProcess(Number(pid), start);
    if (service === undefined) {
      io.sayReady();
      return EXIT.ok;
    }
    const { settings, ports } = context;
    const subject = subjectFrom(context, { watched: true });
    const token = readToken(text);
    const policy = watchPolicy(settings, token);
    // Registered first: systemd waits for this process, too, when it stops the service.
    const leaving = settings.herd !== undefined && !settings.dryRun
      ? new Promise<void>((resolve) => io.onTermination(resolve))
      : undefined;
    await watchService({
      token,
      service: settings.dryRun ? withoutSignals(service, ports.log) : service,
      policy,
      stopTimeoutMs: settings.stopTimeout,
      reports: bootReports(ports, subject),
      io,
      announce: () => announceWatcher(ports, subject.dataDir, io.pid, expectedBy(policy, token)),
      before: filesBefore(ports.fs, subject.dataDir, token, io),
      log: ports.log,
    });
    if (leaving !== undefined) {
      const { syncBeside } = await import("../herd_of.ts");
      await Promise.race([syncBeside(context), leaving]);
    }
    return EXIT.ok;
  },
};

/** Whether nothing is to be watched, which is so at nearly all boots. */
function watchNothing(context: EarlyContext): boolean {
  const { settings, ports: { fs } } = context;
  const subject = subjectFrom(context, { watched: true });
  // After a start that ended by itself, the confirmed build is watched until it has lasted.
  if (!isMissing(fs, statePaths(subject.dataDir).crashes)) return false;
  const { watched, awaited } = watchedBy(settings);
  if (watched !== true && awaited !== true) return true;
  const outcome = steadyOutcome(fs, subject);
  return outcome !== undefined && outcome.token === undefined;
}

/** For a dry run: logs signals instead of sending them. */
function withoutSignals(service: WatchedProcess, log: Log): WatchedProcess {
  let ended = false;
  return {
    ...service,
    alive: () => !ended && service.alive(),
    signal(signal) {
      log("info", `would send ${signal} to process ${service.pid}`);
      return ended = true;
    },
  };
}

function readToken(text: string): BootToken {
  try {
    return JSON.parse(text) as BootToken;
  } catch {
    throw new UsageError("Cannot watch: the token is not JSON; this command is for boot-sentinel run only");
  }
}
