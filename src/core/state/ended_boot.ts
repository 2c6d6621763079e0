/** How one boot ended. @module */

/**
 * How a boot that counted ended.
 *
 * @example The last words of a build that was rolled back
 * ```ts
 * import { BootSentinel, type EndedBoot } from "@boot-sentinel/boot-sentinel";
 * import { memoryFs, memoryPorts } from "@boot-sentinel/boot-sentinel/testing";
 * import { assertEquals } from "@std/assert";
 *
 * const fs = memoryFs();
 * fs.put("/app", "#!1.0.0", 0o755);
 * const sentinel = new BootSentinel({ dataDir: "/state", exe: "/app" }, memoryPorts(fs));
 *
 * const ends: readonly EndedBoot[] = sentinel.status().quarantined.flatMap(({ ends = [] }) => ends);
 * assertEquals(ends.findLast(({ words }) => words !== undefined)?.words, undefined); // nothing was rolled back
 * ```
 */
export interface EndedBoot {
  /** The number of the boot. */
  readonly boot: number;
  /** How it ended, such as `exit 1`, `SIGSEGV` or a deadline that it missed, with the answers of the probes. */
  readonly how: string;
  /** The last lines that it wrote, where these are known: at most 20, and 4 KiB; without what looks like a secret. */
  readonly words?: readonly string[] | undefined;
}
