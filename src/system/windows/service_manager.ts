/**
 * Installs, uninstalls and shows services of the Windows service control manager (SCM).
 *
 * @module
 */
import { registerEventSource, unregisterEventSource } from "./event_log.ts";
import { commandLine } from "./quote.ts";
import { registryStrings, setRegistryValue } from "./registry.ts";
import {
  CONFIG,
  manager,
  readConfig,
  readStatus,
  type ServiceHandle,
  type ServiceState,
  withService,
} from "./service_handle.ts";
import { lastError, sleepSync, Struct, wide, WIN32, Win32Error } from "./win32.ts";

/** A service to install. */
export interface ServiceSpec {
  /** The service's name, as in `sc query NAME`. */
  readonly name: string;
  /** The full path of the program that the SCM starts. */
  readonly program: string;
  /** The program's arguments. They are quoted as needed. */
  readonly args: readonly string[];
  /** The name that is shown by services.msc. @default {the service's name} */
  readonly displayName?: string;
  readonly description?: string;
  /** When it starts: at the machine's boot, some minutes later, or on demand. @default {"auto"} */
  readonly start?: "auto" | "delayed" | "demand";
  /** Its account, as `DOMAIN\user`, `NT AUTHORITY\LocalService` or `NT SERVICE\name`. @default {LocalSystem} */
  readonly account?: string;
  /** The account's password. Built-in and virtual accounts have none. */
  readonly password?: string;
  /** The pauses before the SCM restarts it after a failure, in milliseconds. @default {[5000, 5000, 30000]} */
  readonly restartDelaysMs?: readonly number[];
  /** How long it may take to stop when the machine shuts down, in milliseconds. @default {25000} */
  readonly preshutdownMs?: number;
  /**
   * Environment variables of this service. An empty value overrides a variable of the machine; the default does this
   * for variables that change a program compiled with Bun.
   * @default {BUN_BE_BUN and BUN_OPTIONS without a value}
   */
  readonly environment?: Readonly<Record<string, string>>;
}

/** The configuration and the state of a service. */
export interface ServiceReport {
  readonly name: string;
  readonly displayName: string;
  readonly description: string;
  readonly commandLine: string;
  readonly start: "auto" | "delayed" | "demand" | "disabled" | "other";
  readonly account: string;
  readonly state: ServiceState;
  /** The process id; 0 when it is not running. */
  readonly pid: number;
  /** The service-specific exit code of its last run, or the Win32 exit code if there is none. */
  readonly exitCode: number;
  /** The pauses before restarts by the SCM; empty without recovery actions. */
  readonly restartDelaysMs: readonly number[];
  /** Recovery actions run also when the service reports a failure, not only when its process crashes. */
  readonly restartsOnFailureCode: boolean;
  /** Environment variables, as `NAME=value`. */
  readonly environment: readonly string[];
}

const DEFAULT_ENVIRONMENT = { BUN_BE_BUN: "", BUN_OPTIONS: "" };
/** How long a service may take to stop. */
const STOP_MS = 30_000;
const RESET_SECONDS = 86_400;

/**
 * Installs a service with its description, recovery actions, environment and event source.
 *
 * @returns Warnings about the parts that could not be set. The service itself is installed.
 * @throws {Win32Error} It could not be installed; nothing was changed.
 */
export function installService(spec: ServiceSpec): string[] {
  const { name, start = "auto", restartDelaysMs = [5000, 5000, 30_000] } = spec;
  const warnings: string[] = [];
  const tryOptional = (what: string, action: () => void) => {
    try {
      action();
    } catch (error) {
      warnings.push(`The service is installed, but without ${what}: ${error instanceof Error ? error.message : error}`);
    }
  };
  manager().create(name, {
    displayName: spec.displayName ?? name,
    startType: start === "demand" ? 3 : 2,
    line: commandLine(spec.program, spec.args),
    account: spec.account,
    password: spec.password,
  });
  withService(name, "configure", (service) => {
    const { description } = spec;
    if (description !== undefined) {
      tryOptional(
        "its description",
        () => service.set(CONFIG.description, new Struct(8).setPointer(0, wide(description))),
      );
    }
    if (start === "delayed") {
      tryOptional("the delayed start", () => service.set(CONFIG.delayedStart, new Struct(4).setU32(0, 1)));
    }
    tryOptional("its recovery actions", () => service.set(CONFIG.failureActions, failureActions(restartDelaysMs)));
    // Without this flag recovery actions run only after a crash of the process, not for an exit code that is reported.
    tryOptional("recovery from reported failures", () => service.set(CONFIG.failureFlag, new Struct(4).setU32(0, 1)));
    tryOptional(
      "its stop timeout at shutdown",
      () => service.set(CONFIG.preshutdown, new Struct(4).setU32(0, spec.preshutdownMs ?? 25_000)),
    );
  });
  const items = Object.entries(spec.environment ?? DEFAULT_ENVIRONMENT).map(([key, value]) => `${key}=${value}`);
  if (items.length > 0) {
    tryOptional("its environment", () => setRegistryValue(serviceKey(name), "Environment", { kind: "list", items }));
  }
  tryOptional("its event source", () => registerEventSource(name));
  return warnings;
}

