/**
 * The option table: flags, environment, configuration file and help are all derived from it.
 *
 * @module
 */

/** One option. */
export interface OptionSpec {
  readonly kind: "text" | "count" | "flag" | "choice";
  /** What the value is, for help. */
  readonly value?: string;
  readonly choices?: readonly string[];
  /** False: makes sense on one command line only, so neither the environment nor the file can set it. */
  readonly persistent: boolean;
  readonly help: string;
}

/** Every option by its flag's name. `BOOT_SENTINEL_MAX_ATTEMPTS` and `maxAttempts` are derived names. */
export const OPTIONS = {
  "exe": { kind: "text", value: "PATH", persistent: true, help: "The guarded program (for run: the word after --)" },
  "data-dir": {
    kind: "text",
    value: "DIR",
    persistent: true,
    help: "Where the state files live (default: $STATE_DIRECTORY, else the program's directory)",
  },
  "app-version": {
    kind: "text",
    value: "V",
    persistent: true,
    help: "Version of the live build (default: known by its bytes)",
  },
  "max-attempts": {
    kind: "count",
    value: "N",
    persistent: true,
    help: "Boots that an unconfirmed build gets (default: 3)",
  },
  "keep": { kind: "count", value: "N", persistent: true, help: "Older proven builds to keep (default: 2)" },
  "after-rollback": {
    kind: "choice",
    choices: ["run", "exit"],
    persistent: true,
    help: "Start the restored program, or exit 75 (default: run)",
  },
  "confirm": {
    kind: "choice",
    choices: ["manual"],
    persistent: true,
    help: "manual: the service, or somebody else, runs `boot-sentinel confirm`",
  },
  "nofile": { kind: "count", value: "SOFT", persistent: true, help: "Soft limit of open files for the service" },
  "sha256": { kind: "text", value: "HEX", persistent: false, help: "Digest that the file must have" },
  "file": { kind: "text", value: "FILE", persistent: false, help: "The build itself: these bytes only" },
  "to": { kind: "text", value: "VERSION", persistent: false, help: "Which version" },
  "reason": { kind: "text", value: "TEXT", persistent: false, help: "Why, for the record" },
  "config": {
    kind: "text",
    value: "FILE",
    persistent: false,
    help: "Configuration file (default: boot-sentinel.config.json beside this executable)",
  },
  "json": { kind: "flag", persistent: true, help: "Answer in JSON" },
  "quiet": { kind: "flag", persistent: true, help: "Say nothing but warnings and errors" },
  "help": { kind: "flag", persistent: false, help: "Show this help" },
  "version": { kind: "flag", persistent: false, help: "Show the version" },
} as const satisfies Record<string, OptionSpec>;

/** The name of an option. */
export type OptionName = keyof typeof OPTIONS;

/** Options of every command. */
export const COMMON: readonly OptionName[] = [
  "exe",
  "data-dir",
  "app-version",
  "max-attempts",
  "keep",
  "config",
  "json",
  "quiet",
  "help",
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

/** The options that the environment and the configuration file may set. */
export function persistentOptions(): OptionName[] {
  return (Object.keys(OPTIONS) as OptionName[]).filter((name) => OPTIONS[name].persistent);
}
