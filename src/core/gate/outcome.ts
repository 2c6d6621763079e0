/** The outcome of a boot. @module */
import type { RestoreReason } from "./judge.ts";
import type { BootToken } from "./boot_token.ts";

/** What the gate decided and did. */
export type BootOutcome =
  /** Start the program. */
  | {
    readonly kind: "proceed";
    /**
     * `restored`: put back earlier and not healthy since. `environment`: put back, and it fails too, so the environment
     * is probably at fault. Both only for a watched program.
     */
    readonly state: "steady" | "probation" | "degraded" | "restored" | "environment";
    /** The build on probation, or the bad build that cannot be replaced. */
    readonly version?: string | undefined;
    readonly attempts: number;
    /** The last resort: a kept build to start from where it lies, since it cannot be put back. */
    readonly standIn?: string | undefined;
    /** Set when a watcher should watch this boot and report on it. */
    readonly token?: BootToken | undefined;
  }
  /** Last-good is at the program's path now: start that. */
  | {
    readonly kind: "rolledBack";
    readonly from: string;
    readonly to: string;
    readonly reason: RestoreReason;
    /** Set when a watcher should watch the restored build and report on it. */
    readonly token?: BootToken | undefined;
  };
