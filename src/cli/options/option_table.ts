/**
 * The option table: flags, environment, configuration file, help, completions, manual and JSON schema are all derived
 * from it.
 *
 * @module
 */
import { DEFAULT_DATA_BUDGET, DEFAULT_KEEP, DEFAULT_MAX_ATTEMPTS } from "../../core/sentinel_options.ts";
import { parseExitCodes } from "../../service/stopped.ts";
import { parseProbe } from "../../service/health/probes/parse_probe.ts";
import { COMMAND_OPTIONS } from "./command_options.ts";
import { HERD_OPTIONS } from "./herd_options.ts";
import type { OptionSpec } from "./option_spec.ts";
import { checkAbsolute, checkWebAddress } from "./value_checks.ts";

/** The settings of a service: the environment and, but for a few, the configuration file can set them, too. */
const SERVICE_OPTIONS = {
  exe: { kind: "text", value: "PATH", persistent: true, help: "The guarded program (for run: the one after --)" },
  guard: {
    kind: "text",
    value: "PATH",
    persistent: true,
    help: "The guarded file, if the program that is started only reads it (a script, a jar)",
  },
  checkFiles: {
    kind: "flag",
    persistent: true,
    help: "Of a release, compare sizes and times of all files at each boot, not of its directory alone",
  },
  with: {
    kind: "list",
    value: "PATH",
    persistent: true,
    check: checkAbsolute,
    help: "Another file that goes and comes back with the build, such as its configuration; repeatable",
    page: "docs/releases.md",
  },
  dataDir: {
    kind: "text",
    value: "DIR",
    persistent: true,
    help: "Directory of the state files (default: the marked one, $STATE_DIRECTORY, or the program's directory)",
  },
  data: {
    kind: "text",
    value: "DIR",
    persistent: true,
    help: "The service's own data: a snapshot is taken before a new build's first boot, and a rollback puts it back",
    page: "docs/data.md",
  },
  dataBudget: {
    kind: "size",
    value: "SIZE",
    default: DEFAULT_DATA_BUDGET,
    persistent: true,
    help: "Most bytes of --data that are copied where the file system cannot share them",
    page: "docs/data.md",
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
  pin: {
    kind: "flag",
    persistent: true,
    help: "Keep last-good of a release as a copy of our own, which no clean-up of others takes",
  },
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
    help: "manual: no probes; the service itself or an operator runs `boot-sentinel confirm`",
  },
  confirmWithin: {
    kind: "duration",
    value: "TIME",
    persistent: true,
    help: "With --confirm manual: a build that nobody confirms within this time of its boot is stopped, and it counts",
  },
  crashLoop: {
    kind: "count",
    value: "N",
    default: 5,
    persistent: true,
    help: "Starts in a row of a confirmed build that end by themselves within --healthy-after: told once; 0: never",
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
  noLastWords: { kind: "flag", persistent: true, help: "Do not keep what a build wrote before it ended" },
  exitOk: {
    kind: "text",
    value: "CODES",
    persistent: true,
    check: parseExitCodes,
    help: "Exit codes that are not a failure of a build on probation, such as 0,100",
  },
  unit: { kind: "text", value: "UNIT", persistent: true, help: "The systemd unit of the service" },
  nofile: { kind: "count", value: "SOFT", persistent: true, help: "Soft limit of open files for the service" },
  maxSize: {
    kind: "size",
    value: "SIZE",
    persistent: true,
    help: "Most bytes of a release that is unpacked, such as 2G",
  },
  minisignKey: {
    kind: "text",
    value: "KEY",
    persistent: true,
    help: "Public minisign key (RW…), or its file, with which the file must be signed",
  },
  restartCommand: { kind: "text", value: "COMMAND", persistent: true, help: "Command in place of systemctl restart" },
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
  rescue: {
    kind: "text",
    value: "COMMAND",
    persistent: true,
    help: "Shell command that runs once when a confirmed build crash-loops; gets the event on its standard input",
  },
  dataHookTimeout: {
    kind: "duration",
    value: "TIME",
    default: 300_000,
    persistent: true,
    help: "Time after which --before-swap, --after-rollback-hook and --rescue are killed",
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
    help:
      "File for Prometheus metrics, in the folder of a textfile collector (*.prom); one for all services, or one each",
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
} as const satisfies Record<string, OptionSpec>;

/** All options. From `maxAttempts`, the names `--max-attempts` and `BOOT_SENTINEL_MAX_ATTEMPTS` are derived. */
export const OPTIONS = { ...SERVICE_OPTIONS, ...HERD_OPTIONS, ...COMMAND_OPTIONS } as const;