/**
 * Stops a service, waits until it has stopped, and removes it and its event source.
 *
 * @throws {Win32Error} It does not stop in time or cannot be removed; it is still installed.
 */
export function uninstallService(name: string, options: { readonly stopTimeoutMs?: number } = {}): void {
  withService(name, "uninstall", (service) => {
    if (!stopped(service, options.stopTimeoutMs ?? STOP_MS)) {
      throw new Win32Error(`uninstall the service ${name}`, 1053, "it is still stopping, and still installed");
    }
    service.delete();
  });
  unregisterEventSource(name);
}

/** Stops a service and waits; false: it has not stopped in time. */
function stopped(service: ServiceHandle, timeoutMs: number): boolean {
  service.requestStop();
  const deadline = Date.now() + timeoutMs;
  while (readStatus(service).state !== "stopped") {
    if (Date.now() > deadline) return false;
    sleepSync(50);
  }
  return true;
}

/**
 * Stops a service, waits until it has stopped, and starts it again.
 *
 * @returns False when there is no service of this name.
 * @throws {Win32Error} It does not stop in time, or is not started.
 */
export function restartService(name: string): boolean {
  if (showService(name) === undefined) return false;
  withService(name, "restart", (service) => {
    if (!stopped(service, STOP_MS)) throw new Win32Error(`restart the service ${name}`, 1053, "it is still stopping");
    if (!service.start()) throw new Win32Error(`restart the service ${name}`, lastError(), "it is stopped");
  });
  return true;
}

/** The configuration and the state of a service; `undefined` when there is no service of this name. */
export function showService(name: string): ServiceReport | undefined {
  try {
    return withService(name, "show", (service) => {
      const config = readConfig(service);
      const status = readStatus(service);
      const delayed = (service.get(CONFIG.delayedStart)?.u32(0) ?? 0) !== 0;
      const starts: Readonly<Record<number, ServiceReport["start"]>> = {
        2: delayed ? "delayed" : "auto",
        3: "demand",
        4: "disabled",
      };
      return {
        name,
        displayName: config.displayName,
        description: service.text(CONFIG.description, 0),
        commandLine: config.line,
        start: starts[config.startType] ?? "other",
        account: config.account,
        state: status.state,
        pid: status.pid,
        exitCode: status.exitCode === WIN32.SERVICE_SPECIFIC_ERROR ? status.specificCode : status.exitCode,
        restartDelaysMs: service.restartDelays(),
        restartsOnFailureCode: (service.get(CONFIG.failureFlag)?.u32(0) ?? 0) !== 0,
        environment: registryStrings(serviceKey(name), "Environment") ?? [],
      };
    });
  } catch (error) {
    if (error instanceof Win32Error && error.code === 1060) return undefined;
    throw error;
  }
}

function failureActions(delays: readonly number[]): Struct {
  const actions = new Uint32Array(delays.flatMap((delay) => [1, delay]));
  // struct SERVICE_FAILURE_ACTIONSW: dwResetPeriod at offset 0, cActions at 24, lpsaActions at 32
  return new Struct(40).setU32(0, RESET_SECONDS).setU32(24, delays.length).setPointer(32, actions);
}

function serviceKey(name: string): string {
  return `SYSTEM\\CurrentControlSet\\Services\\${name}`;
}

/** Starts an installed service. @throws {Win32Error} The SCM does not start it. */
export function startService(name: string): void {
  withService(name, "start", (service) => {
    if (!service.start()) throw new Win32Error(`start the service ${name}`, lastError());
  });
}

/** Requests a stop of a service, and does not wait. A service that is not running is not an error. */
export function stopService(name: string): void {
  withService(name, "stop", (service) => service.requestStop());
}
