/** Facts about the executable, which `build.ts` compiles into it. @module */
import { VERSION } from "../../core/version.ts";
import type { ProcessIo } from "../../system/process/process_io.ts";

declare const BOOT_SENTINEL_COMMIT: string | undefined;
declare const BOOT_SENTINEL_TARGET: string | undefined;

/** The JSON of `--version --json`. */
export interface BuildInfo {
  readonly version: string;
  /** The git commit; `unknown` when it runs from source. */
  readonly commit: string;
  /** The operating system and processor, such as `linux-x64`. */
  readonly target: string;
  /** The runtime inside the executable, such as `bun 1.4.5`. */
  readonly runtime: string;
}

/** The facts about this executable. */
export function buildInfo(io: Pick<ProcessIo, "runtime" | "target">): BuildInfo {
  return {
    version: VERSION,
    commit: typeof BOOT_SENTINEL_COMMIT === "string" ? BOOT_SENTINEL_COMMIT : "unknown",
    target: typeof BOOT_SENTINEL_TARGET === "string" ? BOOT_SENTINEL_TARGET : io.target,
    runtime: io.runtime,
  };
}
