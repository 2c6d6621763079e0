/** `deploy`: replaces the program by an update, restarts the service, and waits for the verdict. @module */
import { EXIT } from "../../../core/exit_codes.ts";
import { controlPath, isControlName, statePaths } from "../../../core/state/paths.ts";
import type { LockHandle } from "../../../core/ports.ts";
import { restart } from "../../../service/deploy/restart.ts";
import type { Verdict } from "../../../service/deploy/follow.ts";
import { type Command, type Context, exeOf, subjectFrom } from "../../command.ts";
import { UsageError } from "../../cli_errors.ts";
import { conclude, follow, type FollowedBuild, liveBuild, refuseUnseen, say, serviceWords } from "../../follow.ts";
import { EVENTS } from "../../options/options.ts";
import { sentinelOf } from "../../sentinel_of.ts";
import { swapIn, UPDATE_OPTIONS } from "../../swap_in.ts";

/** The command. */
export const command: Command = {
  usage: "[FILE --to VERSION] [--name NAME] [--timeout 5m] [--restart-command COMMAND] [options]",
  summary: "Swap, restart the service, and wait: exit 0 confirmed, 1 put back or refused, 2 not decided in time",
  details:
    "Restarts by --restart-command, else by the service's systemd unit or Windows service, else by its running\n" +
    "`run --supervise`. With none of them the service has to be restarted by somebody else. Without FILE the build\n" +
    "that is in place is restarted and waited for. On a terminal a live view, else a line for each event, with --json\n" +
    "an object. Ctrl-C ends the waiting only.",
  examples: [
    "boot-sentinel deploy server-2.0.0 --to 2.0.0 --name web",
    "boot-sentinel deploy server-2.0.0 --to 2.0.0 --exe /opt/app/server --restart-command 'sv restart app'",
    "boot-sentinel deploy --name web",
  ],
  page: "docs/deploy.md",
  options: [...UPDATE_OPTIONS, "timeout", "restartCommand", "unit", ...EVENTS],
  positionals: [0, 1],
  async run(context) {
    refuseWithoutFile(context);
    refuseUnseen(context);
    const lock = lockDeployments(context);
    if (lock === "busy") return refuseSecond(context);
    try {
      const seen = sentinelOf(context).history().length;
      const build = context.positionals.length === 0 ? inPlace(context, seen) : await swapped(context, seen);
      if (typeof build === "number") return build;
      const fault = await restartService(context);
      const code = fault === undefined ? await follow(context, build) : conclude(context, build, fault);
      await syncBriefly(context);
      return code;
    } finally {
      lock?.release();
    }
  },
};

/** Options that say which update, without an update. */
function refuseWithoutFile({ positionals, originOf }: Context): void {
  if (positionals.length > 0) return;
  const flag = UPDATE_OPTIONS.map((name) => originOf(name)).find(({ kind }) => kind === "flag")?.where;
  if (flag === undefined) return;
  throw new UsageError(
    `FILE is missing: ${flag} is about an update; nothing was changed; name its file, or omit ${flag}`,
  );
}

/** One deployment of a program at a time; `undefined` where locks do not work, and in a dry run. */
function lockDeployments(context: Context): LockHandle | "busy" | undefined {
  const { settings, ports } = context;
  if (settings.dryRun) return undefined;
  const { dataDir } = subjectFrom(context);
  const lock = ports.lock.acquire(statePaths(dataDir).deployLock, 0);
  return lock === "unavailable" ? undefined : lock;
}

function refuseSecond(context: Context): number {
  const reason = `another deployment of ${exeOf(context)} is under way`;
  const further = `boot-sentinel watch --follow ${serviceWords(context)}`;
  say(context, `Not deployed: ${reason}; nothing was changed; to look on: ${further}`, { confirmed: false, reason });
  return EXIT.no;
}

/** The build that is in place, to be started again. */
function inPlace(context: Context, seen: number): FollowedBuild | number {
  if (context.settings.dryRun) return EXIT.ok;
  const { version, digest } = liveBuild(context);
  return { version, digest, seen };
}

/** Puts the update in place; a number: there is nothing to wait for. */
async function swapped(context: Context, seen: number): Promise<FollowedBuild | number> {
  const { version, swapped } = await swapIn(context, (update) => syncBriefly(context, update));
  if (swapped.kind === "already" && swapped.confirmed) {
    const text = `Nothing to deploy: ${exeOf(context)} is ${swapped.version} already, confirmed`;
    const { version, digest } = sentinelOf(context).status().live;
    say(context, text, { confirmed: true, version, digest });
    return EXIT.ok;
  }
  if (context.settings.dryRun) return EXIT.ok;
  const { live } = sentinelOf(context).status();
  return { version: swapped.kind === "already" ? swapped.version : version, digest: live.digest, seen };
}

/** Syncs with the herd, if there is one: best effort, and bounded in time. `update`: a build that is to be installed. */
async function syncBriefly(
  context: Context,
  update?: { readonly digest: string; readonly version: string },
): Promise<void> {
  if (context.settings.herd === undefined || context.settings.dryRun) return;
  const { syncBeside } = await import("../../herd_of.ts");
  await syncBeside(context, update);
}

/** Restarts the service; the verdict, when that failed: no boot is to be waited for. */
async function restartService(context: Context): Promise<Verdict | undefined> {
  const { settings, io, ports } = context;
  const { restartCommand, timeout, unit, name } = settings;
  const leaving = new AbortController();
  // Without this Ctrl-C would end this process only, and the command would go on unseen.
  if (restartCommand !== undefined) io.onTermination(() => leaving.abort());
  const done = await restart({
    command: restartCommand,
    commandTimeoutMs: timeout,
    callOff: leaving.signal,
    unit,
    service: name === undefined || ports.host.os !== "windows" ? undefined : {
      name,
      restart: async () => (await import("../../../system/windows/service_manager.ts")).restartService(name),
    },
    supervisors: {
      sockets: controlSockets(context),
      ask: async (socket) => (await import("../../../service/supervise/linux_supervisor.ts")).askForRestart(socket),
    },
  }, io);
  if (done === undefined) {
    ports.log("warn", "Nobody said how to restart the service: restart it now (or name --restart-command, or --unit)");
  } else if ("fault" in done) {
    const reason = `the restart failed: ${done.fault}; the build is in place`;
    if (settings.json) say(context, "", { event: "restart-failed", reason: done.fault });
    return { kind: "undecided", why: "stuck", reason, needsStart: true };
  } else say(context, `Restarting: ${done.by}`, { event: "restart", by: done.by });
  return undefined;
}

/** The sockets of running supervisors, and perhaps of some that were killed. */
function controlSockets(context: Context): string[] {
  const { dataDir, instance } = subjectFrom(context);
  if (context.ports.host.os === "windows") return [];
  if (instance !== undefined) return [controlPath(dataDir, instance)];
  try {
    return context.ports.fs.list(dataDir).filter(isControlName).map((name) => `${dataDir}/${name}`);
  } catch {
    return [];
  }
}
