/** The options of single commands: only the command line can set them. @module */
import type { OptionSpec } from "./option_spec.ts";
import { checkEnd, checkSha256 } from "./value_checks.ts";

/** The options that only a command line has, in the form of the option table. */
export const COMMAND_OPTIONS = {
  delayed: { kind: "flag", persistent: false, help: "Windows: start the service some minutes after the boot" },
  description: {
    kind: "text",
    value: "TEXT",
    persistent: false,
    help: "Windows: description of the service, shown by services.msc",
  },
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
  sha256: {
    kind: "text",
    value: "HEX",
    persistent: false,
    check: checkSha256,
    help: "Sha256 that the file must have",
  },
  signature: { kind: "text", value: "FILE", persistent: false, help: "The signature (default: FILE.minisig)" },
  manifest: { kind: "text", value: "FILE", persistent: false, help: "The manifest that the release must have" },
  file: { kind: "text", value: "FILE", persistent: false, help: "The build's file: only this build is meant" },
  to: {
    kind: "text",
    value: "VERSION",
    persistent: false,
    help: "Version of the update, to roll back to, or to follow",
  },
  hold: {
    kind: "flag",
    persistent: false,
    help: "Refuse the version that is left, whatever its bytes, until another one is confirmed",
  },
  until: {
    kind: "text",
    value: "DATE",
    persistent: false,
    check: checkEnd,
    help: "When the quarantine is over: 2026-12-31, 2026-12-31T18:00 (UTC), or a time from now such as 3d",
  },
  timeout: {
    kind: "duration",
    value: "TIME",
    default: 300_000,
    persistent: false,
    help: "How long the verdict on a build is waited for",
  },
  all: { kind: "flag", persistent: false, help: "Clear the whole quarantine" },
  stage: {
    kind: "choice",
    choices: ["install"],
    persistent: false,
    help: "install: the update could not be installed, so it was never started",
  },
  reason: { kind: "text", value: "TEXT", persistent: false, help: "The reason, for the history and the status" },
  dryRun: { kind: "flag", persistent: false, help: "Show what would change, and change nothing" },
  follow: { kind: "flag", persistent: false, help: "Look on until the live build is confirmed or put back" },
  watch: { kind: "flag", persistent: false, help: "Show the status again whenever it changes, until interrupted" },
  check: { kind: "flag", persistent: false, help: "For monitoring: exit 1 when something needs attention" },
  html: {
    kind: "text",
    value: "FILE",
    persistent: false,
    help: "Write an HTML page with the status of all services, their boots as a drawing, and their quarantine",
  },
  limit: { kind: "count", value: "N", persistent: false, help: "Show only the newest N lines" },
  help: { kind: "flag", persistent: false, help: "Show this help" },
  version: { kind: "flag", persistent: false, help: "Show the version" },
} as const satisfies Record<string, OptionSpec>;
