/** What follows from the option table: types, names in the environment and the file, and which commands take what. @module */
import { OPTIONS, type OptionSpec } from "./option_table.ts";

/** The name of an option. */
export type OptionName = keyof typeof OPTIONS;

/** `max-attempts` → `maxAttempts`. */
type Camel<S extends string> = S extends `${infer Head}-${infer Tail}` ? `${Head}${Capitalize<Camel<Tail>>}` : S;

type ValueOf<S> = S extends { kind: "count" | "duration" } ? number
  : S extends { kind: "list" } ? readonly string[]
  : S extends { kind: "flag" } ? boolean
  : S extends { choices: readonly (infer C)[] } ? C
  : string;

type Missing<S> = S extends { default: unknown } | { kind: "flag" } ? never : undefined;

/** The options of one command line, by the names they have in the configuration file. */
export type Settings = {
  readonly [N in OptionName as Camel<N>]: ValueOf<(typeof OPTIONS)[N]> | Missing<(typeof OPTIONS)[N]>;
};

/** Options that say what healthy means. */
export const HEALTH: readonly OptionName[] = [
  "probe",
  "advisory-probe",
  "probe-interval",
  "probe-timeout",
  "probe-passes",
  "healthy-after",
  "healthy-deadline",
];

/** Options of every command. */
export const COMMON: readonly OptionName[] = [
  "exe",
  "data-dir",
  "app-version",
  "max-attempts",
  "keep",
  "name",
  "config",
  "json",
  "quiet",
  "verbose",
  "log-format",
  "help",
];

/** Options of every command that can make an event. */
export const EVENTS: readonly OptionName[] = [
  "hook",
  "hook-timeout",
  "webhook",
  "webhook-timeout",
  "metrics-file",
  "dry-run",
];

/** The option's specification, without the literal types. */
export function specOf(name: OptionName): OptionSpec {
  return OPTIONS[name];
}

/** `max-attempts` → `BOOT_SENTINEL_MAX_ATTEMPTS`. */
export function envName(name: OptionName): string {
  return `BOOT_SENTINEL_${name.toUpperCase().replaceAll("-", "_")}`;
}

/** `max-attempts` → `maxAttempts`, the key in the configuration file. */
export function configKey(name: OptionName): string {
  return name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
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
