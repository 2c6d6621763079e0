/** Installs services in the Windows service control manager. @module */
import { messageOf, SentinelError } from "../../core/errors.ts";
import type { ServiceReport, ServiceSpec } from "../../system/windows/service_manager.ts";
import { commandLine } from "../../system/windows/quote.ts";
import type { Fs } from "../../core/fs_port.ts";
import { directoryOf, fileIn } from "../../core/state/paths.ts";
import { filesLeft, removeLeft } from "./leave.ts";
import { type NewFile, putFiles } from "./put_files.ts";
import { registeredPlace, registryFile } from "./registry_file.ts";
import type { LeavePlan, ServiceManager, ServicePlan } from "./service_manager.ts";
import { affectedRuntime, FATAL_VARIABLES } from "./runtime_variables.ts";

/** The calls to the Windows service control manager. Each throws an error that says what happened and what to do. */
export interface WindowsServices {
  /** Returns warnings. */
  installService(spec: ServiceSpec): string[];
  uninstallService(name: string, options?: { readonly stopTimeoutMs?: number }): void;
  showService(name: string): ServiceReport | undefined;
  startService(name: string): void;
}

/** Added to the program's stop timeout: the time that the host needs to end itself. */
const STOP_MARGIN_MS = 10_000;
/** How long `uninstall` waits for a service to stop. It does not know the stop timeout that was configured. */
const LONGEST_STOP_MS = 120_000;
/** Windows allows no slashes in a service's name. Quotation marks and line breaks would be misread in messages. */
const GOOD_NAME = /^[^\\/"\r\n\t]{1,256}$/;

/**
 * The service manager of this machine.
 *
 * @param env The environment of this process: the runtime variables in it may be set for the whole machine.
 * @param registry Where a service is registered, so that every command knows its program and settings.
 */
export function windowsManager(
  services: WindowsServices,
  env: Readonly<Record<string, string | undefined>>,
  registry: { readonly fs: Fs; readonly folder: string },
): ServiceManager {
  return {
    show: (plan) =>
      asPromise(() => {
        const present = services.showService(checkedName(plan.name));
        const isNew = plan.command.length > 0;
        const text = isNew ? show(plan, specOf(plan, env), present) : showPresent(plan.name, present);
        return { text, findings: [], files: isNew ? [registered(plan, registry)] : [] };
      }),
    install: (plan) => asPromise(() => install(services, plan, specOf(plan, env), registry)),
    uninstall: (plan) => asPromise(() => uninstall(services, plan, registry)),
  };
}

/** Turns errors of the system into a `SentinelError`. */
function asPromise<T>(act: () => T): Promise<T> {
  try {
    return Promise.resolve(act());
  } catch (error) {
    if (error instanceof SentinelError) return Promise.reject(error);
    return Promise.reject(new SentinelError("nothing", messageOf(error), error));
  }
}

/** A registry of services. */
interface Registry {
  readonly fs: Fs;
  readonly folder: string;
}

function uninstall(services: WindowsServices, { name, dropIn, purge }: LeavePlan, { fs, folder }: Registry): string[] {
  refuseDropIn(dropIn !== undefined, name);
  services.uninstallService(checkedName(name), { stopTimeoutMs: LONGEST_STOP_MS });
  const registered = fileIn(folder, `${name}.json`);
  const { guarded: exe, dataDir } = registeredPlace(fs, registered) ?? {};
  fs.remove(registered);
  const files = exe === undefined || dataDir === undefined ? [] : filesLeft(fs, exe, dataDir);
  const failures = purge && dataDir !== undefined ? removeLeft(fs, files, dataDir) : [];
  const left = purge ? [] : files.map((file) => `Left: ${file}`);
  return [`${name} is stopped and uninstalled; its program is unchanged`, ...left, ...failures];
}

function registered({ name, command: [exe = ""], dataDir, settings }: ServicePlan, { folder }: Registry): NewFile {
  return registryFile(fileIn(folder, `${name}.json`), { ...settings, exe, dataDir: dataDir ?? directoryOf(exe) });
}

function install(services: WindowsServices, plan: ServicePlan, spec: ServiceSpec, registry: Registry): string[] {
  const undo = putFiles(registry.fs, [registered(plan, registry)]);
  const messages = [`Installed the service ${plan.name}`];
  try {
    messages.push(...services.installService(spec));
  } catch (error) {
    undo();
    throw error;
  }
  if (!plan.start) return [...messages, `Start it: sc start ${plan.name}`];
  try {
    services.startService(plan.name);
    return [...messages, `${plan.name} is starting through the gate`];
  } catch (error) {
    const text = `The service ${plan.name} is installed, but does not start: ${messageOf(error)}`;
    throw new SentinelError("nothing", text);
  }
}

function specOf(plan: ServicePlan, env: Readonly<Record<string, string | undefined>>): ServiceSpec {
  refuseDropIn(plan.dropIn !== undefined, plan.name);
  const name = checkedName(plan.name);
  const [program = "", ...args] = plan.command;
  if (plan.exe !== undefined && plan.exe.toLowerCase() !== program.toLowerCase()) {
    throw new SentinelError(
      "nothing",
      `Cannot install ${name}: on Windows the guarded program is the first argument after --; nothing was changed; ` +
        "omit --exe",
    );
  }
  const dataDir = plan.dataDir === undefined ? [] : ["--data-dir", plan.dataDir];
  const source = plan.runArgs.includes("--event-source") ? [] : ["--event-source", name];
  const { user, password, description } = plan;
  return {
    name,
    program: plan.self,
    args: ["run", ...plan.runArgs, ...source, ...dataDir, "--", program, ...args],
    description: description ?? `${name} (updates guarded by boot-sentinel)`,
    start: plan.delayed ? "delayed" : "auto",
    preshutdownMs: plan.stopTimeoutMs + STOP_MARGIN_MS,
    environment: clearedVariables(env),
    ...(user === undefined ? {} : { account: accountOf(user) }),
    ...(password === undefined ? {} : { password }),
  };
}

/** Windows cannot unset a variable of the machine for one service, so the service's environment sets it to "". */
function clearedVariables(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const present = Object.keys(env).filter(affectedRuntime).map((name) => name.toUpperCase()).sort();
  return Object.fromEntries([...FATAL_VARIABLES, ...present].map((name) => [name, ""]));
}

/** Windows needs built-in accounts as `NT AUTHORITY\NAME` and local users as `.\NAME`. */
function accountOf(user: string): string {
  if (/^(LocalService|NetworkService)$/i.test(user)) return `NT AUTHORITY\\${user}`;
  return /[\\@]|^LocalSystem$/i.test(user) ? user : `.\\${user}`;
}

function show(plan: ServicePlan, spec: ServiceSpec, present: ServiceReport | undefined): string {
  return rows([
    ["service", spec.name],
    ["command", commandLine(spec.program, spec.args)],
    ["start", spec.start === "delayed" ? "automatic, delayed" : "automatic"],
    ["account", spec.account ?? "LocalSystem"],
    ["description", spec.description ?? ""],
    ["recovery", "restart after 5 s, 5 s, 30 s, also when the service reports a failure"],
    ["stop", `${plan.stopTimeoutMs / 1000} s to end, then its process tree is killed`],
    ["environment", Object.keys(spec.environment ?? {}).map((name) => `${name}=`).join(" ")],
    ["event log", `Application, source ${spec.name}`],
    ["now", present === undefined ? "not installed" : `installed, ${present.state}`],
  ]);
}

function showPresent(name: string, present: ServiceReport | undefined): string {
  if (present === undefined) {
    throw new SentinelError(
      "missing",
      `Cannot show ${name}: no such service is installed; sc query lists the services`,
    );
  }
  const { restartDelaysMs: delays, restartsOnFailureCode: onCode } = present;
  const recovery = delays.map((delay) => `${delay / 1000} s`).join(", ");
  return rows([
    ["service", present.name],
    ["command", present.commandLine],
    ["start", present.start],
    ["account", present.account],
    ["description", present.description],
    [
      "recovery",
      recovery === "" ? "none" : `restart after ${recovery}${onCode ? ", also when it reports a failure" : ""}`,
    ],
    ["environment", present.environment.join(" ")],
    [
      "now",
      `${present.state}${present.pid === 0 ? "" : `, process ${present.pid}`}, last exit code ${present.exitCode}`,
    ],
  ]);
}

function rows(pairs: readonly (readonly [what: string, text: string])[]): string {
  return pairs.map(([what, text]) => `${what.padEnd(13)}${text}\n`).join("");
}

function checkedName(name: string): string {
  if (GOOD_NAME.test(name)) return name;
  throw new SentinelError(
    "nothing",
    `Cannot use ${name} as a service's name: a name has 1 to 256 characters, without \\ / " and line breaks`,
  );
}

function refuseDropIn(isDropIn: boolean, name: string): void {
  if (!isDropIn) return;
  throw new SentinelError(
    "nothing",
    `Cannot wrap ${name}: --drop-in does not work with Windows services; nothing was changed; let the service guard ` +
      "itself (boot-sentinel check, or the library), or install its console program: service install NAME -- EXE",
  );
}
