/**
 * Puts the last good program back when an update crash-loops.
 *
 * A service that replaces its own program calls {@link BootSentinel.checkOnBoot} first thing at every boot. Each boot of
 * a freshly swapped build is counted before anything that can crash; after three unconfirmed boots the fourth puts
 * the last good build back and quarantines the bad one.
 *
 * @example A program guards itself
 * ```ts
 * import { BootSentinel } from "@boot-sentinel/boot-sentinel";
 * import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
 *
 * const dataDir = mkdtempSync("/tmp/example-");
 * const exe = `${dataDir}/app`;
 * writeFileSync(exe, "#!/bin/sh\necho 1.0.0\n", { mode: 0o755 });
 * writeFileSync(`${dataDir}/update`, "#!/bin/sh\nexit 1\n", { mode: 0o755 });
 *
 * new BootSentinel({ dataDir, exe, version: "1.0.0" }).swap(`${dataDir}/update`, "2.0.0");
 * const updated = new BootSentinel({ dataDir, exe, version: "2.0.0" });
 * updated.checkOnBoot(); // { kind: "proceed" }, and so twice more
 * updated.checkOnBoot();
 * updated.checkOnBoot();
 * updated.checkOnBoot(); // { kind: "rolledBack", from: "2.0.0" }
 * updated.isQuarantined("2.0.0"); // true
 * rmSync(dataDir, { recursive: true });
 * ```
 *
 * @module
 */
export { BootSentinel } from "./src/system/boot_sentinel.ts";
export { type BootDecision, SentinelCore } from "./src/core/boot_sentinel.ts";
export { DEFAULT_KEEP, DEFAULT_MAX_ATTEMPTS, type SentinelOptions } from "./src/core/sentinel_options.ts";
export type { ArmOptions, BeforeChange } from "./src/core/changes/arm.ts";
export type { BootOutcome } from "./src/core/gate/outcome.ts";
export type { Confirmation } from "./src/core/changes/confirm.ts";
export { SentinelError, type SentinelFault } from "./src/core/errors.ts";
export type { FailedInstall } from "./src/core/changes/failed_install.ts";
export { EVENT_KINDS, type EventKind, type SentinelEvent } from "./src/core/state/history.ts";
export type { HealthReport, StoppedBoot } from "./src/core/changes/reports.ts";
export type { RestoreReason } from "./src/core/gate/judge.ts";
export {
  type Clock,
  type FileInfo,
  type Fs,
  FsError,
  type FsFault,
  type Held,
  type Host,
  type Lock,
  type Log,
  type LogLevel,
  type Observe,
  type Place,
  type Ports,
  type Sharing,
} from "./src/core/ports.ts";
export type { Rollback } from "./src/core/changes/roll_back.ts";
export type { QuarantineEntry, Watcher } from "./src/core/state/schemas.ts";
export type { KeptBuild, Status } from "./src/core/status.ts";
export type { BootTicket } from "./src/core/gate/boot_token.ts";
export type { SwapOptions } from "./src/core/changes/swap.ts";
