/**
 * The option table: flags, environment, configuration file, help, completions, manual and JSON schema are all derived
 * from it.
 *
 * @module
 */
import { DEFAULT_KEEP, DEFAULT_MAX_ATTEMPTS } from "../../core/sentinel_options.ts";
import { parseExitCodes } from "../../service/exit_code_list.ts";
import { parseProbe } from "../../service/health/probes/parse_probe.ts";
import { checkSha256, checkWebAddress } from "./value_checks.ts";

/** One option. */
export interface OptionSpec {
  readonly kind: "text" | "count" | "flag" | "choice" | "duration" | "list";
  /** What the value is, for help; `PATH`, `FILE` and `DIR` are completed as such. */
  readonly value?: string;
  readonly choices?: readonly string[];
  /** The least that a count takes. @default 0 */
  readonly least?: number;
  /** Of a duration: milliseconds. */
  readonly default?: string | number;
  /** Looks at a text, or at each of a list; throws an `Error` that says what is wrong with it. */
  readonly check?: (text: string) => unknown;
  /** False: makes sense on one command line only, so neither the environment nor the file can set it. */
  readonly persistent: boolean;
  /** False: the environment may set it, the configuration file not. */
  readonly inFile?: false;
  readonly help: string;
}

/** Every option by its flag's name. `BOOT_SENTINEL_MAX_ATTEMPTS` and `maxAttempts` are derived names. */
export const OPTIONS = {
  exe: { kind: "text", value: "PATH", persistent: true, help: "The guarded program (for run: the word after --)" },
  dataDir: {
    kind: "text",
    value: "DIR",
    persistent: true,
    help: "Where the state files live (default: $STATE_DIRECTORY, else the program's directory)",
  },
  appVersion: {
    kind: "text",
    value: "V",
    persistent: true,
    help: "Version of the live build (default: known by its bytes)",
  },
  maxAttempts: {
    kind: "count",
    value: "N",
    default: DEFAULT_MAX_ATTEMPTS,
    least: 1,
    persistent: true,
    help: "Boots that an unconfirmed build gets",
  },
  keep: { kind: "count", value: "N", default: DEFAULT_KEEP, persistent: true, help: "Older proven builds to keep" },
  afterRollback: {
    kind: "choice",
    choices: ["run", "exit"],
    default: "run",
    persistent: true,
    help: "Start the restored program, or exit 75",
  },
  confirm: {
    kind: "choice",
    choices: ["manual"],
    persistent: true,
    help: "manual: the service, or somebody else, runs `boot-sentinel confirm`",
  },
  probe: {
    kind: "list",
    value: "PROBE",
    persistent: true,
    check: parseProbe,
    help: "What a healthy service passes: http://…, https://…, tcp://…, exec:…, file:…, notify, uptime:60s; repeatable",
  },
  advisoryProbe: {
    kind: "list",
    value: "PROBE",
    persistent: true,
    check: parseProbe,
    help: "The same, but it only warns; repeatable",
  },
  probeInterval: {
    kind: "duration",
    value: "TIME",
    default: 1000,
    persistent: true,
    help: "Between two rounds of probes",
  },
  probeTimeout: {
    kind: "duration",
    value: "TIME",
    default: 1000,
    persistent: true,
    help: "Longest answer of a probe",
  },
  probePasses: {
    kind: "count",
    value: "N",
    default: 3,
    persistent: true,
    help: "Rounds in a row that must pass",
  },
  healthyAfter: {
    kind: "duration",
    value: "TIME",
    default: 10_000,
    persistent: true,
    help: "Least uptime of a healthy service",
  },
  healthyDeadline: {
    kind: "duration",
    value: "TIME",
    default: 300_000,
    persistent: true,
    help: "A build that is not healthy by then is stopped, and its boot counts",
  },
  stopTimeout: {
    kind: "duration",
    value: "TIME",
    default: 10_000,
    persistent: true,
    help: "From asking the service to end to killing it; on Windows 15s unless it is set",
  },
  logFile: {
    kind: "text",
    value: "FILE",
    persistent: true,
    help: "Windows: file that also gets the messages, 2 MB twice at most",
  },
  breakaway: {
    kind: "flag",
    persistent: true,
    help: "Windows: what the program starts may leave its job object, and so outlive it",
  },
  eventSource: {
    kind: "text",
    value: "NAME",
    persistent: true,
    help: "Windows: source of a service's messages in the event log; service install sets it",
  },
  delayed: { kind: "flag", persistent: false, help: "Windows: start the service a while after the machine" },
  description: {
    kind: "text",
    value: "TEXT",
    persistent: false,
    help: "Windows: what the service is, for services.msc",
  },
  supervise: {
    kind: "flag",
    persistent: true,
    help: "Stay the service's parent instead of becoming it (containers)",
  },
  restart: {
    kind: "choice",
    choices: ["never", "on-failure", "always"],
    persistent: true,
    help: "With --supervise and on Windows: when the service is started again (default: never; on-failure)",
  },
  exitOk: {
    kind: "text",
    value: "CODES",
    persistent: true,
    check: parseExitCodes,
    help: "Exit codes that are no failure while a build is on probation, such as 0,100",
  },
  unit: { kind: "text", value: "UNIT", persistent: false, help: "The systemd unit of the service" },
  dropIn: { kind: "text", value: "UNIT", persistent: false, help: "An existing systemd unit that is to be guarded" },
  type: {
    kind: "choice",
    choices: ["exec", "notify"],
    default: "exec",
    persistent: false,
    help: "notify: the program says READY=1 to systemd",
  },
  user: { kind: "text", value: "USER", persistent: false, help: "Who runs the service (default: root; LocalSystem)" },
  start: { kind: "flag", persistent: false, help: "Start the service at once" },
  wait: { kind: "flag", persistent: false, help: "Wait until the service is healthy, then confirm" },
  pid: {
    kind: "count",
    value: "PID",
    persistent: false,
    help: "The service's process (default: $MAINPID, which systemd sets)",
  },
  nofile: { kind: "count", value: "SOFT", persistent: true, help: "Soft limit of open files for the service" },
  sha256: {
    kind: "text",
    value: "HEX",
    persistent: false,
    check: checkSha256,
    help: "Digest that the file must have",
  },
  minisignKey: {
    kind: "text",
    value: "KEY",
    persistent: true,
    help: "Public key (RW…) that must have signed the file, with minisign",
  },
  signature: { kind: "text", value: "FILE", persistent: false, help: "The signature (default: FILE.minisig)" },
  file: { kind: "text", value: "FILE", persistent: false, help: "The build itself: these bytes only" },
  to: { kind: "text", value: "VERSION", persistent: false, help: "Which version" },
  all: { kind: "flag", persistent: false, help: "Every one" },
  stage: {
    kind: "choice",
    choices: ["install"],
    persistent: false,
    help: "install: it never came to a start, since it could not be installed",
  },
  reason: { kind: "text", value: "TEXT", persistent: false, help: "Why, for the record" },
  dryRun: { kind: "flag", persistent: false, help: "Say what would change, and change nothing" },
  watch: { kind: "flag", persistent: false, help: "Show it again whenever it changes, until interrupted" },
  html: {
    kind: "text",
    value: "FILE",
    persistent: false,
    help: "Write a page to look at: the state, a drawing of what happened, the quarantine",
  },
  limit: { kind: "count", value: "N", persistent: false, help: "Only the newest N lines" },
  hook: {
    kind: "text",
    value: "COMMAND",
    persistent: true,
    help: "Shell command that is given each event as JSON on its standard input",
  },
  hookTimeout: {
    kind: "duration",
    value: "TIME",
    default: 10_000,
    persistent: true,
    help: "Longest that the hook may take; then it is killed, and the service goes on",
  },
  beforeSwap: {
    kind: "text",
    value: "COMMAND",
    persistent: true,
    help: "Shell command that runs before arm or swap changes anything; its failure calls the update off",
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
    help: "Longest that --before-swap and --after-rollback-hook may take",
  },
  webhook: {
    kind: "text",
    value: "URL",
    persistent: true,
    check: checkWebAddress,
    help: "Address that each event is posted to as JSON; what cannot be sent is kept and tried again",
  },
  webhookTimeout: {
    kind: "duration",
    value: "TIME",
    default: 3_000,
    persistent: true,
    help: "Longest that a boot waits for the webhook",
  },
  metricsFile: {
    kind: "text",
    value: "FILE",
    persistent: true,
    help: "Metrics for Prometheus, in the folder of a textfile collector (name it *.prom)",
  },
  name: {
    kind: "text",
    value: "SERVICE",
    persistent: true,
    inFile: false,
    help: "Which of the services in the configuration file",
  },
  config: {
    kind: "text",
    value: "FILE",
    persistent: true,
    inFile: false,
    help: "Configuration file (default: boot-sentinel.config.json beside this executable)",
  },
  json: { kind: "flag", persistent: true, help: "Answer in JSON" },
  quiet: { kind: "flag", persistent: true, help: "Say nothing but warnings and errors" },
  verbose: { kind: "flag", persistent: true, help: "Say also what is done on the way" },
  logFormat: {
    kind: "choice",
    choices: ["auto", "text", "json", "journal"],
    default: "auto",
    persistent: true,
    help: "Form of messages; auto: with priorities for the journal, else text",
  },
  help: { kind: "flag", persistent: false, help: "Show this help" },
  version: { kind: "flag", persistent: false, help: "Show the version" },
} as const satisfies Record<string, OptionSpec>;
