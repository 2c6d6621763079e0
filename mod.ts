/**
 * Puts the last good program back when an update crash-loops.
 *
 * A service that replaces its own program calls {@link BootSentinel.checkOnBoot} first at every start. Each boot of a
 * new build is counted durably, before any code that could crash. If three boots are not confirmed, the fourth puts the
 * last good build back and quarantines the bad one.
 *
 * @example An update that is never confirmed is rolled back
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
 * updated.checkOnBoot(); // { kind: "proceed" }
 * updated.checkOnBoot(); // { kind: "proceed" }
 * updated.checkOnBoot(); // { kind: "proceed" }
 * updated.checkOnBoot(); // { kind: "rolledBack", from: "2.0.0" }
 * updated.isQuarantined("2.0.0"); // true
 * rmSync(dataDir, { recursive: true });
 * ```
 *
 * @module
 */
export { BootSentinel } from "./src/system/boot_sentinel.ts";
export type { BootDecision } from "./src/system/boot_sentinel.ts";
export type { ArmOptions, BeforeChange } from "./src/core/changes/arm.ts";
export type { Confirmation, ConfirmOptions } from "./src/core/changes/confirm.ts";
export type { Rollback } from "./src/core/changes/roll_back.ts";
export type { SwapOptions, Swapped } from "./src/core/changes/swap.ts";
export { SentinelError, type SentinelFault } from "./src/core/errors.ts";
export {
  type Copied,
  type FileInfo,
  type Fingerprint,
  type Fs,
  FsError,
  type FsFault,
  type ReplaceFault,
  type Tree,
  type TreeEntry,
} from "./src/core/fs_port.ts";
export type {
  Clock,
  DataSize,
  DataTrees,
  Host,
  Lock,
  LockHandle,
  Log,
  LogLevel,
  Observe,
  Ports,
  Processes,
  ProgramRef,
  Sharing,
} from "./src/core/ports.ts";
export type { SentinelOptions } from "./src/core/sentinel_options.ts";
export type { EventKind, SentinelEvent } from "./src/core/state/history.ts";
export type { EndedBoot } from "./src/core/state/ended_boot.ts";
export type { QuarantineEntry } from "./src/core/state/schemas.ts";
export type { ProbeAnswer, Watcher } from "./src/core/state/watcher.ts";
export type { Problem, ProblemCode } from "./src/core/problem.ts";
export type { MemberStatus } from "./src/core/builds/members/member_status.ts";
export type { KeptBuild, Status } from "./src/core/status.ts";
export { nodeFs } from "./src/system/fs/node_fs.ts";
