/** `service`: installs a guarded service, or guards an existing one. @module */
import { resolve } from "@std/path/resolve.js";
import type { LeavePlan, Preview, ServiceManager, ServicePlan } from "../../service/install/service_manager.ts";
import { GATE_MAY_TAKE_MS, SNAPSHOT_MAY_TAKE_MS } from "../../service/install/systemd/mend.ts";
import type { Examine } from "../../service/install/examine_plan.ts";
import { withIo } from "../../system/process/process_io.ts";
import { wouldRun } from "../would_run.ts";
import { showDuration } from "../../service/duration.ts";
import { stopTimeoutOf } from "../run/run_settings.ts";
import { answer, type Command, type Context, dataOf } from "../command.ts";
import { messageOf } from "../../core/errors.ts";
import { EXIT } from "../../core/exit_codes.ts";
import { UsageError } from "../cli_errors.ts";
import { findProgram } from "../run/find_program.ts";
import { herdSettingsOf, herdTimer } from "./herd/registered_herd.ts";
import { givenSettings } from "../options/given_settings.ts";
import { fileOptions, flagName, type OptionName, RUN_OPTIONS, specOf } from "../options/options.ts";
import { type Guarded, guardedBy, nameFault, registeredService, registryFolders } from "../options/registry.ts";

/** The options that say what is guarded, and where its state lies; the manager decides about them. */
const DECIDED: readonly OptionName[] = ["exe", "guard", "dataDir", "unit", "instance", "json"];

/** The options that are written into the command of a Windows service. */
const PASSED_ON: readonly OptionName[] = [
  "with",
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
  details:
    "The settings are registered under the name, for all commands. The gate is put beside the service: its own\n" +
    "command and unit file stay as they are. show changes nothing. Without root: the user's own units.",
  verbs: ["show", "install", "uninstall"],
  examples: [
    "boot-sentinel service install web --probe http://127.0.0.1:8080/health -- /opt/web/server --port 8080",
    "boot-sentinel service install --drop-in legacy.service --start --probe tcp://127.0.0.1:4222",
    "boot-sentinel service install --drop-in app.service --guard /opt/app/app.js",
    "boot-sentinel service uninstall legacy --purge",
    "boot-sentinel service install Web --delayed --start -- C:\\web\\server.exe --port 8080",
  ],
  page: "docs/systemd.md",
  options: [
    ...RUN_OPTIONS,
    "beforeSwap",
    "minisignKey",
    "dropIn",
    "type",
    "user",
    "description",
    "delayed",
    "start",
    "purge",
  ],
  finds: "none",
  positionals: [1, 2],
  async run(context) {
    const [verb = "", positional] = context.positionals;
    const { dropIn } = context.settings;
    const name = positional ?? dropIn?.replace(/\.service$/, "");
    if (name === undefined) {
      throw new UsageError(
        `Name one service: boot-sentinel service ${verb} NAME -- EXE [ARGS…], or service ${verb} --drop-in UNIT`,
      );
    }
    const fault = context.ports.host.os === "windows" ? undefined : nameFault(name);
    if (fault !== undefined) throw new UsageError(`Cannot use ${name} as a service's name: ${fault}`);
    const isDry = context.settings.dryRun;
    const isTold = isDry && verb === "uninstall";
    const told = isTold
      ? { ...context, io: withIo(context.io, { systemctl: wouldRun(context, "systemctl") }) }
      : context;
    const manager = await managerOf(told);
    const leave: LeavePlan = { name, dropIn, purge: context.settings.purge };
    switch (verb) {
      case "show":
        return show(context, await manager.show(planOf(context, name, verb)));
      case "install": {
        const plan = planOf(context, name, verb);
        if (isDry) return await preview(context, await manager.show(plan));
        return report(context, name, "installed", await manager.install(plan));
      }
      case "uninstall":
        return await uninstall(told, leave, manager);
      default:
        throw new UsageError(`Unknown verb ${verb}: it must be show, install or uninstall`);
    }
  },
};

async function uninstall(context: Context, plan: LeavePlan, manager: ServiceManager): Promise<number> {
  const { settings, io, ports: { host } } = context;
  const { name } = plan;
  if (settings.dryRun) io.stdout(`would uninstall ${name}\n`);
  // The service control manager has no dry run.
  if (settings.dryRun && host.os === "windows") return EXIT.ok;
  const known = await registeredAs(context, name);
  const unprotected = await unconfirmed(context, known);
  const messages = [
    ...unprotected,
    ...await manager.uninstall(plan),
    ...await (await herdTimer(context)).remove(name),
    ...await forget(context, name, known),
  ];
  // In a dry run the file system and the manager tell what would be done.
  return settings.dryRun ? EXIT.ok : report(context, name, "uninstalled", messages);
}

/** A dry run of `install`: shows it, and lets the file system of the dry run record what would be written. */
async function preview(context: Context, shown: Preview): Promise<number> {
  const { putFiles } = await import("../../service/install/put_files.ts");
  putFiles(context.ports.fs, shown.files);
  return show(context, shown);
}

function show(context: Context, { text, findings }: Preview): number {
  const { io, settings } = context;
  if (settings.json) answer(context, "", { text, findings });
  else {
    const lines = findings.map(({ check, verdict, text, advice }) =>
      `# ${verdict}, ${check}: ${text}${advice === undefined ? "" : `; ${advice}`}\n`
    );
    io.stdout(`${lines.join("")}\n${text}`);
  }
  return EXIT.ok;
}

