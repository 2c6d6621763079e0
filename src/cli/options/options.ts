/** Derived from the option table: types, the names in the environment and the file, and groups of options. @module */
import type { OptionSpec } from "./option_spec.ts";
import { OPTIONS } from "./option_table.ts";

/** The name of an option, which is also its key in the configuration file. */
export type OptionName = keyof typeof OPTIONS;

type ValueOf<S> = S extends { kind: "count" | "duration" | "size" } ? number
  : S extends { kind: "list" } ? readonly string[]
  : S extends { kind: "flag" } ? boolean
  : S extends { choices: readonly (infer C)[] } ? C
  : string;

type Missing<S> = S extends { default: unknown } | { kind: "flag" } ? never : undefined;

/** The values of all options. */
export type Settings = {
  readonly [N in OptionName]: ValueOf<(typeof OPTIONS)[N]> | Missing<(typeof OPTIONS)[N]>;
};

/** The options of the health policy. */
export const HEALTH: readonly OptionName[] = [
  "probe",
  "advisoryProbe",
  "probeInterval",
  "probeTimeout",
  "probePasses",
  "healthyAfter",
  "healthyDeadline",
];

/** The options of all commands. */
export const COMMON: readonly OptionName[] = [
  "exe",
  "guard",
  "with",
  "dataDir",
  "appVersion",
  "maxAttempts",
  "keep",
  "checkFiles",
  "pin",
  "name",
  "config",
  "json",
  "quiet",
  "verbose",
  "logFormat",
  "help",
];

/** The options of all commands that can cause events. */
export const EVENTS: readonly OptionName[] = [
  "hook",
  "hookTimeout",
  "webhook",
  "webhookTimeout",
  "metricsFile",
  "dryRun",
];

/** The options by which an update asks the herd, or its last answer. */
export const HERD: readonly OptionName[] = [
  "herd",
  "herdApp",
  "herdCreds",
  "herdCa",
  "herdKeys",
  "herdPolicy",
  "herdGroup",
  "herdTimeout",
];

/** The options about the service's data, of all commands that take, put back or drop a snapshot of them. */
export const DATA: readonly OptionName[] = ["data", "dataBudget"];

/** The options of `run`, in the order of the help. Its watcher and `service install` have them, too. */
export const RUN_OPTIONS: readonly OptionName[] = [
  "instance",
  ...DATA,
  "afterRollback",
  "confirm",
  "confirmWithin",
  ...HEALTH,
  "crashLoop",
  "rescue",
  "supervise",
  "restart",
  "stopTimeout",
  "exitOk",
  "noLastWords",
  "nofile",
  "logFile",
  "breakaway",
  "eventSource",
  "afterRollbackHook",
  "dataHookTimeout",
  ...EVENTS,
];

/** The option's specification, without the literal types. */
export function specOf(name: OptionName): OptionSpec {
  return OPTIONS[name];
}

/** `maxAttempts` → `max-attempts`. */
export function flagName(name: OptionName): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** `max-attempts` → `maxAttempts`, if there is such an option. */
export function optionOfFlag(flag: string): OptionName | undefined {
  const name = flag.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
  // `--maxAttempts` is not accepted.
  return Object.hasOwn(OPTIONS, name) && !/[A-Z]/.test(flag) ? name as OptionName : undefined;
}

/** The prefix of all environment variables of boot-sentinel. */
export const ENV_PREFIX = "BOOT_SENTINEL_";

/** `maxAttempts` → `BOOT_SENTINEL_MAX_ATTEMPTS`. */
export function envName(name: OptionName): string {
  return ENV_PREFIX + flagName(name).toUpperCase().replaceAll("-", "_");
}

/** The names of all options. */
export function optionNames(): OptionName[] {
  return Object.keys(OPTIONS) as OptionName[];
}

/** The options that the environment can set. */
export function environmentOptions(): OptionName[] {
  return optionNames().filter((name) => specOf(name).persistent);
}

/** The options that the configuration file can set. */
export function fileOptions(): OptionName[] {
  return environmentOptions().filter((name) => specOf(name).inFile !== false);
}

/** True when the option's value is a path. */
export function takesPath(name: OptionName): boolean {
  return ["PATH", "FILE", "DIR"].includes(specOf(name).value ?? "");
}
