/** The settings of the herd in the file of a service, and the timer that asks it. @module */
import { messageOf, SentinelError } from "../../../core/errors.ts";
import type { Fs } from "../../../core/fs_port.ts";
import { putFiles, readText, type Undo } from "../../../service/install/put_files.ts";
import { systemctlLine } from "../../../service/install/systemd/ask_systemd.ts";
import { thisUser } from "../../../system/linux/this_user.ts";
import { EXIT } from "../../../core/exit_codes.ts";
import type { ProcessIo } from "../../../system/process/process_io.ts";
import { UsageError } from "../../cli_errors.ts";
import { wouldRun } from "../../would_run.ts";
import type { Context } from "../../command.ts";
import { fileOptions, type OptionName } from "../../options/options.ts";
import { registeredService, registeredServices, registryFolders, unknownService } from "../../options/registry.ts";

/** The options of the herd that a file can hold. */
export function herdOptions(): OptionName[] {
  return fileOptions().filter((name) => name.startsWith("herd"));
}

/** The service that a herd is joined or left for. */
export interface HerdService {
  readonly name: string;
  /** The file that registers it. */
  readonly path: string;
}

/** Finds it. @throws {UsageError} */
export function herdService({ settings: { name }, services, ports: { fs, host: { os } }, io }: Context): HerdService {
  const registry = { fs, io, os };
  if (name === undefined) {
    const those = services.length === 0 ? "none is registered" : `the services are ${services.join(", ")}`;
    throw new UsageError(`No service is named: add --name NAME; ${those}`);
  }
  const service = registeredService(registry, name);
  if (service === undefined) throw unknownService(name, registeredServices(registry).map(({ name }) => name));
  return service;
}

/** Writes the settings of the herd into the file of a service, in place of those that it has. */
export function putHerdSettings(fs: Fs, path: string, settings: Readonly<Record<string, unknown>>): Undo {
  const others = Object.entries(settingsIn(fs, path)).filter(([key]) => !isHerds(key));
  const text = `${JSON.stringify({ ...Object.fromEntries(others), ...settings }, null, 2)}\n`;
  return putFiles(fs, [{ path, text, mode: fs.info(path).mode & 0o777 }]);
}

/** The settings of the herd in the file of a service: another installation of the service keeps them. */
export function herdSettingsOf({ ports: { fs, host: { os } }, io }: Context, name: string): Record<string, unknown> {
  const service = registeredService({ fs, io, os }, name);
  if (service === undefined) return {};
  return Object.fromEntries(Object.entries(settingsIn(fs, service.path)).filter(([key]) => isHerds(key)));
}

function isHerds(key: string): boolean {
  return herdOptions().includes(key as OptionName);
}

function settingsIn(fs: Fs, path: string): Record<string, unknown> {
  try {
    return JSON.parse(readText(fs, path) ?? "{}");
  } catch (error) {
    const text = `Cannot change ${path}: it is not JSON (${messageOf(error)}); nothing was changed; ` +
      "boot-sentinel config validate";
    throw new UsageError(text, EXIT.badConfig);
  }
}

/** Whatever starts a command again and again on this system. */
export interface HerdTimer {
  install(name: string): Promise<string[]>;
  remove(name: string): Promise<string[]>;
  /** `undefined`: that could not be seen. */
  isOn(name: string): Promise<boolean | undefined>;
  /** The command that shows it. */
  show(name: string): string;
}

/** That of this system. */
export async function herdTimer({ io, settings, ports: { fs, host: { os } } }: Context): Promise<HerdTimer> {
  if (os === "windows") {
    const { installTask, isTaskThere, removeTask, taskName } = await import("../../../service/install/herd_task.ts");
    const runTool: ProcessIo["runTool"] = settings.dryRun
      ? (program, ...words) => wouldRun({ io }, program)(...words)
      : io.runTool;
    const [folder = ""] = registryFolders({ os, io });
    const machine = { fs, runTool, folder, windows: io.env.get("SystemRoot") ?? "C:\\Windows" };
    return {
      install: (name) => installTask(machine, { name, self: io.self }),
      remove: (name) => removeTask(machine, name),
      isOn: (name) => Promise.resolve(isTaskThere(machine, name)),
      show: (name) => `schtasks /Query /TN ${taskName(name)}`,
    };
  }
  if (os === "linux") {
    const { installTimer, isTimerOn, removeTimer, timerName } = await import(
      "../../../service/install/systemd/herd_timer.ts"
    );
    const systemctl = settings.dryRun ? wouldRun({ io }, "systemctl") : io.systemctl;
    const scope = { fs, io: { systemctl, env: io.env }, isUsers: thisUser().uid !== 0 };
    return {
      install: (name) => installTimer(scope, { name, self: io.self }),
      remove: (name) => removeTimer(scope, name),
      isOn: (name) => isTimerOn(scope, name),
      show: (name) => systemctlLine(scope, "status", `${timerName(name)}.timer`),
    };
  }
  throw new SentinelError("nothing", `Cannot install a timer on this system: ${os}; nothing was changed`);
}
