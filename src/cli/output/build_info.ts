/** What this executable was built from; the build defines it. @module */
import { VERSION } from "../../core/version.ts";
import type { ProcessIo } from "../../system/process/process_io.ts";

declare const BOOT_SENTINEL_COMMIT: string | undefined;
declare const BOOT_SENTINEL_TARGET: string | undefined;

/** What `--version --json` shows. */
export interface BuildInfo {
  readonly version: string;
  /** The commit that it was built from; `unknown` when it was started from its source. */
  readonly commit: string;
  /** The system and machine that it is made for, such as `linux-x64`. */
  readonly target: string;
  /** The runtime within, such as `bun 1.4.5`. */
  readonly runtime: string;
}

/** What is known of this build. */
export function buildInfo(io: Pick<ProcessIo, "runtime" | "target">): BuildInfo {
  return {
    version: VERSION,
    commit: typeof BOOT_SENTINEL_COMMIT === "string" ? BOOT_SENTINEL_COMMIT : "unknown",
    target: typeof BOOT_SENTINEL_TARGET === "string" ? BOOT_SENTINEL_TARGET : io.target,
    runtime: io.runtime,
  };
}
