/** `service`: installs a guarded service, or guards an existing one. @module */
import { resolve } from "@std/path/resolve.js";
import type { ServiceManager, ServicePlan } from "../../service/install/service_manager.ts";
import { showDuration } from "../../service/duration.ts";
import { stopTimeoutOf } from "../run/run_settings.ts";
import { answer, type Command, type Context } from "../command.ts";
import { EXIT } from "../../core/exit_codes.ts";
import { UsageError } from "../cli_errors.ts";
import { findProgram } from "../run/find_program.ts";
import { flagName, type OptionName, RUN_OPTIONS, specOf } from "../options/options.ts";

/** The options that are written into the command of the service. */
const PASSED_ON: readonly OptionName[] = [
  "appVersion",
  "maxAttempts",
  "keep",
  "name",
  "config",
  "quiet",
  "verbose",
  "logFormat",
  ...RUN_OPTIONS.filter((name) => name !== "dryRun" && name !== "webhook"),
];

/** The variable with the password of `--user`, for Windows. */
const PASSWORD = "BOOT_SENTINEL_SERVICE_PASSWORD";

/** The command. */
export const command: Command = {
  usage: "show|install|uninstall NAME [options] -- EXE [ARGS…]  |  show|install|uninstall --drop-in UNIT [options]",
  summary: "Install a guarded service, or guard an existing systemd unit",
  details: "The options of run are written into the service's command. --drop-in does not change the unit's own files.",
  verbs: ["show", "install", "uninstall"],
  examples: [
    "boot-sentinel service install web --probe http://127.0.0.1:8080/health -- /opt/web/server --port 8080",
    "boot-sentinel service show --drop-in legacy.service",
    "boot-sentinel service uninstall --drop-in legacy.service",
    "boot-sentinel service install Web --delayed --start -- C:\\web\\server.exe --port 8080",
  ],
  options: [...RUN_OPTIONS, "dropIn", "type", "user", "description", "delayed", "start"],
  finds: "none",
  positionals: [1, 2],
  async run(context) {
    const [verb = "", name] = context.positionals;
    const { dropIn } = context.settings;
    if ((name === undefined) === (dropIn === undefined)) {
      throw new UsageError(
        `Name one service: boot-sentinel service ${verb} NAME -- EXE [ARGS…], or service ${verb} --drop-in UNIT`,
      );
    }
    const manager = await managerOf(context);
    const target = { name: name ?? dropIn ?? "", wrap: dropIn !== undefined };
    if (context.settings.dryRun) return await previewChange(context, verb, target, manager);
    switch (verb) {
      case "show":
        context.io.stdout(await manager.show(planOf(context, target, verb)));
        return EXIT.ok;
      case "install":
        return report(context, target.name, "installed", await manager.install(planOf(context, target, verb)));
      case "uninstall":
        return report(context, target.name, "uninstalled", await manager.uninstall(target));
      default:
        throw new UsageError(`Unknown verb ${verb}: it must be show, install or uninstall`);
    }
  },
};

/** Shows what would be done. The dry run's file system cannot show it, since systemctl and Windows make the changes. */
async function previewChange(
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
    for (const warning of await manager.warnings(plan)) ports.log("warn", warning);
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
  // On Windows `service show NAME` without a program shows the installed service.
  const showsInstalled = verb === "show" && ports.host.os === "windows" && rest.length === 0;
  if (target.wrap !== (rest.length === 0) && !showsInstalled) {
    throw new UsageError(
      target.wrap
        ? "With --drop-in the program is that of the unit: omit -- and what follows it"
        : `No program is named: boot-sentinel service ${verb} NAME -- EXE [ARGS…]`,
    );
  }
  if (flags.webhook !== undefined) {
    // Its address often holds a token.
    throw new UsageError(
      'A webhook cannot be written into a service, whose command everybody can read: set "webhook" in ' +
        "boot-sentinel.config.json (mode 600), or in another file that --config names; nothing was installed",
    );
  }
  const [program = "", ...args] = rest;
  return {
    ...target,
    self: io.self,
    command: rest.length === 0 ? [] : [findProgram(program, context).absolute, ...args],
    exe: flags.exe === undefined ? undefined : resolve(io.cwd, String(flags.exe)),
    dataDir: flags["dataDir"] === undefined ? undefined : resolve(io.cwd, String(flags["dataDir"])),
    user: settings.user,
    type: settings.type,
    runArgs: PASSED_ON.flatMap((name) => argsOf(context, name)),
    stoppedArgs: (["config", "exitOk"] as const).flatMap((name) => argsOf(context, name)),
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

function argsOf({ flags, io }: Context, name: OptionName): string[] {
  const value = flags[name];
  if (value === undefined || value === false) return [];
  if (value === true) return [`--${flagName(name)}`];
  if (Array.isArray(value)) return value.flatMap((one) => [`--${flagName(name)}`, one]);
  if (name === "config" || name === "logFile") return [`--${flagName(name)}`, resolve(io.cwd, String(value))];
  return [`--${flagName(name)}`, specOf(name).kind === "duration" ? showDuration(Number(value)) : String(value)];
}

function report(context: Context, name: string, done: string, messages: readonly string[]): number {
  answer(context, messages.join("\n"), { service: name, [done]: true });
  return EXIT.ok;
}
