/** What a boot comes to. @module */
import type { RestoreReason } from "./judge.ts";
import type { BootToken } from "./boot_token.ts";

/** What the gate came to. */
export type BootOutcome =
  /** Start the program. */
  | {
    readonly kind: "proceed";
    /**
     * `restored`: put back earlier and not found healthy since. `environment`: restored, and failing as the other did.
     * Both only for a watched program.
     */
    readonly state: "steady" | "probation" | "degraded" | "restored" | "environment";
    /** The build on probation, or the one that should go and cannot. */
    readonly version?: string | undefined;
    readonly attempts: number;
    /** Somebody should watch this boot and report on it. */
    readonly token?: BootToken | undefined;
  }
  /** Another program is at the path now: start that. */
  | {
    readonly kind: "rolledBack";
    readonly from: string;
    readonly to: string;
    readonly reason: RestoreReason;
    /** Somebody should watch the restored build and report on it. */
    readonly token?: BootToken | undefined;
  };
