/**
 * The option table: flags, environment, configuration file, help, completions, manual and JSON schema are all derived
 * from it.
 *
 * @module
 */
import { DEFAULT_KEEP, DEFAULT_MAX_ATTEMPTS } from "../../core/sentinel_options.ts";
import { parseExitCodes } from "../../service/stopped.ts";
import { parseProbe } from "../../service/health/probes/parse_probe.ts";
import { checkSha256, checkWebAddress } from "./value_checks.ts";

/** An option. */
export interface OptionSpec {
  readonly kind: "text" | "count" | "flag" | "choice" | "duration" | "list";
  /** A name for the value in the help. Shells complete `PATH`, `FILE` and `DIR` as paths. */
  readonly value?: string;
  readonly choices?: readonly string[];
  /** The least value of a count. @default 0 */
  readonly least?: number;
  /** A duration in milliseconds. */
  readonly default?: string | number;
  /** Checks a text, or each text of a list; throws an `Error` that says what is wrong. */
  readonly check?: (text: string) => unknown;
  /** False: only the command line can set it, neither the environment nor the configuration file. */
  readonly persistent: boolean;
  /** False: the environment can set it, but not the configuration file. */
  readonly inFile?: false;
  readonly help: string;
}

/** All options. From `maxAttempts`, the names `--max-attempts` and `BOOT_SENTINEL_MAX_ATTEMPTS` are derived. */
export const OPTIONS = {
  exe: { kind: "text", value: "PATH", persistent: true, help: "The guarded program (for run: the one after --)" },
  guard: {
    kind: "text",
    value: "PATH",
    persistent: true,
    help: "The guarded file, if the program that is started only reads it (a script, a jar)",
  },
  dataDir: {
    kind: "text",
    value: "DIR",
    persistent: true,
    help: "Directory of the state files (default: the marked one, $STATE_DIRECTORY, or the program's directory)",
  },
  instance: { kind: "text", value: "NAME", persistent: true, help: "Instance of the service: each has its own count" },
  appVersion: {
    kind: "text",
    value: "V",
    persistent: true,
    help: "Version of the live build (default: builds are identified by their sha256)",
  },
  maxAttempts: {
    kind: "count",
    value: "N",
    default: DEFAULT_MAX_ATTEMPTS,
    least: 1,
    persistent: true,
    help: "Boots that an unconfirmed build gets; the boot after these rolls back",
  },
  keep: { kind: "count", value: "N", default: DEFAULT_KEEP, persistent: true, help: "Older confirmed builds to keep" },
  afterRollback: {
    kind: "choice",
    choices: ["run", "exit"],
    default: "run",
    persistent: true,
    help: "After a rollback, start the restored program or exit with 75",
  },
  confirm: {
    kind: "choice",
    choices: ["manual"],
    persistent: true,
    help: "manual: no watcher; the service itself or an operator runs `boot-sentinel confirm`",
  },
  probe: {
    kind: "list",
    value: "PROBE",
    persistent: true,
    check: parseProbe,
    help: "Check for a healthy service: http://…, https://…, tcp://…, exec:…, file:…, notify, uptime:60s; repeatable",
  },
  advisoryProbe: {
    kind: "list",
    value: "PROBE",
    persistent: true,
    check: parseProbe,
    help: "The same, but a failure only logs a warning; repeatable",
  },
  probeInterval: {
    kind: "duration",
    value: "TIME",
    default: 1000,
    persistent: true,
    help: "Time between two rounds of probes",
  },
  probeTimeout: {
    kind: "duration",
    value: "TIME",
    default: 1000,
    persistent: true,
    help: "Time within which a probe must answer",
  },
  probePasses: {
    kind: "count",
    value: "N",
    default: 3,
    persistent: true,
    help: "Number of rounds in a row that must pass",
  },
  healthyAfter: {
    kind: "duration",
    value: "TIME",
    default: 10_000,
    persistent: true,
    help: "Least time that a service runs before it is healthy",
  },
  healthyDeadline: {
    kind: "duration",
    value: "TIME",
    default: 120_000,
    persistent: true,
    help:
      "A build that is not healthy within this time is stopped, and the attempt counts; half of it at its next boots",
  },
  stopTimeout: {
    kind: "duration",
    value: "TIME",
    default: 10_000,
    persistent: true,
    help: "Time between the request to end and the kill; on Windows 15s unless it is set",
  },
  logFile: {
    kind: "text",
    value: "FILE",
    persistent: true,
    help: "Windows: file for all messages, 2 MB at most, and one older file",
  },
  breakaway: {
    kind: "flag",
    persistent: true,
    help: "Windows: child processes may leave the program's job object, and so outlive the program",
  },
  eventSource: {
    kind: "text",
    value: "NAME",
    persistent: true,
    help: "Windows: source of a service's messages in the event log; service install sets it",
  },
  delayed: { kind: "flag", persistent: false, help: "Windows: start the service some minutes after the boot" },
  description: {
    kind: "text",
    value: "TEXT",
    persistent: false,
    help: "Windows: description of the service, shown by services.msc",
  },
  supervise: {
    kind: "flag",
    persistent: true,
    help: "Stay as the service's parent process instead of replacing itself (for containers)",
  },
  restart: {
    kind: "choice",
    choices: ["never", "on-failure", "always"],
    persistent: true,
    help: "When the service is started again (default: never with --supervise, on-failure on Windows)",
  },
  exitOk: {
    kind: "text",
    value: "CODES",
    persistent: true,
    check: parseExitCodes,
    help: "Exit codes that are not a failure of a build on probation, such as 0,100",
  },
  unit: { kind: "text", value: "UNIT", persistent: true, help: "The systemd unit of the service" },
  dropIn: { kind: "text", value: "UNIT", persistent: false, help: "Existing systemd unit to guard" },
  type: {
    kind: "choice",
    choices: ["exec", "notify"],
    default: "exec",
    persistent: false,
    help: "notify: the program sends READY=1 to systemd",
  },
  user: { kind: "text", value: "USER", persistent: false, help: "User of the service (default: root; LocalSystem)" },
  start: { kind: "flag", persistent: false, help: "Start the service at once, and wait until it is up" },
  purge: { kind: "flag", persistent: false, help: "Remove the state and the kept builds, too" },
  wait: { kind: "flag", persistent: false, help: "Wait until the service is healthy, then confirm" },
  pid: {
    kind: "count",
    value: "PID",
    persistent: false,
    help: "Process id of the service (default: $MAINPID, which systemd sets)",
  },
  nofile: { kind: "count", value: "SOFT", persistent: true, help: "Soft limit of open files for the service" },
  sha256: {
    kind: "text",
    value: "HEX",
    persistent: false,
    check: checkSha256,
    help: "Sha256 that the file must have",
  },
  minisignKey: {
    kind: "text",
    value: "KEY",
    persistent: true,
    help: "Public minisign key (RW…), or its file, with which the file must be signed",
  },
  signature: { kind: "text", value: "FILE", persistent: false, help: "The signature (default: FILE.minisig)" },
  file: { kind: "text", value: "FILE", persistent: false, help: "The build's file: only this build is meant" },
  to: { kind: "text", value: "VERSION", persistent: false, help: "Version of the update, or to roll back to" },
  all: { kind: "flag", persistent: false, help: "Clear the whole quarantine" },
  stage: {
    kind: "choice",
    choices: ["install"],
    persistent: false,
    help: "install: the update could not be installed, so it was never started",
  },
  reason: { kind: "text", value: "TEXT", persistent: false, help: "The reason, for the history and the status" },
  dryRun: { kind: "flag", persistent: false, help: "Show what would change, and change nothing" },
  watch: { kind: "flag", persistent: false, help: "Show the status again whenever it changes, until interrupted" },
  check: { kind: "flag", persistent: false, help: "For monitoring: exit 1 when something needs attention" },
  html: {
    kind: "text",
    value: "FILE",
    persistent: false,
    help: "Write an HTML page with the status, a graph of the history, and the quarantine",
  },
  limit: { kind: "count", value: "N", persistent: false, help: "Show only the newest N lines" },
  hook: {
    kind: "text",
    value: "COMMAND",
    persistent: true,
    help: "Shell command that gets each event as JSON on its standard input",
  },
  hookTimeout: {
    kind: "duration",
    value: "TIME",
    default: 10_000,
    persistent: true,
    help: "Time after which the hook is killed; the service goes on",
  },
  beforeSwap: {
    kind: "text",
    value: "COMMAND",
    persistent: true,
    help: "Shell command that runs before arm or swap changes anything; if it fails, the update is not installed",
  },
  afterRollbackHook: {
    kind: "text",
    value: "COMMAND",
    persistent: true,
    help: "Shell command that runs after a rollback, before the restored program starts",
  },
  dataHookTimeout: {
    kind: "duration",
    value: "TIME",
    default: 300_000,
    persistent: true,
    help: "Time after which --before-swap and --after-rollback-hook are killed",
  },
  webhook: {
    kind: "text",
    value: "URL",
    persistent: true,
    check: checkWebAddress,
    help: "URL to which each event is posted as JSON; an event that cannot be sent is kept and sent later",
  },
  webhookTimeout: {
    kind: "duration",
    value: "TIME",
    default: 3_000,
    persistent: true,
    help: "Longest time that a boot waits for the webhook",
  },
  metricsFile: {
    kind: "text",
    value: "FILE",
    persistent: true,
    help: "File for Prometheus metrics, in the folder of a textfile collector (*.prom)",
  },
  name: {
    kind: "text",
    value: "SERVICE",
    persistent: true,
    inFile: false,
    help: "Registered service, or section of the configuration file, whose settings are used",
  },
  config: {
    kind: "text",
    value: "FILE",
    persistent: true,
    inFile: false,
    help: "Configuration file (default: boot-sentinel.config.json beside this executable)",
  },
  json: { kind: "flag", persistent: true, help: "Print the result as JSON" },
  quiet: { kind: "flag", persistent: true, help: "Print only warnings and errors" },
  verbose: { kind: "flag", persistent: true, help: "Print also debug messages" },
  logFormat: {
    kind: "choice",
    choices: ["auto", "text", "json", "journal"],
    default: "auto",
    persistent: true,
    help: "Format of messages; auto: with priorities if standard error is the journal, else text",
  },
  help: { kind: "flag", persistent: false, help: "Show this help" },
  version: { kind: "flag", persistent: false, help: "Show the version" },
} as const satisfies Record<string, OptionSpec>;