/** What a registered service guards, and where its state and its metrics are; empty when none has that name. */
async function registeredAs({ ports: { fs, host: { os } }, io }: Context, name: string): Promise<Partial<Guarded>> {
  const registry = { fs, io, os };
  const service = registeredService(registry, name);
  return service === undefined ? {} : await guardedBy(registry, service);
}

/** A build that nobody confirmed is live: without the gate nothing puts last-good back. */
async function unconfirmed(context: Context, { guarded: exe, dataDir }: Partial<Guarded>): Promise<string[]> {
  if (exe === undefined || dataDir === undefined) return [];
  const { BootSentinel } = await import("../../system/boot_sentinel.ts");
  const { pending, lastGood } = new BootSentinel({ exe, dataDir }, context.ports).status();
  if (pending === null) return [];
  const back = lastGood === null ? "" : `; ${lastGood.version} was to be put back if it failed`;
  return [`${pending.version} is not confirmed, and nothing puts another build back any more${back}`];
}

/** Removes a service from its metrics file, where other services stay. */
async function forget(
  { ports: { fs, lock } }: Context,
  service: string,
  { guarded: exe, metricsFile: path }: Partial<Guarded>,
): Promise<string[]> {
  if (exe === undefined || path === undefined) return [];
  const { forgetMetrics } = await import("../../service/events/metrics.ts");
  try {
    return forgetMetrics({ path, fs, lock }, { exe, service }) ? [`Removed its metrics from ${path}`] : [];
  } catch (error) {
    return [`Its metrics are still in ${path}: ${messageOf(error)}; remove the lines with service="${service}"`];
  }
}

async function managerOf({ ports, io }: Context): Promise<ServiceManager> {
  const { fs, host: { os } } = ports;
  if (os === "linux") {
    const [{ systemdManager }, { examineService }, { doctorMachine }] = await Promise.all([
      import("../../service/install/systemd/manager.ts"),
      import("../../service/doctor/examine_service.ts"),
      import("../../service/doctor/machine.ts"),
    ]);
    const machine = doctorMachine(ports, io);
    const examine: Examine = (target) => examineService(target, machine);
    return systemdManager({ fs, io, isUsers: machine.user.uid !== 0, examine });
  }
  if (os === "windows") {
    const [{ windowsManager }, services] = await Promise.all([
      import("../../service/install/windows_manager.ts"),
      import("../../system/windows/service_manager.ts"),
    ]);
    const [folder = ""] = registryFolders({ os, io });
    return windowsManager(services, io.env.all, { fs, folder });
  }
  throw new UsageError(`Cannot install services on this system: ${os}`);
}

function planOf(context: Context, name: string, verb: string): ServicePlan {
  const { settings, io, ports, flags, rest = [] } = context;
  // On Windows `service show NAME` without a program shows the installed service.
  const showsInstalled = verb === "show" && ports.host.os === "windows" && rest.length === 0;
  const { dropIn } = settings;
  if ((dropIn !== undefined) !== (rest.length === 0) && !showsInstalled) {
    throw new UsageError(
      dropIn === undefined
        ? `No program is named: boot-sentinel service ${verb} NAME -- EXE [ARGS…]`
        : "With --drop-in the program is that of the unit: omit -- and what follows it",
    );
  }
  if (flags.webhook !== undefined) {
    // Its address often holds a token, and every user can read this command.
    throw new UsageError(
      "A webhook is not taken from the command line, which everybody can read; nothing was installed; set it for this " +
        'command in the environment (BOOT_SENTINEL_WEBHOOK=URL), or as "webhook" in the file of the service (mode 600)',
    );
  }
  if (settings.data !== undefined && ports.host.os === "windows") {
    throw new UsageError("Cannot use --data on Windows: no snapshots are taken there; nothing was installed");
  }
  const [program = "", ...args] = rest;
  const path = (flag: OptionName) => flags[flag] === undefined ? undefined : resolve(io.cwd, String(flags[flag]));
  const hooks = settings.afterRollbackHook === undefined ? 0 : settings.dataHookTimeout;
  return {
    name,
    dropIn,
    self: io.self,
    command: rest.length === 0 ? [] : [findProgram(program, context).absolute, ...args],
    exe: path("exe"),
    guard: path("guard"),
    dataDir: path("dataDir"),
    ...dataOf(context),
    members: settings.with,
    user: settings.user,
    type: settings.type,
    settings: {
      ...herdSettingsOf(context, name),
      ...givenSettings(context, fileOptions().filter((option) => !DECIDED.includes(option))),
    },
    probes: settings.probe ?? [],
    probeTimeoutMs: settings.probeTimeout,
    isConfirmedByHand: settings.confirm === "manual",
    runArgs: PASSED_ON.flatMap((option) => argsOf(context, option)),
    maxAttempts: settings.maxAttempts,
    afterRollback: settings.afterRollback,
    gateMs: GATE_MAY_TAKE_MS + hooks + (settings.data === undefined ? 0 : SNAPSHOT_MAY_TAKE_MS),
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
  if (name === "config" || name === "logFile" || name === "data") {
    return [`--${flagName(name)}`, resolve(io.cwd, String(value))];
  }
  return [`--${flagName(name)}`, specOf(name).kind === "duration" ? showDuration(Number(value)) : String(value)];
}

function report(context: Context, name: string, done: string, messages: readonly string[]): number {
  answer(context, messages.join("\n"), { service: name, [done]: true, messages });
  return EXIT.ok;
}
