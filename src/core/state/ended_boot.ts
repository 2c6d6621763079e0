/** How one boot ended. @module */

/**
 * How a boot that counted ended.
 *
 * @example In one line
 * ```ts
 * import type { EndedBoot } from "@boot-sentinel/boot-sentinel";
 * import { assertEquals } from "@std/assert";
 *
 * const line = ({ how, words = [] }: EndedBoot) => [how, ...words.slice(-1)].join(": ");
 * assertEquals(line({ boot: 3, how: "exit 1", words: ["opening", "cannot migrate"] }), "exit 1: cannot migrate");
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
