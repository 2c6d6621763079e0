/** `service`: install a guarded service, or guard an existing one. @module */
import { resolve } from "@std/path/resolve.js";
import type { ServiceManager, ServicePlan } from "../../service/install/service_manager.ts";
import { showDuration } from "../../service/duration.ts";
import { stopTimeoutOf } from "../run/stop_timeout.ts";
import { answer, type Command, type Context } from "../command.ts";
import { EXIT } from "../../core/exit_codes.ts";
import { UsageError } from "../cli_errors.ts";
import { findProgram } from "../run/find_program.ts";
import { flagName, type OptionName, specOf } from "../options/options.ts";
import { RUN_OPTIONS } from "../options/run_options.ts";

/** Options that are handed on to `run` beside its own. */
const HANDED_ON: readonly OptionName[] = [
  "appVersion",
  "maxAttempts",
  "keep",
  "name",
  "config",
  "quiet",
  "verbose",
  "logFormat",
  ...RUN_OPTIONS.filter((name) => name !== "dryRun"),
];

/** The variable that holds the password of `--user`, where it needs one. */
const PASSWORD = "BOOT_SENTINEL_SERVICE_PASSWORD";

/** The command. */
export const command: Command = {
  usage: "show|install|uninstall NAME [options] -- EXE [ARGS…]  |  show|install|uninstall --drop-in UNIT [options]",
  summary: "Install a service behind the gate, or put the gate before an existing one",
  details: "Options of run are written into the service's command. --drop-in leaves the unit itself untouched.",
  verbs: ["show", "install", "uninstall"],
  examples: [
    "boot-sentinel service install web --probe http://127.0.0.1:8080/health -- /opt/web/server --port 8080",
    "boot-sentinel service show --drop-in legacy.service",
    "boot-sentinel service uninstall --drop-in legacy.service",
    "boot-sentinel service install Web --delayed --start -- C:\\web\\server.exe --port 8080",
  ],
  options: [...RUN_OPTIONS, "dropIn", "type", "user", "description", "delayed", "start"],
  positionals: [1, 2],
  async run(context) {
    const [verb = "", name] = context.positionals;
    const { dropIn } = context.settings;
    if ((name === undefined) === (dropIn === undefined)) {
      throw new UsageError(`Which service? service ${verb} NAME -- EXE [ARGS…], or service ${verb} --drop-in UNIT`);
    }
    const manager = await managerOf(context);
    const target = { name: name ?? dropIn ?? "", wrap: dropIn !== undefined };
    if (context.settings.dryRun) return await rehearse(context, verb, target, manager);
    switch (verb) {
      case "show":
        context.io.stdout(await manager.show(planOf(context, target, verb)));
        return EXIT.ok;
      case "install":
        return say(context, target.name, "installed", await manager.install(planOf(context, target, verb)));
      case "uninstall":
        return say(context, target.name, "uninstalled", await manager.uninstall(target));
      default:
        throw new UsageError(`Unknown verb ${verb}: it is show, install or uninstall`);
    }
  },
};

/** Units are no files of the gate's, so that a dry run says here what it would do. */
async function rehearse(
  context: Context,
  verb: string,
  target: { name: string; wrap: boolean },
  manager: ServiceManager,
): Promise<number> {
  const { io, ports } = context;
  if (verb === "uninstall") io.stdout(`would uninstall ${target.name}\n`);
  else {
    const plan = planOf(context, target, verb);
    io.stdout(`would install:\n${await manager.show(plan)}`);
    for (const doubt of await manager.warnings(plan)) ports.log("warn", doubt);
  }
  return EXIT.ok;
}

async function managerOf({ ports, io }: Context): Promise<ServiceManager> {
  if (ports.host.os === "linux") {
    const { systemdManager } = await import("../../service/install/systemd/manager.ts");
    return systemdManager(ports.fs, io);
  }
  if (ports.host.os === "windows") {
    const [{ windowsManager }, services] = await Promise.all([
      import("../../service/install/windows_manager.ts"),
      import("../../system/windows/service_manager.ts"),
    ]);
    return windowsManager(services, io.env.all);
  }
  throw new UsageError(`Cannot install services on this system: ${ports.host.os}`);
}

function planOf(context: Context, target: { name: string; wrap: boolean }, verb: string): ServicePlan {
  const { settings, io, ports, flags, rest = [] } = context;
  // Windows' manager can be asked for what is installed, without a word about what should be.
  const asks = verb === "show" && ports.host.os === "windows";
  if (target.wrap !== (rest.length === 0) && !(asks && rest.length === 0)) {
    throw new UsageError(
      target.wrap
        ? "The program is the existing unit's own: leave out what follows --"
        : "Which program? Put it after --: service install NAME -- EXE [ARGS…]",
    );
  }
  const [word = "", ...args] = rest;
  return {
    ...target,
    self: io.self,
    command: rest.length === 0 ? [] : [findProgram(word, context).absolute, ...args],
    exe: flags.exe === undefined ? undefined : resolve(io.cwd, String(flags.exe)),
    dataDir: flags["dataDir"] === undefined ? undefined : resolve(io.cwd, String(flags["dataDir"])),
    user: settings.user,
    type: settings.type,
    runArgs: HANDED_ON.flatMap((name) => wordsOf(context, name)),
    stoppedArgs: (["config", "exitOk"] as const).flatMap((name) => wordsOf(context, name)),
    maxAttempts: settings.maxAttempts,
    afterRollback: settings.afterRollback,
    deadlineMs: settings.healthyDeadline,
    stopTimeoutMs: stopTimeoutOf(context),
    description: settings.description,
    delayed: settings.delayed,
    password: io.env.get(PASSWORD),
    start: settings.start,
  };
}

function wordsOf({ flags, io }: Context, name: OptionName): string[] {
  const value = flags[name];
  if (value === undefined || value === false) return [];
  if (value === true) return [`--${flagName(name)}`];
  if (Array.isArray(value)) return value.flatMap((one) => [`--${flagName(name)}`, one]);
  if (name === "config" || name === "logFile") return [`--${flagName(name)}`, resolve(io.cwd, String(value))];
  return [`--${flagName(name)}`, specOf(name).kind === "duration" ? showDuration(Number(value)) : String(value)];
}

function say(context: Context, name: string, done: string, sentences: readonly string[]): number {
  answer(context, sentences.join("\n"), { service: name, [done]: true });
  return EXIT.ok;
}
