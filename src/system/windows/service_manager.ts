/**
 * Services in the manager's database: install, uninstall, show.
 *
 * @module
 */
import { registerEventSource, unregisterEventSource } from "./event_log.ts";
import { commandLine } from "./quote.ts";
import { registryStrings, setRegistryValue } from "./registry.ts";
import { CONFIG, manager, readConfig, readStatus, type ServiceState, withService } from "./service_handle.ts";
import { lastError, sleepSync, Struct, wide, WIN32, Win32Error } from "./win32.ts";

/** A service to install. */
export interface ServiceSpec {
  /** Its short name, as in `sc query NAME`. */
  readonly name: string;
  /** The program that the manager starts; its full path. */
  readonly program: string;
  /** Its arguments; quoted as needed. */
  readonly args: readonly string[];
  /** @default {the short name} */
  readonly displayName?: string;
  readonly description?: string;
  /** When it starts: with the machine, a while after that, or when asked. @default {"auto"} */
  readonly start?: "auto" | "delayed" | "demand";
  /** Whose rights it has, as `DOMAIN\user`, `NT AUTHORITY\LocalService` or `NT SERVICE\name`. @default {LocalSystem} */
  readonly account?: string;
  /** The account's password; built-in and virtual accounts have none. */
  readonly password?: string;
  /** Pauses before the manager starts it again after a failure, in milliseconds. @default {[5000, 5000, 30000]} */
  readonly restartDelaysMs?: readonly number[];
  /** How long it may take to stop when the machine goes down, in milliseconds. @default {25000} */
  readonly preshutdownMs?: number;
  /**
   * Variables of this service only. An empty value hides one of the machine's: the default keeps variables that
   * change what a program compiled with Bun does from reaching it.
   * @default {BUN_BE_BUN and BUN_OPTIONS without a value}
   */
  readonly environment?: Readonly<Record<string, string>>;
}

/** What is known of a service. */
export interface ServiceReport {
  readonly name: string;
  readonly displayName: string;
  readonly description: string;
  readonly commandLine: string;
  readonly start: "auto" | "delayed" | "demand" | "disabled" | "other";
  readonly account: string;
  readonly state: ServiceState;
  /** 0 when it does not run. */
  readonly pid: number;
  /** The service-specific code of its last failure, else the Win32 code of its last end. */
  readonly exitCode: number;
  /** Pauses before the manager's restarts; empty without recovery actions. */
  readonly restartDelaysMs: readonly number[];
  /** The recovery actions also run when the service reports a failure, and not only when its process dies. */
  readonly restartsOnFailureCode: boolean;
  /** `NAME=value` */
  readonly environment: readonly string[];
}

const DEFAULT_ENVIRONMENT = { BUN_BE_BUN: "", BUN_OPTIONS: "" };
const RESET_SECONDS = 86_400;

/**
 * Installs a service with quoting, recovery actions, description, environment and event source.
 *
 * @returns Warnings: what the system refused of the extras. The service itself is installed then.
 * @throws {Win32Error} When it could not be installed; nothing was changed.
 */
export function installService(spec: ServiceSpec): string[] {
  const { name, start = "auto", restartDelaysMs = [5000, 5000, 30_000] } = spec;
  const warnings: string[] = [];
  const attempt = (what: string, action: () => void) => {
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
      attempt("its description", () => service.set(CONFIG.description, new Struct(8).setPointer(0, wide(description))));
    }
    if (start === "delayed") {
      attempt("the delayed start", () => service.set(CONFIG.delayedStart, new Struct(4).setU32(0, 1)));
    }
    attempt("its recovery actions", () => service.set(CONFIG.failureActions, failureActions(restartDelaysMs)));
    // Without the flag only the death of the process counts, and a code that the service reports does nothing.
    attempt("recovery from reported failures", () => service.set(CONFIG.failureFlag, new Struct(4).setU32(0, 1)));
    attempt(
      "its time to stop at shutdown",
      () => service.set(CONFIG.preshutdown, new Struct(4).setU32(0, spec.preshutdownMs ?? 25_000)),
    );
  });
  const items = Object.entries(spec.environment ?? DEFAULT_ENVIRONMENT).map(([key, value]) => `${key}=${value}`);
  if (items.length > 0) {
    attempt("its environment", () => setRegistryValue(serviceKey(name), "Environment", { kind: "list", items }));
  }
  attempt("its event source", () => registerEventSource(name));
  return warnings;
}

/**
 * Stops a service, waits for that, and removes it with its event source.
 *
 * @throws {Win32Error} When it does not stop in time or cannot be removed; it is still installed then.
 */
export function uninstallService(name: string, options: { readonly stopTimeoutMs?: number } = {}): void {
  withService(name, "uninstall", (service) => {
    service.requestStop();
    const deadline = Date.now() + (options.stopTimeoutMs ?? 30_000);
    while (readStatus(service).state !== "stopped") {
      if (Date.now() > deadline) {
        throw new Win32Error(`uninstall the service ${name}`, 1053, "it is still stopping, and still installed");
      }
      sleepSync(50);
    }
    service.delete();
  });
  unregisterEventSource(name);
}

/** All that is known of a service; `undefined` when there is none of this name. */
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
  // SERVICE_FAILURE_ACTIONSW: dwResetPeriod, cActions, lpsaActions
  return new Struct(40).setU32(0, RESET_SECONDS).setU32(24, delays.length).setPointer(32, actions);
}

function serviceKey(name: string): string {
  return `SYSTEM\\CurrentControlSet\\Services\\${name}`;
}

/** Starts an installed service. @throws {Win32Error} When the manager does not start it. */
export function startService(name: string): void {
  withService(name, "start", (service) => {
    if (!service.start()) throw new Win32Error(`start the service ${name}`, lastError());
  });
}

/** Asks a service to stop, and does not wait; one that does not run is no error. */
export function stopService(name: string): void {
  withService(name, "stop", (service) => service.requestStop());
}
