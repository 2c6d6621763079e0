/** What follows from the option table: types, names in the environment and the file, and which commands take what. @module */
import { OPTIONS, type OptionSpec } from "./option_table.ts";

/** The name of an option: that of its setting, and of its key in the configuration file. */
export type OptionName = keyof typeof OPTIONS;

type ValueOf<S> = S extends { kind: "count" | "duration" } ? number
  : S extends { kind: "list" } ? readonly string[]
  : S extends { kind: "flag" } ? boolean
  : S extends { choices: readonly (infer C)[] } ? C
  : string;

type Missing<S> = S extends { default: unknown } | { kind: "flag" } ? never : undefined;

/** The options of one command line. */
export type Settings = {
  readonly [N in OptionName]: ValueOf<(typeof OPTIONS)[N]> | Missing<(typeof OPTIONS)[N]>;
};

/** Options that say what healthy means. */
export const HEALTH: readonly OptionName[] = [
  "probe",
  "advisoryProbe",
  "probeInterval",
  "probeTimeout",
  "probePasses",
  "healthyAfter",
  "healthyDeadline",
];

/** Options of every command. */
export const COMMON: readonly OptionName[] = [
  "exe",
  "dataDir",
  "appVersion",
  "maxAttempts",
  "keep",
  "name",
  "config",
  "json",
  "quiet",
  "verbose",
  "logFormat",
  "help",
];

/** Options of every command that can make an event. */
export const EVENTS: readonly OptionName[] = [
  "hook",
  "hookTimeout",
  "webhook",
  "webhookTimeout",
  "metricsFile",
  "dryRun",
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
  // Not `--maxAttempts`, which is the same name in another form.
  return Object.hasOwn(OPTIONS, name) && !/[A-Z]/.test(flag) ? name as OptionName : undefined;
}

/** What the names of all our variables begin with. */
export const ENV_PREFIX = "BOOT_SENTINEL_";

/** `maxAttempts` → `BOOT_SENTINEL_MAX_ATTEMPTS`. */
export function envName(name: OptionName): string {
  return ENV_PREFIX + flagName(name).toUpperCase().replaceAll("-", "_");
}

/** Every option. */
export function optionNames(): OptionName[] {
  return Object.keys(OPTIONS) as OptionName[];
}

/** The options that the environment may set. */
export function environmentOptions(): OptionName[] {
  return optionNames().filter((name) => specOf(name).persistent);
}

/** The options that the configuration file may set. */
export function fileOptions(): OptionName[] {
  return environmentOptions().filter((name) => specOf(name).inFile !== false);
}

/** True when the option's value is a path. */
export function namesFile(name: OptionName): boolean {
  return ["PATH", "FILE", "DIR"].includes(specOf(name).value ?? "");
}
